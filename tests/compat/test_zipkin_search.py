"""What Zipkin's search means on our store: each condition on some span of the service. Both engines."""

import random
from typing import Any

import pytest
from pytest_django import Settings

from tests.builders import (
    MS,
    NOW_NS,
    SECOND,
    join,
    make_event,
    make_request,
    make_span,
    trace_id,
    write_request,
    write_spans,
)
from tests.compat.zipkin_asking import write_zipkin, zipkin_span
from traces.domain.errors import TooBusy
from tracing_ui.compat.zipkin.query import ZipkinQuery, parse_annotation_query
from tracing_ui.compat.zipkin.search import find
from tracing_ui.compat.zipkin.whole_trace import load_whole_trace

pytestmark = pytest.mark.django_db

_PACES = {"_READ_IN_VAIN": [0, 2, 50], "_LEAST_PAGE": [2, 20], "_MOST_PAGE": [3, 500], "_TRIED_TRACES": [2, 20]}


def query(annotations: str = "", **asked: Any) -> ZipkinQuery:
    words: dict[str, Any] = {"start_ns": NOW_NS - 3_600 * SECOND, "end_ns": NOW_NS, "limit": 100, **asked}
    return ZipkinQuery(conditions=parse_annotation_query(annotations), **words)


def search(annotations: str = "", **asked: Any) -> list[int]:
    """The numbers of the traces found."""
    return [int.from_bytes(found, "big") for found in find(query(annotations, **asked))]


def test_conditions_may_hold_on_different_spans_of_the_service_and_on_no_other() -> None:
    hit = [{"timestamp": 1, "value": "hit"}]
    write_zipkin(
        zipkin_span(1, 1, None, "Web", name="GET /", duration=10, tags={"a": "1"}),
        zipkin_span(1, 2, 1, "Web", name="Cache", duration=5_000, tags={"b": "2"}, annotations=hit),
        zipkin_span(1, 3, 1, "db", name="select", duration=90_000, tags={"c": "3"}),
    )  # fmt: skip
    assert search("a=1 and b=2 and hit and a", service="web", span_name="get /", min_duration_us=5_000) == [1]
    assert search("a=1 and c=3") == [1]
    assert search("a=1 and c=3", service="web") == []
    assert search("c=3", service="db") == [1]
    assert search(service="web", min_duration_us=90_000) == []
    assert search(min_duration_us=90_000, span_name="cache") == [1]
    assert search(service="web", min_duration_us=11, max_duration_us=4_999) == []
    assert search("a=2") == search("hit=1") == search(service="nobody") == search(span_name="nothing") == []


def test_a_tag_is_found_by_the_text_that_is_shown() -> None:
    values: list[object] = ["500", 500, 500.0, "true", True, ["a", 1], {"k": 1}, b"\x00\xff", ""]
    for number, value in enumerate(values, 1):
        write_spans(make_span(number, 1, attributes={"k": value}))
    write_request(make_request(make_span(20, 1), resource={"k": "500", "peer.service": "x"}))
    assert sorted(search("k=500")) == [1, 2, 20]
    assert search("k=500.0") == [3]
    assert sorted(search("k=true")) == [4, 5]
    assert search('k=["a", 1]') == [6]
    assert sorted(search("k")) == [*range(1, 10), 20]


def test_a_failure_is_a_tag_and_an_event_an_annotation() -> None:
    failed: dict[str, Any] = {"status": 2, "status_message": "gave up"}
    write_request(
        join(
            make_request(make_span(1, 1, **failed), scope_name="lib", scope_version="2"),
            make_request(make_span(2, 1, attributes={"error": False}, kind=1)),
            make_request(make_span(3, 1, events=[make_event("exception", NOW_NS, {"n": 1})])),
            make_request(make_span(4, 1, status=1, trace_state="a=1", attributes={"error": "no"})),
        )
    )
    assert search("error") == search("error=gave up") == search("otel.status_code=ERROR") == [1]
    assert search("otel.scope.name=lib") == search("otel.scope.version=2") == [1]
    assert search("span.kind=internal") == [2]
    assert search("exception") == search('"exception": {"n":1}') == [3]
    assert search("w3c.tracestate=a=1") == search("w3c.tracestate") == [4]
    assert search("error=no") == search("error=false") == []


