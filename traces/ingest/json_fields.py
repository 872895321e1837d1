"""Fields of OTLP in JSON: each as the mapping allows it, or Unreadable with a text that says which it is and why.

https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#json-protobuf-encoding
"""

import base64
import re

from traces.ingest.canonical import UNREADABLE
from traces.ingest.json_pieces import Json, open_piece

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*\Z")
_BASE64_ID = re.compile(r"[A-Za-z0-9+/]{11}=|[A-Za-z0-9+/]{22}==")
# Messages around a message: the parser takes no more, the encoder writes no more.
_MAX_DEPTH = 100
_INT32, INT64 = (-(2**31), 2**31), (-(2**63), 2**63)
UINT32, _UINT64 = (0, 2**32), (0, 2**64)


class Unreadable(ValueError):
    """A field that is not what the mapping allows; the text says which and why."""


def check_depth(depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise Unreadable(UNREADABLE)


def find_field(found: dict[str, Json], name: str, alias: str) -> Json:
    value = found.get(name)
    return found.get(alias) if value is None else value


def read_object(value: Json, name: str) -> dict[str, Json]:
    """An object; where it is a piece, its values are pieces, too."""
    value = open_piece(value, dict)
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not an object")
    return value


def read_list(found: dict[str, Json], name: str, alias: str = "") -> list[Json]:
    value = open_piece(find_field(found, name, alias), list)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(f"{name} is not a list")
    return value


def read_id(value: Json, name: str) -> bytes:
    """An id in hex, or in base64 as Tempo answers: of 8 or 16 bytes, so that its padding tells it apart."""
    if value is None:
        return b""
    if type(value) is str and value.isalnum() and len(value) in (16, 32):
        try:
            return bytes.fromhex(value)
        except ValueError:
            pass
    if isinstance(value, str) and _BASE64_ID.fullmatch(value):
        return base64.b64decode(value)
    if not isinstance(value, str) or not _HEX.match(value):
        raise Unreadable(f"{name} is not hexadecimal")
    return bytes.fromhex(value)


def read_integer(value: Json, bounds: tuple[int, int], name: str) -> int:
    """A whole number, as a number or as text, within [low, high)."""
    if value is None or value == "":
        return 0
    number: int | None = None
    # Most are plain digits; an expression takes five times as long to see it.
    if isinstance(value, str) and ((len(value) < 20 and value.isdecimal()) or re.fullmatch(r"-?\d{1,20}", value)):
        number = int(value)
    elif isinstance(value, float):
        # The JSON parser rounds an integer of more than 64 bits to a float.
        number = int(value) if value.is_integer() and abs(value) < 2**63 else None
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    if number is None or not bounds[0] <= number < bounds[1]:
        raise Unreadable(f"{name} is not a whole number in its range")
    return number


def read_time(found: dict[str, Json], name: str, alias: str) -> int:
    return read_integer(find_field(found, name, alias), _UINT64, name)


def read_count(found: dict[str, Json], name: str, alias: str) -> int:
    return read_integer(find_field(found, name, alias), UINT32, name)


def read_double(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable("doubleValue is not a number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise Unreadable("doubleValue is not a number") from None


def read_enum(value: Json, prefix: str, names: tuple[str, ...], name: str) -> int:
    if isinstance(value, str) and value.removeprefix(prefix) in names:
        return names.index(value.removeprefix(prefix))
    return read_integer(value, _INT32, name)
