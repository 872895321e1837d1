"""The events of a trace in the order of time."""

from array import array

from tests.traces.test_clock_skew import CLIENT, PAYMENT, SERVER, span
from tests.traces.test_trace import TRACE
from traces.domain.clock import Clock
from traces.domain.event_columns import EventColumns
from traces.domain.trace import Trace, build_trace
from traces.domain.trace_events import order_events

NAMES = ["message", "exception"]


def make_trace(clock: Clock = Clock.CORRECTED) -> Trace:
    """From 1,000 to 1,200: below a client a server whose clock is 500 behind; the server came first."""
    spans = [span(2, 1, (550, 100), PAYMENT, SERVER), span(1, None, (1_000, 200), kind=CLIENT)]
    return build_trace(TRACE, spans, clock)


def columns(*events: tuple[int, int, int, int, int]) -> EventColumns:
    """(index of the span, number of the event, its time, the start of the span, number of the name) of each."""
    indexes, ordinals, times_ns, starts_ns, names = zip(*events, strict=True)
    return EventColumns(
        indexes=array("i", indexes), ordinals=array("i", ordinals), times_ns=array("Q", times_ns),
        span_starts_ns=array("Q", starts_ns), name_numbers=array("i", names), names=NAMES, is_complete=False,
    )  # fmt: skip


def test_events_stand_in_the_order_of_time_whatever_span_they_are_of() -> None:
    events = order_events(make_trace(), columns((0, 0, 560, 550, 0), (1, 0, 1_150, 1_000, 0), (1, 1, 1_020, 1_000, 1)))
    assert list(zip(events.rows, events.ordinals, events.offsets_ns, strict=True)) == [
        (0, 1, 20),
        (1, 0, 60),
        (0, 0, 150),
    ]
    assert [events.names[number] for number in events.name_numbers] == ["exception", "message", "message"]
    assert not events.is_complete


def test_events_move_with_their_span_only_where_its_clock_is_put_right() -> None:
    sent = columns((0, 0, 560, 550, 0))
    assert list(order_events(make_trace(), sent).offsets_ns) == [60]
    assert list(order_events(make_trace(Clock.SENT), sent).offsets_ns) == [10]


def test_an_event_without_a_time_is_at_the_start_of_its_span_and_none_outside_the_trace() -> None:
    sent = columns((0, 0, 0, 550, 0), (1, 0, 2**64 - 1, 1_000, 0), (1, 1, 5, 1_000, 0), (1, 2, 1_050, 0, 0))
    events = order_events(make_trace(), sent)
    # Of the same time the upper row's comes first.
    drawn = [(0, 1, 0), (0, 2, 50), (1, 0, 50), (0, 0, 200)]
    assert list(zip(events.rows, events.ordinals, events.offsets_ns, strict=True)) == drawn


def test_exceptions_alone() -> None:
    sent = columns((0, 0, 560, 550, 0), (1, 0, 1_150, 1_000, 1), (1, 1, 1_020, 1_000, 1))
    exceptions = order_events(make_trace(), sent).only_exceptions()
    assert list(exceptions.offsets_ns) == [20, 150]
    assert list(order_events(make_trace(), columns((0, 0, 560, 550, 0))).only_exceptions().offsets_ns) == []
