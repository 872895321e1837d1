"""Ids in what people paste: from headers, logs, addresses of tracing tools, and in every notation of an id."""

import base64
import re
from dataclasses import dataclass
from urllib.parse import unquote

from traces.domain.errors import InvalidId
from traces.domain.ids import NO_SPAN_ID, SPAN_ID_BYTES, TRACE_ID_BYTES, parse_trace_id

_HEX = re.compile(r"[0-9a-f]+\Z")
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"\b[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}\b")
# https://github.com/openzipkin/b3-propagation#single-header, and Jaeger's uber-trace-id
_B3 = re.compile(
    r"(?:b3:\s*)?(?P<trace>[0-9a-f]{32}|[0-9a-f]{16})-(?P<span>[0-9a-f]{16})(?:-[01d])?(?:-[0-9a-f]{16})?\Z"
)
_JAEGER = re.compile(r"(?P<trace>[0-9a-f]{1,32}):(?P<span>[0-9a-f]{1,16}):[0-9a-f]{1,16}:[0-9a-f]{1,2}\Z")
_LINK = re.compile(r"(?:https?://|/\S*\btraces?/)\S*\Z")
# Ids inside an address copied from a tracing tool: …/trace/<id>, …/traces/<id>?…, …?traceId=<id>
_IN_PATH = re.compile(r"/traces?/(?P<trace>[0-9a-f]{1,39})(?:[/?#]|\Z)")
_IN_QUERY = re.compile(r"""trace_?id["']?[=:]\s*["']?(?P<trace>[0-9a-f]{16,32})\b""")
_SPAN = re.compile(r"""(?:\bspan|span_?id|uifind)["']?[=:]\s*["']?(?P<span>[0-9a-f]{16})\b""")
_ANYWHERE = re.compile(r"\b(?P<trace>[0-9a-f]{32})\b")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A trace that a text may mean, and the span in it (NO_SPAN_ID for none).

    `is_certain` is False for text that may as well be something else. Where the upper half of the trace id is zero,
    the lower may be the id of a span.
    """

    trace_id: bytes
    span_id: bytes = NO_SPAN_ID
    is_certain: bool = True


def list_readings(text: str) -> list[Reading]:
    """What the text may mean, likeliest first; none where it holds no id.

    Raises InvalidId for what is certainly meant as an id or a link, and names no trace.
    """
    pasted = text.strip()
    lower = pasted.lower()
    for header in (_TRACEPARENT.search(lower), _B3.match(lower), _JAEGER.match(lower)):
        if header:
            return [_reading(header["trace"], header["span"])]
    if (encoded := _read_base64(pasted)) and encoded[0].is_certain:
        return encoded
    if _LINK.match(lower):
        return _read_address(lower)
    if re.search(r"[\s=:]", lower):
        return _read_words(lower)
    return _read_id(pasted)


def _read_address(address: str) -> list[Reading]:
    address = unquote(unquote(address)).lower()
    found = _IN_PATH.search(address) or _IN_QUERY.search(address) or _ANYWHERE.search(address)
    span = _SPAN.search(address)
    readings = _read_digits(found["trace"]) if found else []
    if not readings:
        raise InvalidId(f"“{address[:80]}” is a link without a trace id.")
    return [Reading(trace_id=one.trace_id, span_id=_span_of(span)) for one in readings]


def _read_words(text: str) -> list[Reading]:
    """A line of a log, say."""
    found = _IN_QUERY.search(text) or _ANYWHERE.search(text)
    if not found or not found["trace"].strip("0"):
        return []
    return [Reading(trace_id=parse_trace_id(found["trace"]), span_id=_span_of(_SPAN.search(text)), is_certain=False)]


def _read_id(text: str) -> list[Reading]:
    digits = text.lower().removeprefix("0x").replace("-", "")
    return [*_read_digits(digits), *_read_base64(text)]


def _read_digits(digits: str) -> list[Reading]:
    """Hex, decimal, or what may be either. Ids in hex have 16 or 32 digits, so that another number is decimal."""
    if len(digits) in (2 * SPAN_ID_BYTES, 2 * TRACE_ID_BYTES) and not digits.strip("0"):
        raise InvalidId(f"“{digits}” is not a trace id: it is all zero.")
    is_certain = len(digits) >= 2 * SPAN_ID_BYTES
    found = [*_hex(digits, is_certain), *_decimal(digits, is_certain)]
    return found if len(digits) <= 2 * SPAN_ID_BYTES or len(digits) == 2 * TRACE_ID_BYTES else found[::-1]


def _hex(digits: str, is_certain: bool) -> list[Reading]:
    if not _HEX.match(digits) or len(digits) > 2 * TRACE_ID_BYTES or not digits.strip("0"):
        return []
    return [Reading(trace_id=parse_trace_id(digits), is_certain=is_certain)]


def _decimal(digits: str, is_certain: bool) -> list[Reading]:
    """A number of up to 128 bits, as some tools write ids; a short one is no id, but a number."""
    if not (digits.isascii() and digits.isdecimal()) or not 16 <= len(digits) <= 39:
        return []
    number = int(digits)
    if not 0 < number < 1 << 8 * TRACE_ID_BYTES:
        return []
    return [Reading(trace_id=number.to_bytes(TRACE_ID_BYTES, "big"), is_certain=is_certain)]


def _read_base64(text: str) -> list[Reading]:
    """Eight or sixteen bytes. OTLP/JSON of careless senders has ids like this."""
    bare = text.rstrip("=")
    if len(bare) not in (11, 22) or not _BASE64.match(text):
        return []
    raw = base64.b64decode(bare.translate(str.maketrans("-_", "+/")) + "=" * (-len(bare) % 4))
    return [Reading(trace_id=raw.rjust(TRACE_ID_BYTES, b"\0"), is_certain=bare != text)] if raw.strip(b"\0") else []


def _reading(trace: str, span: str) -> Reading:
    """Raises InvalidId where the trace id is zero."""
    return Reading(trace_id=parse_trace_id(trace), span_id=bytes.fromhex(span.zfill(2 * SPAN_ID_BYTES)))


def _span_of(found: re.Match[str] | None) -> bytes:
    return bytes.fromhex(found["span"]) if found else NO_SPAN_ID
