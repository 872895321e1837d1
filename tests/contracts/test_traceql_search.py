"""What a search by TraceQL finds, on SQLite and on PostgreSQL."""

import pytest

from tests.builders import LAST_DAY, NOW_NS, SECOND, make_span, write_spans
from traces.domain.traceql.tree import (
    Attribute,
    Compare,
    Condition,
    Filter,
    Literal,
    Scope,
    ValueType,
)
from traces.storage.base import DEFAULT_PROJECT
from traces.traceql_search import search

pytestmark = pytest.mark.django_db(transaction=True)


def text(value: str) -> Literal:
    return Literal(ValueType.TEXT, value)


def found(condition: Condition | None) -> list[int]:
    page = search(DEFAULT_PROJECT, Filter(condition), LAST_DAY)
    assert page.is_complete
    return [int.from_bytes(trace.summary.trace_id, "big") for trace in page.traces]


def test_a_filter_finds_the_traces_it_holds_in_newest_first() -> None:
    write_spans(make_span(1, 1, attributes={"a": "x"}, start_ns=NOW_NS - 9 * SECOND))
    write_spans(make_span(2, 1), make_span(2, 2, 1, attributes={"a": "x"}), make_span(2, 3, 1, attributes={"a": "x"}))
    write_spans(make_span(3, 1, attributes={"a": "y"}))
    has_a = Compare("=", Attribute(Scope.SPAN, "a"), text("x"))

    assert found(has_a) == [2, 1]
    newest = search(DEFAULT_PROJECT, Filter(has_a), LAST_DAY, spans_per_trace=1).traces[0]
    assert (newest.matched_count, len(newest.spans), newest.is_count_exact) == (2, 1, True)
    assert newest.spans[0].span.attributes == {"a": "x"}
