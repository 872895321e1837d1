"""Serving a WSGI application with Granian: one process that owns the port's requests, many threads in it."""

import resource
import socket
from contextlib import suppress

from django.conf import settings
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

# An idle connection may wait this long for its next request: longer than the minute in which many clients send.
IDLE_TIMEOUT_MS = 65_000
# Longer than the collector's own way to stop, shorter than what `manage.py up` waits.
STOP_TIMEOUT_SECONDS = 13


def serve(application_factory: str, port: int, threads: int) -> None:
    """Serve `module:function` on LISTEN_HOST until SIGTERM or SIGINT; requests that have begun get their answer.

    Exits the process with code 1 if the serving process dies.
    """
    _allow_many_connections()
    server = Server(
        application_factory,
        address=resolve_address(settings.LISTEN_HOST),
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=threads,
        backlog=1_024,
        backpressure=settings.MAX_CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_TIMEOUT_MS),
        log_level=LogLevels.error,
        workers_kill_timeout=STOP_TIMEOUT_SECONDS,
    )
    # Its main process may still be told to stop while it starts.
    with suppress(KeyboardInterrupt):
        server.serve()


def resolve_address(host: str) -> str:
    """The numeric address behind a host name, which is all Granian takes. Raises OSError."""
    return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])


def _allow_many_connections() -> None:
    """A process may often open only 1,024 files unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * settings.MAX_CONNECTIONS
    if hard != resource.RLIM_INFINITY:
        wanted = min(hard, wanted)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
