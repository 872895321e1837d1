"""Values as Go writes them: what Jaeger compares a tag with, and shows where it has no type for a value.

The rules are those of pdata's `Value.AsString`: numbers as Go's encoding/json writes them, bytes in base64, lists and
maps as JSON.
"""

import base64
import math
from decimal import Decimal

import orjson

from traces.domain.attributes import AttributeValue

_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
_FIXED_FROM, _FIXED_BELOW = 1e-6, 1e21


def format_double(value: float) -> str:
    """The shortest text that is read as this double again: fixed from 1e-6 to below 1e21, else with an exponent.

    What JSON cannot say is `NaN`, `Infinity` and `-Infinity`.
    """
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if value and not _FIXED_FROM <= abs(value) < _FIXED_BELOW:
        return repr(value).replace("e-0", "e-")
    fixed = format(Decimal(repr(value)), "f")
    return fixed.removesuffix(".0")


def as_text(value: AttributeValue) -> str:
    """Any value as text; the empty one is empty."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format_double(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return _as_json(value)


def _as_json(value: AttributeValue) -> str:
    """As deep as ingest lets values be. Go sorts the keys of a map."""
    if isinstance(value, list):
        return f"[{','.join(map(_as_json, value))}]"
    if isinstance(value, dict):
        members = (f"{_quote(key)}:{_as_json(value[key])}" for key in sorted(value))
        return f"{{{','.join(members)}}}"
    if value is None:
        return "null"
    if isinstance(value, str | bytes) or (isinstance(value, float) and not math.isfinite(value)):
        return _quote(as_text(value))
    return as_text(value)


def _quote(text: str) -> str:
    """Go's JSON may stand in HTML."""
    return orjson.dumps(text).decode().translate(_ESCAPES)
