"""What every store promises about searching. Run on SQLite and on PostgreSQL."""

from typing import Any

import pytest
from django.conf import LazySettings

from tests.builders import (
    LAST_DAY,
    MS,
    NOW_NS,
    SECOND,
    make_event,
    make_link,
    make_request,
    make_span,
    span_id,
    trace_id,
    write_spans,
)
from traces import reading
from traces.domain.query import (
    And,
    Comparison,
    Condition,
    Expression,
    Intrinsic,
    Or,
    Place,
    TracePage,
    TraceQuery,
    Window,
)
from traces.ingest.translate.otlp import translate_otlp
from traces.storage import get_store
from traces.storage import search as search_code
from traces.storage.base import DEFAULT_PROJECT, SpanRequest

pytestmark = pytest.mark.django_db(transaction=True)


def having(place: Place, key: str, comparison: str, value: Any = None) -> Condition:
    return Condition(place=place, key=key, comparison=Comparison(comparison), value=value)


def search(where: Expression | None = None, **more: Any) -> TracePage:
    return reading.search(DEFAULT_PROJECT, TraceQuery(where=where or And(), **({"window": LAST_DAY} | more)))


def found(where: Expression | None = None, **more: Any) -> list[int]:
    """The numbers of the traces found, in order."""
    return [int.from_bytes(trace.trace_id, "big") for trace in search(where, **more).traces]


def test_the_newest_trace_comes_first_with_its_facts() -> None:
    write_spans(make_span(1, 1, name="old", start_ns=NOW_NS - 50 * SECOND))
    write_spans(
        make_span(2, 1, name="root", start_ns=NOW_NS - 10 * SECOND, duration_ns=300 * MS),
        make_span(2, 2, 1, start_ns=NOW_NS - 9 * SECOND, duration_ns=500 * MS, status=2),
    )
    write_spans(make_span(2, 3, 1, start_ns=NOW_NS - 9 * SECOND), service="db")

    page = search()

    assert [int.from_bytes(trace.trace_id, "big") for trace in page.traces] == [2, 1]
    newest = page.traces[0]
    assert (newest.start_ns, newest.duration_ns) == (NOW_NS - 10 * SECOND, 1_500 * MS)
    assert (newest.span_count, newest.error_count) == (3, 1)
    assert (newest.root_service, newest.root_operation) == ("shop", "root")
    assert [(name, count) for name, _, count in newest.services] == [("shop", 2), ("db", 1)]
    assert (page.total, page.is_total_exact, page.is_complete, page.next_cursor) == (2, True, True, None)


def test_a_trace_whose_root_has_not_arrived_has_no_root() -> None:
    write_spans(make_span(1, 2, 1))

    assert (search().traces[0].root_service, search().traces[0].root_operation) == (None, None)


def test_all_conditions_must_hold_on_one_span() -> None:
    write_spans(make_span(1, 1, attributes={"a": 1}), make_span(1, 2, 1, attributes={"b": 1}))
    write_spans(make_span(2, 1, attributes={"a": 1, "b": 1}))
    both = And((having(Place.SPAN, "a", "=", 1), having(Place.SPAN, "b", "=", 1)))

    assert found(both) == [2]
    assert found(Or(both.parts)) == [2, 1]
    assert search(both).traces[0].matched_span_ids == (span_id(1),)


def test_attributes_are_found_wherever_they_stand() -> None:
    write_spans(make_span(1, 1, attributes={"k": "x"}))
    write_spans(make_span(2, 1), resource={"k": "x"})
    write_spans(make_span(3, 1), scope={"k": "x"})
    write_spans(make_span(4, 1, events=[make_event("e", attributes={"k": "x"})]))
    write_spans(make_span(5, 1, links=[make_link(9, 9, {"k": "x"})]))
    write_spans(make_span(6, 1, attributes={"k": "y"}), resource={"other": "x"})

    places = [Place.SPAN, Place.RESOURCE, Place.SCOPE, Place.EVENT, Place.LINK]
    assert [found(having(place, "k", "=", "x")) for place in places] == [[1], [2], [3], [4], [5]]
    assert found(having(Place.ANY, "k", "=", "x")) == [5, 4, 3, 2, 1]
    assert found(having(Place.ANY, "k", "!=", "x")) == [6]
    assert found(having(Place.ANY, "k", "exists")) == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("text", "text"),
        ("", ""),
        ("ä\0ö", "ä\0ö"),
        (5, 5),
        (5, 5.0),
        (5.0, 5),
        (-0.0, 0),
        (2**60, 2**60),
        (2**53 + 1, 2**53 + 1),
        (True, True),
        (False, False),
        ([1, "a"], "a"),
        ([1, "a"], 1),
        ([[1, 2], [[3]]], 3),
        (0.1, 0.1),
        (1e300, 1e300),
    ],
)
def test_an_attribute_is_found_by_its_value(value: Any, wanted: Any) -> None:
    write_spans(make_span(1, 1, attributes={"k": value}), make_span(2, 2, attributes={"k": "something else"}))

    assert found(having(Place.SPAN, "k", "=", wanted)) == [1]


