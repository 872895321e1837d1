"""Zipkin's spans, v2 and v1, in JSON, protobuf and Thrift, as OTLP."""
