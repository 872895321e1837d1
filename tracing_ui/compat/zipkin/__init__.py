"""Zipkin's API v2 for readers: its search, its spans in JSON, its links between services."""
