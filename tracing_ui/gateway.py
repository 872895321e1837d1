"""The gateway: the ports of the backends we stand in for, each with the protocols of its clients.

What arrives is translated to OTLP and handed on to the collector; what is read comes from the store. The HTTP ports are
served by Waitress, which takes a thread only for a request that has arrived completely.
"""

import signal
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Protocol

import grpc
from django.conf import settings
from django.urls import get_resolver
from waitress import create_server

from tracing_ui.preflight import GATEWAY_HTTP_PORTS, open_ports
from tracing_ui.serving import resolve_address
from tracing_ui.wsgi import build_application

# Beyond this a body waits on disk until it has arrived.
BODY_IN_MEMORY_BYTES = 64 * 1024
# Seconds that calls have for their answer once we are asked to stop.
GRACE_SECONDS = 5
MAX_CONNECTIONS = 1_024


class Part(Protocol):
    """Something that answers on ports of its own until it is stopped."""

    def stop(self) -> None:
        """Take nothing new; what was taken is answered when it returns."""
        ...


def run_gateway(on_ready: Callable[[], None]) -> int:
    """Answer on every open port of GATEWAY_PORTS until SIGTERM or SIGINT; the exit code."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    parts = [start() for start in (_start_http, _start_grpc_doors, _start_grpc_query, _start_agent)]
    try:
        on_ready()
        stop.wait()
    finally:
        # All at once: together they have as long as one of them may take.
        stopping = [Thread(target=part.stop) for part in parts if part is not None]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
    return 0


class HttpPorts:
    """The HTTP ports, served by threads that they share."""

    def __init__(self, host: str, ports: list[int]) -> None:
        application = build_application()
        for urls in settings.GATEWAY_URLS.values():
            get_resolver(urls).url_patterns  # noqa: B018 - loads the views
        address = f"[{host}]" if ":" in host else host
        self._connections: dict[int, Any] = {}
        server = create_server(
            application,
            map=self._connections,
            listen=" ".join(f"{address}:{port}" for port in ports),
            threads=settings.WEB_THREADS,
            connection_limit=MAX_CONNECTIONS,
            backlog=MAX_CONNECTIONS,
            asyncore_use_poll=True,
            inbuf_overflow=BODY_IN_MEMORY_BYTES,
            max_request_body_size=settings.INGEST_MAX_BODY_BYTES,
            ident="Tracing UI",
        )
        self._threads = server.task_dispatcher
        Thread(target=server.run, name="http ports", daemon=True).start()

    def stop(self) -> None:
        self._threads.shutdown(timeout=GRACE_SECONDS)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(map(_has_to_send, [*self._connections.values()])):
            time.sleep(0.02)


class GrpcPort:
    """A gRPC server."""

    def __init__(self, server: grpc.Server) -> None:
        self._server = server

    def stop(self) -> None:
        self._server.stop(grace=GRACE_SECONDS).wait()


def _start_http() -> Part | None:
    ports = open_ports(*GATEWAY_HTTP_PORTS)
    return HttpPorts(resolve_address(settings.LISTEN_HOST), [*ports.values()]) if ports else None


def _start_grpc_doors() -> Part | None:
    if not settings.JAEGER_GRPC_PORT:
        return None
    from traces.ingest.jaeger_grpc import start_server
    from tracing_ui.compat.jaeger.sampling_grpc import make_sampling_service

    return GrpcPort(start_server(settings.LISTEN_HOST, settings.JAEGER_GRPC_PORT, [make_sampling_service()]))


def _start_grpc_query() -> Part | None:
    if not settings.JAEGER_QUERY_PORT:
        return None
    from tracing_ui.compat.jaeger.grpc_query import start_server

    return GrpcPort(start_server(settings.LISTEN_HOST, settings.JAEGER_QUERY_PORT))


def _start_agent() -> Part | None:
    compact_port, binary_port = settings.JAEGER_COMPACT_PORT, settings.JAEGER_BINARY_PORT
    if not compact_port and not binary_port:
        return None
    from traces.ingest.jaeger_udp import start_agent

    return start_agent(settings.LISTEN_HOST, compact_port, binary_port)


def _has_to_send(connection: Any) -> bool:
    return bool(getattr(connection, "total_outbufs_len", 0))
