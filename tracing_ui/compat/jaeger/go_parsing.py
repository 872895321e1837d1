"""What only Jaeger's parameters have, read as Go reads it: trace ids, and objects of strings.

Clients of Jaeger show the sentences about what is wrong to people. https://pkg.go.dev/encoding/json
"""

import json
from typing import Final

from traces.domain.errors import InvalidQuery
from traces.domain.ids import TRACE_ID_BYTES
from tracing_ui.go_strconv import parse_hex

# Of 64 bits: Go reads either half of a trace id by itself.
_DIGITS: Final = 16


def parse_trace_id(text: str) -> bytes:
    """16 bytes from up to 32 hexadecimal digits, shorter ones padded on the left. Raises InvalidQuery."""
    if len(text) > 2 * _DIGITS:
        raise InvalidQuery(f"TraceID cannot be longer than 32 hex characters: {text[:200]}")
    high = parse_hex(text[:-_DIGITS]) if len(text) > _DIGITS else 0
    return ((high << 64) | parse_hex(text[-_DIGITS:])).to_bytes(TRACE_ID_BYTES, "big")


def parse_text_map(text: str) -> dict[str, str]:
    """A JSON object of strings; null is none, and a null in it is the empty string. Raises InvalidQuery."""
    try:
        # Numbers are refused below, however long.
        found = json.loads(text, parse_int=float, parse_constant=_refuse_constant)
    except json.JSONDecodeError as problem:
        raise InvalidQuery(_describe_json(text, problem)) from None
    except RecursionError:
        raise InvalidQuery("exceeded max depth") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InvalidQuery(f"json: cannot unmarshal {_name(found)} into Go value of type map[string]string")
    for value in found.values():
        if not isinstance(value, str | None):
            raise InvalidQuery(f"json: cannot unmarshal {_name(value)} into Go value of type string")
    return {key: value or "" for key, value in found.items()}


def _name(value: object) -> str:
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def _describe_json(text: str, problem: json.JSONDecodeError) -> str:
    if problem.pos >= len(text.rstrip()) or problem.msg.startswith("Unterminated"):
        return "unexpected end of JSON input"
    return f"invalid character '{text[problem.pos]}' {_WHERE.get(problem.msg, 'looking for beginning of value')}"


_WHERE: Final = {
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Expecting ':' delimiter": "after object key",
    "Expecting ',' delimiter": "after object key:value pair",
    "Extra data": "after top-level value",
}


def _refuse_constant(name: str) -> float:
    raise InvalidQuery(f"invalid character '{name[0]}' looking for beginning of value")
