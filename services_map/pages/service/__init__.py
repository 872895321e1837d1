"""The page of a service or of one of its operations."""
