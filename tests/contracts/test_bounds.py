"""What a reader may cost: so many at once, so much time, so many spans of one trace."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from pytest_django import Settings

from tests.builders import LAST_DAY, NOW_NS, SECOND, make_request, make_span, span_request, trace_id, write_spans
from traces import reading
from traces.domain.errors import TooBusy
from traces.domain.query import Comparison, Condition, Place, TraceQuery, Window
from traces.storage import get_store, summaries
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.turns import Turns

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_a_larger_trace_the_first_spans_are_read_and_it_is_said(settings: Settings) -> None:
    settings.TRACE_MAX_SPANS = 25
    for block in range(4):
        write_spans(*(make_span(1, block * 10 + number, 99, start_ns=NOW_NS - number) for number in range(1, 11)))
    write_spans(make_span(1, 99), make_span(1, 50, 99))

    trace = reading.load_trace(DEFAULT_PROJECT, trace_id(1))

    # Those that came with the root, those of the first two blocks, and the earliest three of the third.
    expected = {99, 50, *range(1, 21), 28, 29, 30}
    assert {int.from_bytes(row.span.span_id, "big") for row in trace.rows} == expected
    assert trace.root.span.parent_span_id is None
    assert trace.notes[0] == ("Of 42 spans of this trace 25 are read: those that arrived first (TRACE_MAX_SPANS).")
    assert get_store().count_spans(DEFAULT_PROJECT, trace_id(1)) == 42
    assert len(reading.load_spans(DEFAULT_PROJECT, trace)) == 25


def test_the_services_of_very_large_traces_are_counted_in_their_first_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "_FEWEST_COUNTED_SPANS", 3)
    monkeypatch.setattr(summaries, "_COUNTED_SPANS_A_PAGE", 10)
    write_spans(*(make_span(1, number, 99) for number in range(1, 9)), service="first")
    write_spans(*(make_span(1, number, 99) for number in range(11, 19)), service="second")
    write_spans(make_span(2, 1), service="third")

    large, small = reading.search(DEFAULT_PROJECT, TraceQuery(window=LAST_DAY)).traces[::-1]

    assert (large.span_count, [(name, count) for name, _, count in large.services]) == (16, [("first", 5)])
    assert (small.span_count, [(name, count) for name, _, count in small.services]) == (1, [("third", 1)])


def test_a_trace_of_just_the_limit_is_whole(settings: Settings) -> None:
    settings.TRACE_MAX_SPANS = 3
    write_spans(make_span(1, 1), make_span(1, 2, 1), make_span(1, 3, 1))

    trace = reading.load_trace(DEFAULT_PROJECT, trace_id(1))

    assert (len(trace.rows), trace.notes) == (3, ())


def test_a_trace_that_takes_too_long_is_refused_with_a_sentence(settings: Settings) -> None:
    for number in range(1, 6):
        write_spans(make_span(1, number))
    settings.SEARCH_TIMEOUT_SECONDS = 0.000_001

    with pytest.raises(TooBusy, match=r"This would take longer than 1e-06 seconds \(SEARCH_TIMEOUT_SECONDS\)"):
        reading.load_trace(DEFAULT_PROJECT, trace_id(1))


def test_a_search_with_a_regex_that_could_take_minutes_ends_in_time(settings: Settings) -> None:
    settings.SEARCH_TIMEOUT_SECONDS = 2.0
    long = make_span(1, 1, attributes={"text": "b" * 1_000_000})
    get_store().write([span_request(make_request(long, make_span(2, 2, attributes={"text": "bba"})))])
    where = Condition(place=Place.SPAN, key="text", comparison=Comparison.MATCHES, value="(.*.?){300}a")

    page = get_store().find_traces(DEFAULT_PROJECT, TraceQuery(window=LAST_DAY, where=where))

    assert not page.is_complete


def test_values_too_long_to_search_for_are_not_offered() -> None:
    write_spans(make_span(1, 1, attributes={"k": "v" * 8_192}), make_span(1, 2, attributes={"k": "w" * 8_193}))

    counts = get_store().count_attribute_values(DEFAULT_PROJECT, Place.SPAN, "k", 10)

    assert [count.value for count in counts] == ["v" * 8_192]


def test_readers_beyond_the_limit_are_told_to_come_again() -> None:
    """Two read, one waits for a turn and gets it; a fourth is told at once."""
    turns, is_waiting = Turns(2), threading.Event()

    def wait_for_turn() -> str:
        is_waiting.set()
        with turns.take(wait_seconds=30):
            return "had its turn"

    with ThreadPoolExecutor(1) as pool, ExitStack() as readers:
        readers.enter_context(turns.take())
        readers.enter_context(turns.take())
        third = pool.submit(wait_for_turn)
        assert is_waiting.wait(10)
        refused = _read_until_refused(turns)
        assert str(refused) == "Too many searches run at the moment (SEARCH_MAX_CONCURRENT). Try again."
        assert not third.done()
        readers.close()
        assert third.result(10) == "had its turn"
        with turns.take():
            pass


def _read_until_refused(turns: Turns) -> TooBusy:
    """The place to wait may not be taken yet, when the waiting thread has only just begun."""
    for _ in range(500):
        try:
            with turns.take(wait_seconds=0.02):
                raise AssertionError("a third turn")
        except TooBusy as problem:
            return problem
    raise AssertionError("never refused")


def test_a_reader_that_waits_in_vain_is_told() -> None:
    turns = Turns(1)

    with turns.take(), pytest.raises(TooBusy) as caught, turns.take(wait_seconds=0.01):
        pass

    assert caught.value.retry_after_seconds == 2


def test_a_window_of_ages_is_searched() -> None:
    write_spans(make_span(1, 1, start_ns=NOW_NS - SECOND))
    page = reading.search(DEFAULT_PROJECT, TraceQuery(window=Window(start_ns=0, end_ns=2**63 - 1)))

    assert [trace.trace_id for trace in page.traces] == [trace_id(1)]
