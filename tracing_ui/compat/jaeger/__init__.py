"""Jaeger's query APIs, as its own clients know them: docs/jaeger-api.md."""
