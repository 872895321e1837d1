"""One trace of many spans, as a benchmark sends it."""

from benchmarks.big_trace import COLUMNS, PAGES, addresses_of, make_trace
from traces.ingest.translate.otlp import translate_otlp
from traces.wire import otlp_pb2 as wire


def test_a_big_trace_is_one_tree_of_that_many_spans() -> None:
    trace_id, bodies = make_trace(3_000, 5)
    spans = [
        span
        for body in bodies
        for group in wire.Request.FromString(translate_otlp(body.content).body).resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]
    ids = {span.span_id for span in spans}
    assert len(ids) == len(spans) == 3_000
    assert {span.trace_id.hex() for span in spans} == {trace_id}
    assert [span.parent_span_id in ids for span in spans].count(False) == 1


def test_the_whole_trace_is_read_in_pages_or_at_once() -> None:
    assert addresses_of(COLUMNS, "ab", 25_000) == ["/api/v1/traces/ab/columns"]
    assert addresses_of(PAGES, "ab", 25_000) == [
        f"/api/v1/traces/ab?count=10000&first={first}" for first in (0, 10_000, 20_000)
    ]
