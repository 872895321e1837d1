"""What an installation without spans says: where to send, what came, what was refused."""

import secrets
from itertools import islice

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

from traces import reading
from traces.storage.base import DEFAULT_PROJECT

# What was refused longer ago has been mended, or nobody waits for it.
REFUSALS_SHOWN_NS = 86_400 * 1_000_000_000
MAX_REFUSALS = 3


def describe_doors(request: HttpRequest, now_ns: int) -> dict[str, object]:
    """The addresses of this server as the visitor knows it, and a span to try them with."""
    host, _ = split_domain_port(request.get_host())
    return {
        "http_address": f"http://{host}:{settings.OTLP_HTTP_PORT}",
        "grpc_address": f"http://{host}:{settings.OTLP_GRPC_PORT}",
        "grpc_target": f"{host}:{settings.OTLP_GRPC_PORT}",
        "host": host,
        "zipkin_address": f"http://{host}:{settings.ZIPKIN_PORT}/api/v2/spans" if settings.ZIPKIN_PORT else "",
        "jaeger_address": f"http://{host}:{settings.JAEGER_HTTP_PORT}/api/traces" if settings.JAEGER_HTTP_PORT else "",
        "jaeger_grpc_target": f"{host}:{settings.JAEGER_GRPC_PORT}" if settings.JAEGER_GRPC_PORT else "",
        "jaeger_agent_port": settings.JAEGER_COMPACT_PORT,
        "is_loopback": settings.LISTEN_HOST in ("127.0.0.1", "::1", "localhost"),
        "listen_host": settings.LISTEN_HOST,
        "trace_id": secrets.token_hex(16),
        "span_id": secrets.token_hex(8),
        "start_ns": now_ns,
        "end_ns": now_ns + 120_000_000,
    }


def describe_beginning(now_ns: int) -> dict[str, object]:
    """The first span, or the latest of the refused requests."""
    first = reading.find_first_span(DEFAULT_PROJECT)
    recent = (item for item in reading.list_refusals() if now_ns - item.refused_ns < REFUSALS_SHOWN_NS)
    return {
        "first": first,
        "age_ns": max(0, now_ns - first.received_ns) if first else 0,
        "refusals": [*islice(recent, MAX_REFUSALS)],
        "http_port": settings.OTLP_HTTP_PORT,
        "grpc_port": settings.OTLP_GRPC_PORT,
        "now_ns": now_ns,
    }
