"""What is tried before anything starts, so that what is missing is one sentence and not a traceback."""

import errno
import socket
from collections.abc import Mapping
from contextlib import suppress

import redis
from django.conf import settings
from django.db import connection
from django.db.utils import Error as DatabaseError

WEB_PORTS = ("WEB_PORT",)
COLLECTOR_PORTS = ("OTLP_HTTP_PORT", "OTLP_GRPC_PORT")


class CannotStart(Exception):
    """`str()` says why, and what to do about it."""


def check_ports(*names: str) -> None:
    """Raise CannotStart unless each of these settings names a port of its own that is free on LISTEN_HOST."""
    ports = {name: int(getattr(settings, name)) for name in names}
    _check_distinct(ports)
    for name, port in ports.items():
        try:
            _try_to_listen(settings.LISTEN_HOST, port)
        except OSError as problem:
            raise CannotStart(_explain(problem, name, port)) from None


def check_database() -> None:
    """Raise CannotStart unless the database of DATABASE_URL can be opened."""
    try:
        connection.ensure_connection()
    except DatabaseError as problem:
        url = without_secrets(settings.DATABASE_URL)
        raise CannotStart(f"Cannot reach the database {url} ({_in_one_line(problem)}). See DATABASE_URL.") from None


def check_redis() -> None:
    """Raise CannotStart unless there is no REDIS_URL or its server answers."""
    if not settings.REDIS_URL:
        return
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5, socket_timeout=5)
    try:
        client.ping()
    except redis.RedisError as problem:
        url = without_secrets(settings.REDIS_URL)
        raise CannotStart(f"Cannot reach Redis at {url} ({_in_one_line(problem)}). See REDIS_URL.") from None
    finally:
        client.close()


def without_secrets(url: str) -> str:
    """The address without password and options, fit for a screen and a log."""
    scheme, slashes, rest = url.partition("://")
    place, slash, path = rest.partition("?")[0].partition("/")
    user, has_user, host = place.rpartition("@")
    return scheme + slashes + user.partition(":")[0] + has_user + host + slash + path


def _check_distinct(ports: Mapping[str, int]) -> None:
    named: dict[int, str] = {}
    for name, port in ports.items():
        if port in named:
            raise CannotStart(f"{named[port]} and {name} are both {port}: give each a port of its own.")
        named[port] = name


def _try_to_listen(host: str, port: int) -> None:
    """Raises OSError. Without SO_REUSEPORT, with which servers would silently share the port."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(AttributeError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
        probe.bind(address)
        probe.listen(1)


def _explain(problem: OSError, name: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: stop what listens there or set {name}."
    if problem.errno == errno.EACCES:
        return f"Port {port} may not be opened by this user: set {name} to one above 1023."
    return f"Cannot listen on {settings.LISTEN_HOST}, port {port} ({problem.strerror}). See LISTEN_HOST."


def _in_one_line(problem: Exception) -> str:
    return " ".join(str(problem).split()).rstrip(".")
