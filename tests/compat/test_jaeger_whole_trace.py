"""Whole traces, as Jaeger's APIs answer with them. Both engines."""

import threading
from typing import Any

import pytest
from django.conf import settings as used

from tests.builders import make_link, make_span, span_id, trace_id, write_spans
from tests.conftest import reset_store
from traces.domain.errors import StoreUnavailable, TraceNotFound
from traces.portions import PORTION_SPANS
from traces.storage.relational import get_relational_store
from tracing_ui.compat.jaeger.summaries import summarise
from tracing_ui.compat.jaeger.whole_trace import load_whole_trace, read_whole_spans

pytestmark = pytest.mark.django_db

LONG = 0xABC << 64 | 5


def test_spans_come_in_portions_and_all_of_them() -> None:
    count = 2 * PORTION_SPANS + 1
    write_spans(*(make_span(1, number) for number in range(1, count + 1)))
    portions = list(read_whole_spans(trace_id(1)))
    assert [len(portion) for portion in portions] == [PORTION_SPANS, PORTION_SPANS, 1]
    assert {span.span_id for portion in portions for span in portion} == set(map(span_id, range(1, count + 1)))


# What fails in the database must not fail the transaction of a test.
@pytest.mark.django_db(transaction=True)
def test_a_trace_that_goes_while_it_is_read_is_no_shorter_trace() -> None:
    write_spans(*(make_span(1, number) for number in range(1, PORTION_SPANS + 2)))
    portions = read_whole_spans(trace_id(1))
    assert len(next(portions)) == PORTION_SPANS
    reset_store()
    with pytest.raises(StoreUnavailable, match="the trace changed while it was read"):
        next(portions)


def test_a_trace_that_is_not_kept_is_missed_before_anything_is_read() -> None:
    with pytest.raises(TraceNotFound):
        read_whole_spans(trace_id(1))


def test_repairs_are_made_unless_raw_spans_are_wanted(settings: Any) -> None:
    settings.INGEST_DEDUPLICATE_SECONDS = 0
    twin = make_span(1, 1, kind=3, attributes={"ip": 16_909_060})
    write_spans(twin)
    write_spans(twin, make_span(2, 1))
    write_spans(make_span(1, 1, kind=2), service="pay")
    raw = [span for portion in read_whole_spans(trace_id(1), raw=True) for span in portion]
    mended = [span for portion in read_whole_spans(trace_id(1)) for span in portion]
    assert [span.span_id for span in raw] == [span_id(1)] * 3
    assert load_whole_trace(trace_id(1)).warnings == ("1 span arrived more than once and shown once.",)
    client, server = sorted(mended, key=lambda span: -span.kind)
    assert (client.span_id, server.parent_span_id) == (span_id(1), span_id(1))
    assert server.span_id not in (span_id(1), bytes(8))
    assert [raw[0].attributes["ip"], client.attributes["ip"]] == [16_909_060, "1.2.3.4"]


def test_a_trace_that_is_too_large_says_so(settings: Any) -> None:
    settings.TRACE_MAX_SPANS = 2
    write_spans(*(make_span(1, number) for number in range(1, 5)))
    left_out = "Of 4 spans of this trace 2 are read: those that arrived first (TRACE_MAX_SPANS)."
    assert load_whole_trace(trace_id(1)).warnings == (left_out,)


def test_ids_of_64_and_128_bits_are_one_in_spans_and_links_unless_raw() -> None:
    write_spans(make_span(LONG, 1, kind=3, links=[make_link(5, 2), make_link(7, 2)]))
    write_spans(make_span(5, 2, 1), service="pay")
    for asked in (trace_id(LONG), trace_id(5)):
        spans = [span for portion in read_whole_spans(asked) for span in portion]
        assert {span.trace_id for span in spans} == {asked}
        assert [link.trace_id for span in spans for link in span.links] == [asked, trace_id(7)]
        raw = [span for portion in read_whole_spans(asked, raw=True) for span in portion]
        assert {span.trace_id for span in raw} == {trace_id(LONG), trace_id(5)}


def test_a_link_without_ids_is_taken_out_and_said() -> None:
    write_spans(make_span(1, 1, links=[make_link(0, 0), make_link(7, 2)]))
    [[span]] = read_whole_spans(trace_id(1))
    assert ([link.span_id for link in span.links], span.cuts) == ([span_id(2)], ("Invalid span link removed",))


def test_the_root_of_a_summary_is_the_client_of_a_shared_id() -> None:
    """However early the server's clock."""
    write_spans(make_span(1, 1, kind=3, name="call", start_ns=2_000_000_000_000))
    write_spans(make_span(1, 1, kind=2, name="serve", start_ns=1_999_999_000_000), service="pay")
    whole = load_whole_trace(trace_id(1))
    summary = summarise(whole.columns, whole.ids)
    assert summary.root is not None
    assert (summary.root.name, summary.orphan_count) == ("call", 0)


def test_an_answer_that_has_begun_waits_while_others_read() -> None:
    write_spans(*(make_span(1, number) for number in range(1, PORTION_SPANS + 2)))
    portions = read_whole_spans(trace_id(1))
    assert len(next(portions)) == PORTION_SPANS
    turns = get_relational_store()._turns
    reading, go_on = [threading.Event() for _ in range(used.SEARCH_MAX_CONCURRENT)], threading.Event()

    def read(begun: threading.Event) -> None:
        with turns.take():
            begun.set()
            assert go_on.wait(10)

    others = [threading.Thread(target=read, args=(begun,)) for begun in reading]
    waiting = [threading.Thread(target=lambda: turns._places_to_wait.acquire(timeout=0.1)) for _ in reading]
    for other in others:
        other.start()
    assert all(begun.wait(10) for begun in reading)
    for other in waiting:
        other.start()
        other.join()
    threading.Timer(0.3, go_on.set).start()
    assert len(next(portions)) == 1
    for other in others:
        other.join()
