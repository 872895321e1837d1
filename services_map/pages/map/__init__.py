"""The dependency map."""
