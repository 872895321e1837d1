"""From a value in the panel to the search for it: the address of the search form with one condition."""

import math
import re
from urllib.parse import urlencode

from traces.domain.attributes import AttributeValue
from traces.domain.query import Comparison, Place
from traces.domain.span import clean_name

# Longer ones make addresses that servers and people refuse.
MAX_FILTER_CHARS = 1_000

# A panel is looked at for a while before somebody searches from it.
_MARGIN_NS = 600_000_000_000
_HOUR_NS = 3_600_000_000_000
_DAY_NS = 24 * _HOUR_NS
# What the search form offers, the shortest first.
_LOOKBACKS = tuple(
    (length, int(length[:-1]) * unit_ns)
    for length, unit_ns in (
        ("1h", _HOUR_NS), ("6h", _HOUR_NS), ("24h", _HOUR_NS), ("7d", _DAY_NS),
    )
)  # fmt: skip
_BARE_KEY = re.compile(r"[\w.\-/:]+\Z")
_PLACE = re.compile(r"(?:span|resource|scope|event|link)\.")


def write_condition(place: Place, key: str, comparison: Comparison, value: AttributeValue) -> str:
    """A condition as `parse_conditions` reads it; "" where none can ask for this value.

    An attribute of the span itself needs no place, unless its key would be taken for one.
    """
    literal = _write_literal(value)
    if not literal or clean_name(key) != key:
        return ""
    name = key if place is Place.SPAN and not _PLACE.match(key) else f"{place}.{key}"
    return f"{name if _BARE_KEY.match(name) else _quote(name)}{comparison}{literal}"


def _write_literal(value: AttributeValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, str) and len(value) <= MAX_FILTER_CHARS and clean_name(value) == value:
        return _quote(value)
    return ""


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def search_address(condition: str, age_ns: int) -> str:
    """The query string of a search whose time reaches back to a span that old; "" for no condition."""
    if not condition:
        return ""
    default, longest = _LOOKBACKS[0][0], f"{age_ns // _DAY_NS + 1}d"
    age_ns += _MARGIN_NS
    lookback = next((name for name, length_ns in _LOOKBACKS if age_ns < length_ns), longest)
    return "?" + urlencode({"tags": condition} | ({"lookback": lookback} if lookback != default else {}))
