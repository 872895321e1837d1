"""What Zipkin's search asks for: https://zipkin.io/zipkin-api/#/default/get_traces. Pure.

Conditions need not hold on one span: each holds on some span of the trace; with `service`, on one of that service.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# More parts than Zipkin takes apart: the last keeps the rest.
_MAX_PARTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipkinQuery:
    """Names are in lower case, None is any. A condition with an empty text is a tag's key or an annotation's value.

    The trace starts between `start_ns` and `end_ns`, both included; durations are microseconds, included as well.
    """

    start_ns: int
    end_ns: int
    limit: int
    service: str | None = None
    remote_service: str | None = None
    span_name: str | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)
    min_duration_us: int | None = None
    max_duration_us: int | None = None


def parse_annotation_query(text: str) -> dict[str, str]:
    """`key=value and word` as conditions by key. Of one key the last value counts, a value more than none."""
    found: dict[str, str] = {}
    for part in text.split(" and ", _MAX_PARTS - 1):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if equals:
            found[key] = value
        else:
            found.setdefault(key, "")
    found.pop("", None)
    return found
