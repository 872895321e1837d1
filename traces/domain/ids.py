"""Trace and span ids: bytes inside, lower-case hex outside."""

import re
from collections.abc import Iterable

from traces.domain.errors import InvalidId

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8
NO_SPAN_ID = bytes(SPAN_ID_BYTES)
# The highest of the ids that have 64 bits and are padded with zeros.
LAST_SHORT_TRACE_ID = bytes(TRACE_ID_BYTES // 2) + b"\xff" * (TRACE_ID_BYTES // 2)

_HEX = re.compile(r"[0-9a-f]+\Z")


def parse_trace_id(text: str) -> bytes:
    """16 bytes from up to 32 hex digits in any case, shorter ones padded with zeros on the left.

    Dashes (as in a UUID), a `0x` prefix and surrounding space are ignored. 64-bit ids are 128-bit ids whose
    upper half is zero: https://github.com/openzipkin/b3-propagation#traceid-1. Raises InvalidId.
    """
    digits = text.strip().lower().removeprefix("0x").replace("-", "")
    if not _HEX.match(digits) or len(digits) > 2 * TRACE_ID_BYTES or not digits.strip("0"):
        raise InvalidId(f"“{text[:80]}” is not a trace id: 1 to 32 hexadecimal digits, not all zero.")
    return bytes.fromhex(digits.zfill(2 * TRACE_ID_BYTES))


def is_short(trace_id: bytes) -> bool:
    """Whether it is one of 64 bits."""
    return trace_id <= LAST_SHORT_TRACE_ID


def shorten(trace_id: bytes) -> bytes:
    """The same trace's id for those who keep the lower 64 bits of one."""
    return bytes(TRACE_ID_BYTES // 2) + trace_id[TRACE_ID_BYTES // 2 :]


def list_halves(trace_ids: Iterable[bytes]) -> set[bytes]:
    """The 64-bit ids under which parts of those of these traces may be kept that have 128-bit ids."""
    return {shorten(trace_id) for trace_id in trace_ids if not is_short(trace_id)}


def parse_span_id(text: str) -> bytes:
    """8 bytes from up to 16 hex digits in any case. Raises InvalidId."""
    digits = text.strip().lower()
    if not _HEX.match(digits) or len(digits) > 2 * SPAN_ID_BYTES or not digits.strip("0"):
        raise InvalidId(f"“{text[:80]}” is not a span id: 1 to 16 hexadecimal digits, not all zero.")
    return bytes.fromhex(digits.zfill(2 * SPAN_ID_BYTES))
