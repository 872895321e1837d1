"""What Jaeger's search means on our store: the memory store of Jaeger is the reference. Both engines."""

from typing import Any

import pytest

from tests.builders import (
    MS,
    NOW_NS,
    SECOND,
    make_event,
    make_link,
    make_request,
    make_span,
    write_request,
    write_spans,
)
from traces.domain.errors import InvalidQuery, TooBusy
from tracing_ui.compat.jaeger.search import JaegerQuery, find

pytestmark = pytest.mark.django_db


def search(limit: int = 100, start_ns: int = NOW_NS - 3_600 * SECOND, end_ns: int = NOW_NS, **asked: Any) -> list[int]:
    """The numbers of the traces found."""
    words: dict[str, Any] = {
        "service": None, "operation": None, "tags": {}, "min_duration_ns": None, "max_duration_ns": None, **asked,
    }  # fmt: skip
    found = find(JaegerQuery(start_ns=start_ns, end_ns=end_ns, limit=limit, **words))
    return [int.from_bytes(summary.trace_id, "big") for summary in found]


def test_a_tag_is_found_with_any_type() -> None:
    values: list[object] = ["500", 500, 500.0, 500.5, "true", True, "x"]
    for number, value in enumerate(values, 1):
        write_spans(make_span(number, 1, attributes={"k": value}))
    assert sorted(search(tags={"k": "500"})) == [1, 2, 3]
    assert sorted(search(tags={"k": "true"})) == [5, 6]
    assert search(tags={"k": "500.5"}) == [4]
    assert search(tags={"k": "500.0"}) == []


def test_a_tag_is_found_in_every_place() -> None:
    tag = {"k": "v"}
    write_request(make_request(make_span(1, 1, attributes=tag)))
    write_request(make_request(make_span(2, 1), resource=tag))
    write_request(make_request(make_span(3, 1), scope=tag))
    write_request(make_request(make_span(4, 1, events=[make_event(attributes=tag)])))
    write_request(make_request(make_span(5, 1, links=[make_link(9, 9, tag)])))
    assert sorted(search(tags=tag)) == [1, 2, 3, 4, 5]
    assert search(tags={"resource.k": "v"}) == [2]


def test_one_span_must_satisfy_everything() -> None:
    write_spans(make_span(1, 1, name="a", attributes={"x": "1"}), make_span(1, 2, name="b", attributes={"y": "1"}))
    assert search(service="shop", operation="a", tags={"x": "1"}) == [1]
    assert search(operation="a", tags={"y": "1"}) == []
    assert search(tags={"x": "1", "y": "1"}) == []
    assert search(service="other") == []


def test_names_of_jaegers_own() -> None:
    write_request(make_request(make_span(1, 1, kind=0)))
    write_request(make_request(make_span(2, 1, kind=3, status=1), scope_name="lib"))
    write_request(make_request(make_span(3, 1, kind=2, status=2), scope_version="9"))
    expected = {
        ("error", "true"): [3], ("error", "1"): [3], ("error", "false"): [1, 2], ("error", "perhaps"): [],
        ("span.status", "ok"): [2], ("span.status", "ERROR"): [3], ("span.status", "what"): [1],
        ("span.kind", "client"): [2], ("span.kind", "SERVER"): [3], ("span.kind", "what"): [1],
        ("scope.name", "lib"): [2], ("scope.version", "9"): [3],
    }  # fmt: skip
    assert {(key, text): sorted(search(tags={key: text})) for key, text in expected} == expected


def test_both_ends_of_times_and_durations_count() -> None:
    at_ns = NOW_NS - 10 * SECOND
    write_spans(make_span(1, 1, start_ns=at_ns, duration_ns=10 * MS))
    assert search(start_ns=at_ns, end_ns=at_ns) == [1]
    assert search(start_ns=at_ns + 1) == search(end_ns=at_ns - 1) == []
    assert search(min_duration_ns=10 * MS, max_duration_ns=10 * MS) == [1]
    assert search(min_duration_ns=10 * MS + 1) == search(max_duration_ns=10 * MS - 1) == []
    assert search(start_ns=at_ns + 2, end_ns=at_ns) == []


def test_the_newest_come_first_and_more_than_one_page_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracing_ui.compat.jaeger.search._PAGE", 3)
    write_spans(*(make_span(number, 1, start_ns=NOW_NS - number * SECOND) for number in range(1, 9)))
    assert search(limit=7) == [1, 2, 3, 4, 5, 6, 7]
    assert search(limit=100) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_limit_has_bounds() -> None:
    for limit in (0, -1, 10_001):
        with pytest.raises(InvalidQuery, match="search depth must be greater than 0 and less than max traces"):
            search(limit=limit)


def test_a_search_that_took_too_long_gives_no_half_answer(settings: Any) -> None:
    write_spans(make_span(1, 1))
    settings.SEARCH_TIMEOUT_SECONDS = 1e-9
    with pytest.raises(TooBusy, match="the search took longer than"):
        search(service="shop")
