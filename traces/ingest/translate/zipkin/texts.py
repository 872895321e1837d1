"""Bytes of a protocol as the texts that a span of Zipkin's has."""

import socket


def read_text(raw: bytes | None) -> str:
    """What is not UTF-8 stays what it is, as half surrogate pairs."""
    return raw.decode("utf-8", "surrogateescape") if raw else ""


def read_ipv4(raw: bytes) -> str | None:
    """Four bytes in dots; other bytes in hexadecimal, for they are not an address."""
    return socket.inet_ntop(socket.AF_INET, raw) if len(raw) == 4 else raw.hex() or None


def read_ipv6(raw: bytes | None) -> str | None:
    """The same for sixteen bytes."""
    if not raw:
        return None
    return socket.inet_ntop(socket.AF_INET6, raw) if len(raw) == 16 else raw.hex()
