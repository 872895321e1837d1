"""A small shop of three services, instrumented by hand with the OpenTelemetry SDK."""
