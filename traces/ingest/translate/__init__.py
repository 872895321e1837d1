"""One module a protocol: its bytes to canonical OTLP bytes. Pure; strangers to each other but for `result`."""
