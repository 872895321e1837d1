"""Links of a span as the panel shows them: to other spans and from them, with what is known of the other trace."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from traces.domain.ids import SPAN_ID_BYTES, TRACE_ID_BYTES
from traces.domain.links import TraceFacts
from traces.domain.query import Place
from traces.domain.span import Span
from traces.panel.attributes import EVENT_EXTENT, AttributeList, list_attributes

MAX_LINKS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """One link. `is_incoming` says that the other span named this one.

    `facts` is None where nothing of the other trace is kept here; `can_open` is False where its id is none.
    `attributes` and `trace_state` are what the sender of an outgoing link said of it.
    """

    trace_id: str
    span_id: str
    is_incoming: bool
    is_same_trace: bool
    can_open: bool
    facts: TraceFacts | None
    trace_state: str = ""
    attributes: AttributeList | None = None


def find_linked_traces(span: Span, incoming: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """The ids of the traces whose facts the lines need, each once."""
    linked = [link.trace_id for link in span.links[:MAX_LINKS]] + [trace_id for trace_id, _ in incoming]
    return [each for each in dict.fromkeys(linked) if len(each) == TRACE_ID_BYTES and any(each)]


def list_links(
    span: Span, incoming: Iterable[tuple[bytes, bytes]], facts: Mapping[bytes, TraceFacts], age_ns: int
) -> list[LinkLine]:
    """The span's own links in the order sent, then those from others: pairs of a trace id and a span id."""
    return [
        *(_draw_outgoing(span, index, facts, age_ns) for index in range(min(MAX_LINKS, len(span.links)))),
        *(_draw(span, trace_id, span_id, facts, is_incoming=True) for trace_id, span_id in incoming),
    ]


def _draw_outgoing(span: Span, index: int, facts: Mapping[bytes, TraceFacts], age_ns: int) -> LinkLine:
    link = span.links[index]
    attributes = list_attributes(
        link.attributes,
        place=Place.LINK,
        source=f"links/{index}",
        age_ns=age_ns,
        dropped=link.dropped_attributes_count,
        extent=EVENT_EXTENT,
    )
    return _draw(
        span,
        link.trace_id,
        link.span_id,
        facts,
        is_incoming=False,
        trace_state=link.trace_state,
        attributes=attributes if attributes.total or attributes.dropped else None,
    )


def _draw(
    span: Span,
    trace_id: bytes,
    span_id: bytes,
    facts: Mapping[bytes, TraceFacts],
    *,
    is_incoming: bool,
    trace_state: str = "",
    attributes: AttributeList | None = None,
) -> LinkLine:
    return LinkLine(
        trace_id=trace_id.hex(),
        span_id=span_id.hex() if len(span_id) == SPAN_ID_BYTES and any(span_id) else "",
        is_incoming=is_incoming,
        is_same_trace=trace_id == span.trace_id,
        can_open=len(trace_id) == TRACE_ID_BYTES and any(trace_id),
        facts=facts.get(trace_id),
        trace_state=trace_state,
        attributes=attributes,
    )
