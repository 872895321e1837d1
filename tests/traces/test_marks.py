"""Where the events of a span are drawn."""

from dataclasses import replace

from tests.traces.test_clock_skew import CLIENT, PAYMENT, SERVER, span
from tests.traces.test_trace import TRACE, outline
from traces.domain.clock import Clock
from traces.domain.marks import MAX_EVENTS, find_marks
from traces.domain.span import Event, Link, Resource, Scope, Span, SpanFlag
from traces.domain.trace import Trace, build_trace


def whole(start_ns: int, *events: tuple[int, str], links: int = 0) -> Span:
    """A span with events: (time, name) of each."""
    return Span(
        trace_id=TRACE, span_id=bytes(8), parent_span_id=b"", trace_state="", flags=0, name="", kind=0,
        start_time_unix_nano=start_ns, end_time_unix_nano=start_ns, status_code=0, status_message="", attributes={},
        events=tuple(Event(time_ns=time_ns, name=name, attributes={}) for time_ns, name in events),
        links=(Link(trace_id=TRACE, span_id=bytes(8), trace_state="", attributes={}),) * links,
        resource=Resource(attributes={}), scope=Scope(name="", version="", attributes={}),
    )  # fmt: skip


def make_trace(clock: Clock = Clock.CORRECTED) -> Trace:
    """From 1,000 to 1,200: below a client a server whose clock is 500 behind."""
    spans = [span(1, None, (1_000, 200), kind=CLIENT), span(2, 1, (550, 100), PAYMENT, SERVER)]
    return build_trace(TRACE, spans, clock)


def test_events_are_drawn_from_the_start_of_the_trace_in_the_order_of_time() -> None:
    marks = find_marks(make_trace(), 0, whole(1_000, (1_150, "b"), (1_020, "exception"), (1_010, "a"), links=3))
    assert (marks.events, marks.link_count) == (((10, False), (20, True), (150, False)), 3)


def test_events_move_with_their_span() -> None:
    moved = whole(550, (560, "a"), (650, "exception"))
    assert find_marks(make_trace(), 1, moved).events == ((60, False), (150, True))
    assert find_marks(make_trace(Clock.SENT), 1, moved).events == ((10, False), (100, True))


def test_events_of_a_span_that_is_drawn_at_its_arrival_keep_their_distance_to_it() -> None:
    arrived = replace(outline(1, None, 5_000, 100), flags=SpanFlag.CLOCK_IMPLAUSIBLE)
    trace = build_trace(TRACE, [arrived, outline(2, 1, 4_900, 10)])
    assert find_marks(trace, 0, whole(7, (17, "a"))).events == ((110, False),)


def test_events_of_a_span_without_a_start_have_their_own_time() -> None:
    arrived = replace(outline(1, None, 5_000, 0), flags=SpanFlag.CLOCK_IMPLAUSIBLE)
    trace = build_trace(TRACE, [arrived, outline(2, 1, 4_900, 50)])
    assert find_marks(trace, 0, whole(0, (4_910, "a"))).events == ((10, False),)


def test_an_event_without_a_time_is_drawn_at_the_start_of_its_span() -> None:
    assert find_marks(make_trace(), 1, whole(550, (0, "a"))).events == ((50, False),)


def test_nothing_is_drawn_outside_the_trace() -> None:
    marks = find_marks(make_trace(), 0, whole(1_000, (3, "a"), (9_000, "b")))
    assert marks.events == ((0, False), (200, False))


def test_of_very_many_events_exceptions_stay() -> None:
    many = [(1_000 + n, "exception" if n in (150, 199) else "a") for n in range(200)]
    events = find_marks(make_trace(), 0, whole(1_000, *many)).events
    assert (len(events), events[-2:]) == (MAX_EVENTS, ((150, True), (199, True)))
    assert events[:98] == tuple((n, False) for n in range(98))