@pytest.mark.parametrize(
    ("value", "wanted"), [("5", 5), (5, "5"), (True, 1), (1, True), ("true", True), (2**53 + 1, 2**53), (b"x", "x")]
)
def test_a_value_of_another_type_is_another_value(value: Any, wanted: Any) -> None:
    write_spans(make_span(1, 1, attributes={"k": value}))

    assert found(having(Place.SPAN, "k", "=", wanted)) == []


def test_fields_in_another_order_make_no_difference() -> None:
    """Another encoder may write an attribute's value before its key: it is the same attribute."""
    body = bytearray(make_request(make_span(1, 1, attributes={"kk": "vv"})).SerializeToString())
    usual, unusual = b"\x0a\x02kk\x12\x04\x0a\x02vv", b"\x12\x04\x0a\x02vv\x0a\x02kk"
    assert body.count(usual) == 1

    translated = translate_otlp(bytes(body.replace(usual, unusual)))
    get_store().write([SpanRequest(project=DEFAULT_PROJECT, body=translated.body, span_count=1, received_ns=NOW_NS)])

    assert found(having(Place.SPAN, "kk", "=", "vv")) == [1]


@pytest.mark.parametrize(
    ("intrinsic", "comparison", "value", "expected"),
    [
        (Intrinsic.SERVICE, "=", "pay", [2]),
        (Intrinsic.SERVICE, "!=", "pay", [1]),
        (Intrinsic.SERVICE, "=~", "p.*", [2]),
        (Intrinsic.NAME, "=", "GET /", [1]),
        (Intrinsic.NAME, "!~", "GET.*", [2]),
        (Intrinsic.KIND, "=", 3, [2]),
        (Intrinsic.STATUS, "=", 2, [2]),
        (Intrinsic.STATUS, "!=", 2, [1]),
        (Intrinsic.STATUS_MESSAGE, "=", "broken", [2]),
        (Intrinsic.DURATION, ">=", 20 * MS, [2]),
        (Intrinsic.DURATION, ">", 20 * MS, []),
        (Intrinsic.DURATION, "<", 20 * MS, [1]),
        (Intrinsic.DURATION, ">", 19.5 * MS, [2]),
        (Intrinsic.DURATION, ">", 1e30, []),
        (Intrinsic.DURATION, "<", 1e30, [2, 1]),
        (Intrinsic.SPAN_ID, "=", "0000000000000007", [2]),
        (Intrinsic.PARENT_SPAN_ID, "=", "0000000000000009", [2]),
        (Intrinsic.TRACE_STATE, "=", "a=b", [2]),
        (Intrinsic.SCOPE_NAME, "=", "lib", [2]),
        (Intrinsic.SCOPE_VERSION, "=", "1.0", [2, 1]),
        (Intrinsic.EVENT_NAME, "=", "exception", [2]),
        (Intrinsic.EVENT_NAME, "=~", "exc.*", [2]),
        (Intrinsic.LINK_TRACE_ID, "=", trace_id(70).hex(), [2]),
        (Intrinsic.LINK_SPAN_ID, "=", span_id(80).hex(), [2]),
        (Intrinsic.LINK_TRACE_ID, "=", "zz", []),
        (Intrinsic.STATUS, "=", "error", []),
    ],
)
def test_what_every_span_has_can_be_searched(
    intrinsic: Intrinsic, comparison: str, value: Any, expected: list[int]
) -> None:
    write_spans(make_span(1, 1))
    write_spans(
        make_span(
            2, 7, 9, name="charge", kind=3, status=2, status_message="broken", duration_ns=20 * MS, trace_state="a=b",
            events=[make_event("exception")], links=[make_link(70, 80)],
        ),
        service="pay", scope_name="lib",
    )  # fmt: skip

    assert found(having(Place.INTRINSIC, intrinsic, comparison, value)) == expected


def test_the_window_is_half_open() -> None:
    write_spans(make_span(1, 1, start_ns=NOW_NS - 100), make_span(2, 1, start_ns=NOW_NS))

    assert found(window=Window(start_ns=NOW_NS - 100, end_ns=NOW_NS)) == [1]
    assert found(window=Window(start_ns=NOW_NS - 99, end_ns=NOW_NS + 1)) == [2]


