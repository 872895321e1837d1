"""Jaeger's Thrift and protobuf made OTLP, by one mapping: `to_otlp`."""
