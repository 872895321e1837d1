"""Traces in the JSON of Zipkin's API v2."""
