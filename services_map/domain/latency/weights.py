"""How many spans a sampled one stands for: its adjusted count, from `ot=th:…` in its tracestate.

https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/ and
https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/. A span that does not say is counted
once: its true weight is unknown.
"""

import re
from typing import Final

from services_map.domain.latency.cells import WEIGHT_UNIT

_MAX_VALUE_CHARS: Final = 256
_ALL: Final = 1 << 56
#: What a span may claim to stand for at most, so that no sum of them overflows.
_MAX_WEIGHT: Final = 1 << 24
_THRESHOLD = re.compile(rb"[0-9a-f]{1,14}")
_RANDOMNESS = re.compile(rb"[0-9a-f]{14}")
_POWER = re.compile(rb"[0-9]{1,2}")
_MOST_POWER: Final = 62


def read_weight(trace_state: bytes, randomness: int | None = None) -> int:
    """The adjusted count of a span in WEIGHT_UNITs; one unit's worth where it says nothing that can be believed.

    `randomness` is the last 56 bits of its trace id where its flags promise that those are random, else None.
    """
    fields = _read_fields(trace_state)
    if fields is None:
        return WEIGHT_UNIT
    if threshold := fields.get(b"th"):
        return _weigh_threshold(threshold, fields.get(b"rv"), randomness)
    if power := fields.get(b"p"):
        return _weigh_power(power, fields.get(b"r"))
    return WEIGHT_UNIT


def _read_fields(trace_state: bytes) -> dict[bytes, bytes] | None:
    for member in trace_state.split(b","):
        key, found, value = member.strip(b" \t").partition(b"=")
        if found and key == b"ot":
            if len(value) > _MAX_VALUE_CHARS:
                return None
            pairs = (field.partition(b":") for field in value.split(b";"))
            return {name: text for name, separator, text in pairs if separator}
    return None


def _weigh_threshold(text: bytes, random_value: bytes | None, randomness: int | None) -> int:
    if not _THRESHOLD.fullmatch(text):
        return WEIGHT_UNIT
    threshold = int(text.ljust(14, b"0"), 16)
    if random_value is not None and _RANDOMNESS.fullmatch(random_value):
        randomness = int(random_value, 16)
    # It would not have been sampled: the two do not belong together.
    if randomness is not None and randomness < threshold:
        return WEIGHT_UNIT
    return round(min(_MAX_WEIGHT, _ALL / (_ALL - threshold)) * WEIGHT_UNIT)


def _weigh_power(text: bytes, random_value: bytes | None) -> int:
    """The older form `ot=p:…;r:…`: 2^p spans. 63 means that it was not sampled by chance: counted once."""
    if not _POWER.fullmatch(text) or int(text) > _MOST_POWER:
        return WEIGHT_UNIT
    if random_value is not None and _POWER.fullmatch(random_value) and int(text) > int(random_value):
        return WEIGHT_UNIT
    return min(_MAX_WEIGHT, 1 << int(text)) * WEIGHT_UNIT
