"""The comparison of a service or an operation with itself."""