def test_the_other_end_is_found_by_what_it_is_called_or_who_answers() -> None:
    write_zipkin(zipkin_span(1, 1, None, "web", kind="CLIENT", remoteEndpoint={"serviceName": "Bank"}))
    database = {"db.system": "postgresql", "db.name": "Orders"}
    write_request(
        join(
            make_request(make_span(2, 1, kind=3), make_span(2, 3, 1, kind=3, attributes=database), service="web"),
            make_request(make_span(2, 2, 1), service="bank"),
        )
    )
    assert sorted(search(service="web", remote_service="bank")) == [1, 2]
    assert search(remote_service="postgresql/orders") == [2]
    assert search(remote_service="postgresql/order") == search(remote_service="postgresql/orders.") == []
    assert search(service="bank", remote_service="bank") == search(remote_service="mysql") == []


def test_a_trace_counts_when_its_first_root_starts_and_the_newest_come_first(settings: Settings) -> None:
    for number in range(1, 6):
        write_spans(make_span(number, 1, start_ns=NOW_NS - number * SECOND))
    assert search() == [1, 2, 3, 4, 5]
    assert search(limit=2) == [1, 2]
    assert search(end_ns=NOW_NS - 2 * SECOND, start_ns=NOW_NS - 4 * SECOND) == [2, 3, 4]
    assert search(end_ns=NOW_NS - 2 * SECOND - 1, start_ns=NOW_NS - 4 * SECOND + 1) == [3]
    # Its root starts in time, what is asked for a little later.
    write_spans(make_span(9, 1, start_ns=NOW_NS - 9 * SECOND), make_span(9, 2, 1, name="late", start_ns=NOW_NS))
    assert search(end_ns=NOW_NS - 8 * SECOND, span_name="late") == [9]
    # A child whose clock is behind does not make it older.
    write_spans(make_span(8, 2, 1, start_ns=NOW_NS - 20 * SECOND), make_span(8, 1, start_ns=NOW_NS - 8 * SECOND))
    assert search(start_ns=NOW_NS - 8 * SECOND, end_ns=NOW_NS - 8 * SECOND) == [8]
    assert search(start_ns=NOW_NS - 21 * SECOND, end_ns=NOW_NS - 10 * SECOND) == []
    settings.SEARCH_TIMEOUT_SECONDS = 0.0
    with pytest.raises(TooBusy, match="narrow it"):
        search()


def test_names_count_whatever_their_case_and_however_often() -> None:
    for number, name in enumerate(("Shop", "SHOP", "shop", "ÉTÉ"), 1):
        write_spans(make_span(number, 1, name=name), service=name)
    assert sorted(search(service="shop", span_name="shop")) == [1, 2, 3]
    assert search(service="été", span_name="été") == [4]
    write_spans(make_span(5, 1, name="a\0b"), service="nul\0")
    assert search(service="nul\ufffd") == [5]
    assert search("a\0=\0 and \ud800", service="nul\0") == []


def test_a_trace_of_two_kinds_of_ids_is_found_once() -> None:
    short, long = 7, 5 << 64 | 7
    write_spans(make_span(short, 2, 1, attributes={"a": "1"}), service="old")
    write_spans(make_span(long, 1, attributes={"b": "2"}), service="new")
    assert search() == [long]
    assert len(search("a=1 and b=2")) == 1


def test_what_is_found_is_what_a_look_at_every_trace_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """However the pages are cut, and whether the other clauses are asked for before anything is read or not at all."""
    seed = random.randrange(2**32)
    draw = random.Random(seed)
    for trace in range(1, 17):
        write_request(join(*(_draw_request(draw, trace, span) for span in range(1, draw.randrange(2, 6)))))
    everything = {trace: _read_fields(trace) for trace in range(1, 17)}
    for _ in range(30):
        asked = _draw_query(draw)
        for name, values in _PACES.items():
            monkeypatch.setattr(f"tracing_ui.compat.zipkin.search.{name}", draw.choice(values))
        expected = {trace for trace, spans in everything.items() if _matches(asked, spans)}
        found = [int.from_bytes(each, "big") for each in find(asked)]
        assert set(found) == expected, (seed, asked)
        assert len(found) == len(expected), (seed, asked)


