"""Tracing UI and its peers measured side by side, on this machine. docs/performance.md says how and what came out."""
