"""What is tried before anything starts, so that what is missing is one sentence and not a traceback."""

import errno
import socket
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryFile

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.utils import Error as DatabaseError

WEB_PORTS = ("WEB_PORT",)
COLLECTOR_PORTS = ("OTLP_HTTP_PORT", "OTLP_GRPC_PORT")
# Those of the backends we stand in for: each may be closed (0).
GATEWAY_HTTP_PORTS = ("ZIPKIN_PORT", "JAEGER_HTTP_PORT", "TEMPO_PORT", "SAMPLING_PORT")
GATEWAY_UDP_PORTS = ("JAEGER_COMPACT_PORT", "JAEGER_BINARY_PORT")
GATEWAY_PORTS = (*GATEWAY_HTTP_PORTS, "JAEGER_GRPC_PORT", "JAEGER_QUERY_PORT", *GATEWAY_UDP_PORTS)
# What clients raise, beside their own errors, where an address has an option or a host name that cannot be.
WRONG_OPTION = (ImproperlyConfigured, TypeError, ValueError)


class CannotStart(Exception):
    """`str()` says why, and what to do about it."""


def check_ports(*names: str) -> None:
    """Raise CannotStart unless each of these settings names a port of its own that is free on LISTEN_HOST, or none."""
    ports = open_ports(*names)
    _check_distinct({name: port for name, port in ports.items() if name not in GATEWAY_UDP_PORTS})
    _check_distinct({name: port for name, port in ports.items() if name in GATEWAY_UDP_PORTS})
    for name, port in ports.items():
        try:
            _try_to_listen(settings.LISTEN_HOST, port, is_udp=name in GATEWAY_UDP_PORTS)
        except OSError as problem:
            raise CannotStart(_explain(problem, name, port)) from None
        except UnicodeError:
            raise CannotStart(f"{settings.LISTEN_HOST} is no name of a host. See LISTEN_HOST.") from None


def open_ports(*names: str) -> dict[str, int]:
    """The ports that these settings name, without those that are closed."""
    return {name: port for name in names if (port := int(getattr(settings, name)))}


def check_var_dir() -> None:
    """Raise CannotStart unless files can be written in VAR_DIR."""
    try:
        with TemporaryFile(dir=settings.VAR_DIR):
            pass
    except OSError as problem:
        raise CannotStart(f"Cannot write in {settings.VAR_DIR} ({problem.strerror}). See VAR_DIR.") from None


def check_database() -> None:
    """Raise CannotStart unless the database of DATABASE_URL can be opened."""
    try:
        connection.ensure_connection()
    except (DatabaseError, *WRONG_OPTION) as problem:
        url = without_secrets(settings.DATABASE_URL)
        raise CannotStart(f"Cannot reach the database {url} ({_in_one_line(problem)}). See DATABASE_URL.") from None


def check_redis() -> None:
    """Raise CannotStart unless there is no REDIS_URL or its server answers."""
    if not settings.REDIS_URL:
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, *WRONG_OPTION) as problem:
        url = without_secrets(settings.REDIS_URL)
        raise CannotStart(f"Cannot reach Redis at {url} ({_in_one_line(problem)}). See REDIS_URL.") from None


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


def _try_to_listen(host: str, port: int, *, is_udp: bool) -> None:
    """Raises OSError. Without SO_REUSEPORT, with which servers would silently share the port."""
    kind = socket.SOCK_DGRAM if is_udp else socket.SOCK_STREAM
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=kind)[0]
    with socket.socket(family, kind, protocol) as probe:
        if is_udp:
            probe.bind(address)
            return
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(AttributeError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
        probe.bind(address)
        probe.listen(1)


def _explain(problem: OSError, name: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        or_close = " (0 closes it)" if name in GATEWAY_PORTS else ""
        return f"Port {port} is in use: stop what listens there or set {name}{or_close}."
    if problem.errno == errno.EACCES:
        return f"Port {port} may not be opened by this user: set {name} to one above 1023."
    return f"Cannot listen on {settings.LISTEN_HOST}, port {port} ({problem.strerror}). See LISTEN_HOST."


def _in_one_line(problem: Exception) -> str:
    return " ".join(str(problem).split()).rstrip(".")
