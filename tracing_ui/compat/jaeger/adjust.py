"""What Jaeger's query service puts right in each span before it shows it, unless it is asked for raw spans. Pure.

Spans that came twice or share an id are the whole trace's affair, see `whole_trace`. Attributes and events keep the
order they were sent in, and clocks are left as they are.
"""

import math
from dataclasses import replace
from typing import Final

from traces.domain.attributes import Attributes, AttributeValue
from traces.domain.shared_ids import Ids
from traces.domain.shown_ids import show_under
from traces.domain.span import Span
from tracing_ui.compat.jaeger.model import LINK_REMOVED, has_ids

_IP_KEYS: Final = ("ip", "peer.ipv4")
_LIBRARY_KEYS: Final = (
    "telemetry.sdk.language",
    "telemetry.sdk.name",
    "telemetry.sdk.version",
    "telemetry.distro.name",
    "telemetry.distro.version",
)
_CONFLICT: Final = "conflicting values between Span and Resource for attribute "


def adjust(span: Span, trace_id: bytes, ids: Ids | None = None) -> Span:
    """The span with addresses that can be read, the SDK's attributes where they belong, and ids of its own.

    `trace_id` is that of all its trace: 64- and 128-bit ids of one trace become one. Links without ids are taken out.
    """
    return show_under(_remove_empty_links(_move_library_attributes(_write_addresses(span))), trace_id, ids)


def _remove_empty_links(span: Span) -> Span:
    links = tuple(filter(has_ids, span.links))
    missing = len(span.links) - len(links)
    return replace(span, links=links, cuts=(*span.cuts, *[LINK_REMOVED] * missing)) if missing else span


def _write_addresses(span: Span) -> Span:
    """IPv4 addresses that came as numbers are written in dots."""
    if changed := _dotted(span.attributes):
        span = replace(span, attributes={**span.attributes, **changed})
    if changed := _dotted(span.resource.attributes):
        attributes = {**span.resource.attributes, **changed}
        span = replace(span, resource=replace(span.resource, attributes=attributes))
    return span


def _dotted(attributes: Attributes) -> dict[str, AttributeValue]:
    """Those of the addresses that are numbers, in dots."""
    dotted: dict[str, AttributeValue] = {}
    for key in _IP_KEYS:
        value = attributes.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            dotted[key] = ".".join(map(str, (int(value) % 2**32).to_bytes(4, "big")))
    return dotted


def _move_library_attributes(span: Span) -> Span:
    """What names the SDK belongs to the resource; where that says something else, it stays, and a warning says so."""
    found = [key for key in _LIBRARY_KEYS if key in span.attributes]
    if not found:
        return span
    resource = span.resource.attributes
    differing = [key for key in found if key in resource and resource[key] != span.attributes[key]]
    moved = [key for key in found if key not in differing]
    return replace(
        span,
        attributes={key: value for key, value in span.attributes.items() if key not in moved},
        resource=replace(span.resource, attributes={**resource, **{key: span.attributes[key] for key in moved}}),
        cuts=(*span.cuts, *(_CONFLICT + key for key in differing)),
    )
