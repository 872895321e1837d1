"""What a field of TraceQL is on a span that was found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias, Union

from traces.domain.query import TraceSummary
from traces.domain.span import Event, Link, Span
from traces.domain.traceql.comparing import Value
from traces.domain.traceql.judging import make_judge
from traces.domain.traceql.mentioned import list_fields
from traces.domain.traceql.operands import make_reader
from traces.domain.traceql.subject import Subject, row_of_outline
from traces.domain.traceql.tree import Attribute, Field, Filter, Intrinsic, Scope
from traces.traceql_search import MatchedSpan

AnyField: TypeAlias = Union[Attribute, Intrinsic]
Narrow: TypeAlias = Callable[[MatchedSpan, TraceSummary], Span]

_OF_EVENT: Final = frozenset({Field.EVENT_NAME, Field.EVENT_TIME_SINCE_START})
_OF_LINK: Final = frozenset({Field.LINK_TRACE_ID, Field.LINK_SPAN_ID})


def read_values(field: AnyField, matched: MatchedSpan, trace: TraceSummary) -> Iterator[Value]:
    """Of each event or link, if it is a field of theirs, else one.

    None where there is no such value, UNKNOWN where only all spans of the trace together know.
    """
    read = make_reader(field)
    row, span = row_of_outline(matched.outline), matched.span
    for event, link in _list_parts(field, span):
        yield read(Subject(row=row, span=span, whole=trace, event=event, link=link))


def make_narrowing(wanted: Filter) -> Narrow:
    """Takes a span that the filter holds of to that span with the one event, and the one link, because of which."""
    fields = list_fields(wanted)
    of_event, of_link = any(map(is_of_event, fields)), any(map(is_of_link, fields))
    judge = make_judge(wanted)

    def narrow(matched: MatchedSpan, trace: TraceSummary) -> Span:
        row = row_of_outline(matched.outline)

        def may_hold(span: Span) -> bool:
            return judge(Subject(row=row, span=span, whole=trace)) is not False

        span = matched.span
        if of_event:
            span = next(filter(may_hold, (replace(span, events=(event,)) for event in span.events)), span)
        if of_link:
            span = next(filter(may_hold, (replace(span, links=(link,)) for link in span.links)), span)
        return span

    return narrow


def is_of_event(field: AnyField) -> bool:
    return field.scope is Scope.EVENT if isinstance(field, Attribute) else field.which in _OF_EVENT


def is_of_link(field: AnyField) -> bool:
    return field.scope is Scope.LINK if isinstance(field, Attribute) else field.which in _OF_LINK


def _list_parts(field: AnyField, span: Span) -> list[tuple[Event | None, Link | None]]:
    if is_of_event(field):
        return [(event, None) for event in span.events]
    if is_of_link(field):
        return [(None, link) for link in span.links]
    return [(None, None)]