def test_the_whole_trace_can_be_bounded() -> None:
    write_spans(make_span(1, 1, duration_ns=5 * MS))
    write_spans(make_span(2, 1, duration_ns=MS), make_span(2, 2, 1, start_ns=NOW_NS - SECOND + 90 * MS))

    assert found(min_trace_duration_ns=100 * MS) == [2]
    assert found(max_trace_duration_ns=99 * MS) == [1]
    assert found(min_trace_duration_ns=5 * MS, max_trace_duration_ns=5 * MS) == [1]


def test_pages_follow_each_other_and_new_spans_do_not_shift_them() -> None:
    for number in range(1, 26):
        write_spans(make_span(number, 1, start_ns=NOW_NS - 100 * SECOND + number // 3 * SECOND))
    expected = sorted(range(1, 26), key=lambda number: (number // 3, number), reverse=True)

    query = TraceQuery(window=LAST_DAY, limit=10)
    seen: list[int] = []
    totals = []
    for _ in range(3):
        page = reading.search(DEFAULT_PROJECT, query)
        seen += [int.from_bytes(trace.trace_id, "big") for trace in page.traces]
        totals.append((page.total, page.is_total_exact))
        write_spans(make_span(1000 + len(seen), 1, start_ns=NOW_NS - 95 * SECOND))
        write_spans(make_span(1, 50 + len(seen), start_ns=NOW_NS - SECOND))
        if page.next_cursor:
            query = query.next_page(page.next_cursor)

    assert seen == expected
    assert totals == [(25, True)] * 3
    assert page.next_cursor is None


@pytest.mark.any_engine
def test_a_total_is_counted_up_to_a_limit(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert search_code.MAX_TOTAL == 10_000
    monkeypatch.setattr(search_code, "MAX_TOTAL", 1_000)
    settings.SEARCH_COUNT_SECONDS = 60
    settings.SEARCH_TIMEOUT_SECONDS = 60
    for start in range(1, 1_003, 200):
        write_spans(*[make_span(number, 1) for number in range(start, min(start + 200, 1_003))])

    assert (search().total, search().is_total_exact) == (1_000, False)
    most = having(Place.INTRINSIC, Intrinsic.SPAN_ID, "exists")
    assert search(most, limit=1).total == 1_000


def test_paging_goes_on_beyond_what_is_counted(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_code, "MAX_TOTAL", 1_000)
    settings.SEARCH_COUNT_SECONDS = 0
    settings.SEARCH_TIMEOUT_SECONDS = 60
    for start in range(1, 1_201, 400):
        spans = [make_span(number, 1, start_ns=NOW_NS - SECOND + number) for number in range(start, start + 400)]
        write_spans(*spans)

    query = TraceQuery(window=LAST_DAY, limit=100)
    seen: list[bytes] = []
    for _ in range(12):
        page = reading.search(DEFAULT_PROJECT, query)
        seen += [trace.trace_id for trace in page.traces]
        if page.next_cursor:
            query = query.next_page(page.next_cursor)

    assert seen == [trace_id(number) for number in range(1_200, 0, -1)]
    assert page.next_cursor is None


def test_a_search_that_meets_its_time_limit_says_so(settings: LazySettings) -> None:
    settings.SEARCH_TIMEOUT_SECONDS = 0.1
    for block in range(12):
        spans = [make_span(block * 4_000 + number + 1, 1, attributes={"k": f"v{number}"}) for number in range(4_000)]
        write_spans(*spans)

    page = search(having(Place.SPAN, "k", "=~", "never"))

    assert (page.traces, page.is_complete, page.is_total_exact) == ((), False, False)


def test_a_pattern_that_would_explode_elsewhere_is_harmless() -> None:
    write_spans(make_span(1, 1, attributes={"k": "a" * 5_000 + "!"}))

    assert found(having(Place.SPAN, "k", "=~", "(a+)+")) == []
    assert found(having(Place.SPAN, "k", "=~", "(a+)+!")) == [1]


def test_partitions_do_not_show(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 3
    for number in range(1, 11):
        write_spans(
            make_span(number % 4 + 1, number, start_ns=NOW_NS - number * SECOND, attributes={"n": number, "all": 1}),
            make_span(number % 4 + 1, 100 + number, number, start_ns=NOW_NS - number * SECOND),
        )
        get_store().seal_partitions()

    assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(1))) == 4
    assert found(having(Place.SPAN, "n", "=", 4)) == [1]
    assert set(found(having(Place.SPAN, "all", "=", 1))) == {1, 2, 3, 4}
    assert search().traces[0].span_count == len(get_store().read_trace(DEFAULT_PROJECT, search().traces[0].trace_id))
