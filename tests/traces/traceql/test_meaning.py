"""A filter judged and bounded by the product, and by somebody who goes by the rules alone."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.traces.traceql.generated import decode, make_filter, make_traces
from tests.traces.traceql.naive import NaiveTrace, service_of
from traces.domain.clock import Clock
from traces.domain.matching import matches
from traces.domain.span import Operation, Service, Span, SpanFlag, SpanOutline, clean_name, measure_duration_ns
from traces.domain.trace import Trace, build_trace
from traces.domain.traceql.bounding import bound_filter
from traces.domain.traceql.judging import Judge, make_judge
from traces.domain.traceql.subject import Subject, describe_whole, number_rows, row_of_span, row_of_trace

_FILTERS = 60
_seeds = st.integers(0, 2**32).map(Random)


@given(_seeds)
@settings(max_examples=10, deadline=None)
def test_a_filter_holds_of_the_spans_that_the_rules_say(dice: Random) -> None:
    traces = decode(make_traces(dice, 2))
    for wanted in (make_filter(dice) for _ in range(_FILTERS)):
        judge = make_judge(wanted)
        for spans in traces.values():
            trace = lay_out(spans)
            whole, standings = describe_whole(trace), number_rows(trace)
            held = set()
            for row, standing in enumerate(standings):
                span = spans[trace.rows[row].span.address[0]]
                subject = Subject(row_of_trace(trace.rows, row), span, whole, standing)
                verdict = judge(subject)
                assert isinstance(verdict, bool)
                # What is not known leaves the verdict open, or leaves it as it is.
                for part in ("span", "whole", "standing"):
                    less = Subject(subject.row, span, whole, standing)
                    setattr(less, part, None)
                    assert judge(less) in (None, verdict)
                if verdict:
                    held.add(span.span_id)
            assert held == {span.span_id for span in NaiveTrace(spans).matches(wanted)}, wanted


@given(_seeds)
@settings(max_examples=10, deadline=None)
def test_a_bound_lets_everything_through_that_the_filter_holds_of(dice: Random) -> None:
    traces = [NaiveTrace(spans) for spans in decode(make_traces(dice, 2)).values()]
    for wanted in (make_filter(dice) for _ in range(_FILTERS)):
        bound, judge = bound_filter(wanted), make_judge(wanted)
        for trace in traces:
            held = {span.span_id for span in trace.matches(wanted)}
            let_through = {span.span_id for span in trace.spans if matches(span, service_of(span), bound.where)}
            assert held <= let_through, wanted
            if bound.is_equal:
                assert let_through <= {span.span_id for span in trace.spans if may_hold(judge, span)}, wanted


def may_hold(judge: Judge, span: Span) -> bool:
    """Whether nothing that the span says of itself speaks against it."""
    return judge(Subject(row=row_of_span(span, service_of(span)), span=span)) is not False


def lay_out(spans: list[Span]) -> Trace:
    """The trace of these spans; the address of each is its place among them."""
    return build_trace(spans[0].trace_id, [outline_of(span, place) for place, span in enumerate(spans)], Clock.SENT)


def outline_of(span: Span, place: int) -> SpanOutline:
    row = row_of_span(span, service_of(span))
    operation = Operation(service=Service(name=row.service, slot=0), name=clean_name(span.name), kind=span.kind)
    return SpanOutline(
        address=(place, place),
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=row.parent_span_id,
        operation=operation,
        start_ns=span.start_time_unix_nano,
        duration_ns=measure_duration_ns(span.start_time_unix_nano, span.end_time_unix_nano),
        status=span.status_code,
        flags=SpanFlag(0),
    )
