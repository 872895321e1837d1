"""Who calls whom: from spans to calls between services."""
