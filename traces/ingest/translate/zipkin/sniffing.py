"""What encoding a body seems to have, so that a sender to the wrong address is told so."""

from traces.domain.errors import PayloadRejected
from traces.ingest.json_fields import Unreadable

JSON_V1, JSON_V2, PROTO3, THRIFT = "JSON_V1", "JSON_V2", "PROTO3", "THRIFT"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
# How much white space may stand before a list.
_HEAD_BYTES = 1024


class OtherEncoding(Unreadable):
    """A span of the other version of Zipkin's API."""

    def __init__(self, encoding: str) -> None:
        super().__init__(f"it is a span in {encoding}")
        self.encoding = encoding


def is_json(body: bytes) -> bool:
    """Whether it may be a list in JSON."""
    return body[:_HEAD_BYTES].removeprefix(_BYTE_ORDER_MARK).lstrip(_SPACE)[:1] == b"["


def sniff(body: bytes) -> str:
    """The encoding of a list of spans by its first bytes; empty if it is none.

    A list of Thrift's begins with the type of its items, 12; one of protobuf with the tag of its first span.
    """
    if is_json(body):
        return JSON_V2
    if body[:1] in (b"\x0b", b"\x0c"):
        return THRIFT
    return PROTO3 if body[:1] == b"\x0a" and body[1:2] != b"\x00" else ""


def refuse_encoding(expected: str, received: str) -> PayloadRejected:
    """The error for a body that is not what its address and media type promise."""
    found = f", but received: {received}" if received else ""
    return PayloadRejected(f"Expected a {expected} encoded list{found}")
