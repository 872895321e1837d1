"""The ids under which the spans of a trace are shown, where they are not those that were sent. Pure."""

from dataclasses import replace

from traces.domain.ids import shorten
from traces.domain.shared_ids import Ids
from traces.domain.span import Link, Span


def show_under(span: Span, trace_id: bytes, ids: Ids | None = None) -> Span:
    """The span and its links to its trace under the one id of the whole trace: 64- and 128-bit ids of it become one.

    `ids` are its own, where it is told apart from spans that share its id (see `tell_apart`).
    """
    if any(_is_other_length(link.trace_id, trace_id) for link in span.links):
        span = replace(span, links=tuple(_link_under(link, trace_id) for link in span.links))
    if span.trace_id != trace_id:
        span = replace(span, trace_id=trace_id)
    if ids is None:
        return span
    return replace(span, span_id=ids.span_id, parent_span_id=ids.parent_span_id or b"")


def _link_under(link: Link, trace_id: bytes) -> Link:
    return replace(link, trace_id=trace_id) if _is_other_length(link.trace_id, trace_id) else link


def _is_other_length(trace_id: bytes, other: bytes) -> bool:
    """Whether one is the 64-bit id of a trace and the other a 128-bit one of the same."""
    return trace_id != other and (trace_id == shorten(other) or shorten(trace_id) == other)