def _draw_request(draw: random.Random, trace: int, span: int) -> Any:
    attributes = {key: draw.choice(["1", 1, "2", True]) for key in draw.sample("abc", draw.randrange(3))}
    if draw.random() < 0.3:
        attributes["peer.service"] = draw.choice(["Web", "bank"])
    return make_request(
        make_span(
            trace,
            span,
            draw.randrange(1, span) if span > 1 else None,
            name=draw.choice(["Get", "put"]),
            kind=draw.randrange(6),
            duration_ns=draw.choice([0, 1, MS, 2 * MS, 2 * MS + 1]),
            attributes=attributes,
            events=[make_event(draw.choice("abx"))] if draw.random() < 0.3 else [],
            status=draw.choice([0, 0, 2]),
        ),
        service=draw.choice(["Web", "web", "db"]),
    )


def _draw_query(draw: random.Random) -> ZipkinQuery:
    words = draw.sample(["a=1", "b=2", "c=true", "a", "b", "x", "error", "error=true"], draw.randrange(4))
    asked: dict[str, Any] = {
        "service": draw.choice([None, "web", "db"]),
        "span_name": draw.choice([None, None, "get", "put"]),
        "remote_service": draw.choice([None, None, "web", "bank"]),
        "min_duration_us": draw.choice([None, None, 1, 2_000]),
    }
    if asked["min_duration_us"]:
        asked["max_duration_us"] = draw.choice([None, 1_000, 2_000])
        asked["min_duration_us"] = min(asked["min_duration_us"], asked["max_duration_us"] or 2_000)
    return query(" and ".join(words), **asked)


def _read_fields(trace: int) -> list[dict[str, Any]]:
    return [span for portion in load_whole_trace(trace_id(trace)).read_spans() for span in portion]


def _matches(asked: ZipkinQuery, spans: list[dict[str, Any]]) -> bool:
    """By the fields that are shown, each condition for itself."""
    mine = [span for span in spans if asked.service in (None, span["localEndpoint"]["serviceName"])]

    def some(holds: Any) -> bool:
        return any(map(holds, mine))

    def has(key: str, value: str) -> bool:
        if value:
            return some(lambda span: span.get("tags", {}).get(key) == value)
        return some(lambda span: key in span.get("tags", {}) or key in _annotations(span))

    return (
        bool(mine)
        and all(has(key, value) for key, value in asked.conditions.items())
        and (asked.span_name is None or some(lambda span: span["name"] == asked.span_name))
        and (asked.remote_service is None or some(lambda span: asked.remote_service in _remote(span, spans)))
        and (asked.min_duration_us is None or some(lambda span: _lasts(asked, span["duration"])))
    )


def _annotations(span: dict[str, Any]) -> list[str]:
    return [annotation["value"] for annotation in span.get("annotations", ())]


def _remote(span: dict[str, Any], spans: list[dict[str, Any]]) -> set[str]:
    """The name it shows, and the other services that answered it."""
    told = {span.get("remoteEndpoint", {}).get("serviceName", "")}
    if span.get("kind") not in ("CLIENT", "PRODUCER"):
        return told
    own = span["localEndpoint"]["serviceName"]
    called = [
        each for each in spans if each.get("parentId") == span["id"] and each.get("kind") in ("SERVER", "CONSUMER")
    ]
    return told | {each["localEndpoint"]["serviceName"] for each in called} - {own}


def _lasts(asked: ZipkinQuery, duration_us: int) -> bool:
    assert asked.min_duration_us is not None
    return asked.min_duration_us <= duration_us and (
        asked.max_duration_us is None or duration_us <= asked.max_duration_us
    )
