"""`opentelemetry_clients.py CLIENT HOST:PORT`: sends the story with one of Python's exporters."""

import sys
from importlib import import_module

from story import send


def otlp_http(address: str):
    module = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    return module.OTLPSpanExporter(endpoint=f"http://{address}/v1/traces")


def otlp_http_gzip(address: str):
    module = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    compression = import_module("opentelemetry.exporter.otlp.proto.http").Compression.Gzip
    return module.OTLPSpanExporter(endpoint=f"http://{address}/v1/traces", compression=compression)


def otlp_grpc(address: str):
    module = import_module("opentelemetry.exporter.otlp.proto.grpc.trace_exporter")
    return module.OTLPSpanExporter(endpoint=address, insecure=True)


def zipkin_json(address: str):
    return _zipkin("opentelemetry.exporter.zipkin.json", address)


def zipkin_proto(address: str):
    return _zipkin("opentelemetry.exporter.zipkin.proto.http", address)


def jaeger_http(address: str):
    module = import_module("opentelemetry.exporter.jaeger.thrift")
    return module.JaegerExporter(collector_endpoint=f"http://{address}/api/traces?format=jaeger.thrift")


def jaeger_udp(address: str):
    module = import_module("opentelemetry.exporter.jaeger.thrift")
    host, port = address.rsplit(":", 1)
    return module.JaegerExporter(agent_host_name=host, agent_port=int(port))


def jaeger_grpc(address: str):
    module = import_module("opentelemetry.exporter.jaeger.proto.grpc")
    return module.JaegerExporter(collector_endpoint=address, insecure=True)


def _zipkin(module: str, address: str):
    return import_module(module).ZipkinExporter(
        endpoint=f"http://{address}/api/v2/spans",
        local_node_ipv4="192.0.2.7",
        local_node_ipv6="2001:db8::7",
        local_node_port=8080,
    )


CLIENTS = {
    "python-otlp-http": otlp_http,
    "python-otlp-http-gzip": otlp_http_gzip,
    "python-otlp-grpc": otlp_grpc,
    "python-zipkin-json": zipkin_json,
    "python-zipkin-proto": zipkin_proto,
    "python-jaeger-http": jaeger_http,
    "python-jaeger-udp": jaeger_udp,
    "python-jaeger-grpc": jaeger_grpc,
}

if __name__ == "__main__":
    send(CLIENTS[sys.argv[1]](sys.argv[2]))
