"""The stored traces behind the figures of a service or an operation: those of a cell, the slowest, what failed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services_map.domain.error_groups import Failure, read_failure
from services_map.domain.latency.cells import Example
from services_map.domain.subjects import Subject, keep_one_a_minute, make_expression
from traces import reading
from traces.domain.links import TraceFacts
from traces.domain.query import TraceQuery, Window
from traces.domain.shape import FAILED, LONGEST, Shape, make_shape
from traces.domain.span import MAX_NS, Operation, SpanFlag, SpanOutline
from traces.storage import get_store
from traces.storage.base import ProjectId
from traces.storage.counted import FoundSpan as KeptSpan

MAX_EXAMPLES: Final = 50
MAX_SLOWEST: Final = 20
MAX_SEARCHED: Final = 200
#: The errors are those of so many traces with a failed span of the subject, and of so many failed spans of each.
MAX_FAILED_TRACES: Final = 200
_FAILED_SPANS_A_TRACE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpan:
    """A span of the subject, the trace that it is in and the shape of that trace."""

    span_id: bytes
    start_ns: int
    duration_ns: int
    is_error: bool
    operation: str
    trace: TraceFacts
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpans:
    """`gone` examples are of traces that are no longer kept. `has_more`: not everything that matches is here."""

    spans: tuple[FoundSpan, ...]
    gone: int
    has_more: bool = False
    is_complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureSample:
    """What failed in the newest traces in which something did. `has_more`: there are others in the window."""

    failures: tuple[Failure, ...]
    has_more: bool
    is_complete: bool


def find_spans_of_cell(
    project: ProjectId,
    subject: Subject,
    window: Window,
    examples: Sequence[Example],
    durations_ns: tuple[int, int] | None = None,
    *,
    only_failed: bool = False,
) -> FoundSpans:
    """Spans of the subject in a window, of these durations (both inclusive), the longest of each trace, longest first.

    `examples` are those that the roll-ups know; a search adds the others that are kept.
    """
    where = make_expression(subject, durations_ns, only_failed=only_failed)
    page = reading.search(project, TraceQuery(window=window, where=where, limit=MAX_EXAMPLES))
    wanted = {example.trace_id: {example.span_id} for example in examples}
    for trace in page.traces:
        wanted.setdefault(trace.trace_id, set()).update(trace.matched_span_ids)
    found = _load(project, subject, window, wanted)
    return replace(found, has_more=page.next_cursor is not None, is_complete=page.is_complete)


def find_slowest(project: ProjectId, subject: Subject, window: Window, examples: Sequence[Example]) -> FoundSpans:
    """The slowest of the roll-ups' examples that are still kept: at most one a minute, MAX_SLOWEST in all."""
    found = _load(project, subject, window, {example.trace_id: {example.span_id} for example in examples})
    return _thin_out(found)


def search_slowest(project: ProjectId, subject: Subject, window: Window, least_ns: int) -> FoundSpans:
    """As `find_slowest`, where there are no examples: the slowest of the newest spans that took so long."""
    where = make_expression(subject, (least_ns, MAX_NS))
    page = reading.search(project, TraceQuery(window=window, where=where, limit=MAX_SEARCHED))
    wanted = {trace.trace_id: trace.matched_span_ids for trace in page.traces}
    return _thin_out(_load(project, subject, window, wanted))


def _thin_out(found: FoundSpans) -> FoundSpans:
    kept = keep_one_a_minute(span.start_ns for span in found.spans)[:MAX_SLOWEST]
    return replace(found, spans=tuple(found.spans[index] for index in kept))


def _load(
    project: ProjectId, subject: Subject, window: Window, wanted: Mapping[bytes, Collection[bytes]]
) -> FoundSpans:
    """Of each trace the longest of its wanted spans, longest first."""
    facts = reading.describe_traces(project, list(wanted))
    outlines = reading.find_standing_out(project, list(facts), LONGEST, FAILED)
    small = _find_small(project, window, outlines, {trace_id: wanted[trace_id] for trace_id in facts})
    spans = [
        _describe(span, trace, make_shape(outlines.get(trace_id, ()), trace.start_ns, trace.duration_ns))
        for trace_id, trace in facts.items()
        if (span := _choose((*outlines.get(trace_id, ()), *small[trace_id]), wanted[trace_id], subject))
    ]
    spans.sort(key=lambda span: (-span.duration_ns, span.trace.trace_id))
    return FoundSpans(spans=tuple(spans), gone=len(wanted) - len(facts))


def _find_small(
    project: ProjectId,
    window: Window,
    outlines: Mapping[bytes, Sequence[SpanOutline]],
    wanted: Mapping[bytes, Collection[bytes]],
) -> Mapping[bytes, list[SpanOutline]]:
    """The wanted spans of traces in which none of them stands out.

    Whether they have a parent is not known here: they are requests by their kind alone.
    """
    hidden = [
        (trace_id, span_id)
        for trace_id, span_ids in wanted.items()
        if not any(span.span_id in span_ids for span in outlines.get(trace_id, ()))
        for span_id in span_ids
    ]
    found: dict[bytes, list[SpanOutline]] = defaultdict(list)
    names = get_store().read_operations(project) if hidden else {}
    for (trace_id, span_id), spans in get_store().find_spans(project, hidden, window).items() if hidden else ():
        found[trace_id] += (_outline(trace_id, span_id, span, names[span.operation_id]) for span in spans)
    return found


def _outline(trace_id: bytes, span_id: bytes, span: KeptSpan, operation: Operation) -> SpanOutline:
    return SpanOutline(
        address=span.address,
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=b"",
        operation=operation,
        start_ns=span.start_ns,
        duration_ns=span.duration_ns,
        status=span.status,
        flags=SpanFlag(0),
    )


def _choose(outlines: Iterable[SpanOutline], wanted: Collection[bytes], subject: Subject) -> SpanOutline | None:
    chosen = (span for span in outlines if span.span_id in wanted and subject.includes(span))
    return max(chosen, key=lambda span: span.duration_ns, default=None)


def _describe(span: SpanOutline, trace: TraceFacts, shape: Shape) -> FoundSpan:
    return FoundSpan(
        span_id=span.span_id,
        start_ns=span.start_ns,
        duration_ns=span.duration_ns,
        is_error=span.is_error,
        operation=span.operation.name,
        trace=trace,
        shape=shape,
    )


def sample_failures(project: ProjectId, subject: Subject, window: Window) -> FailureSample:
    """The failed spans of the newest traces that have any of the subject's."""
    where = make_expression(subject, only_failed=True)
    page = reading.search(project, TraceQuery(window=window, where=where, limit=MAX_FAILED_TRACES))
    of_traces = reading.find_standing_out(project, [trace.trace_id for trace in page.traces], 1, _FAILED_SPANS_A_TRACE)
    outlines = [
        span
        for spans in of_traces.values()
        for span in {span.span_id: span for span in spans if span.is_error and subject.includes(span)}.values()
    ]
    return FailureSample(
        failures=tuple(_read_failures(project, outlines)),
        has_more=page.next_cursor is not None,
        is_complete=page.is_complete,
    )


def _read_failures(project: ProjectId, outlines: Sequence[SpanOutline]) -> Iterable[Failure]:
    by_id = {(outline.trace_id, outline.span_id): outline for outline in outlines}
    for span in reading.read_spans(project, outlines):
        outline = by_id[span.trace_id, span.span_id]
        type_, message = read_failure(span)
        yield Failure(
            trace_id=span.trace_id,
            span_id=span.span_id,
            start_ns=outline.start_ns,
            operation=outline.operation.name,
            type=type_,
            message=message,
        )
