"""What a page is about, as a search finds it."""

import pytest

from services_map.domain.subjects import Subject, is_entry, keep_one_a_minute, make_expression
from tests.builders import SECOND, make_request, span_id, trace_id
from tests.builders import make_span as build_span
from traces.domain.matching import matches
from traces.domain.span import Operation, Service, Span, SpanFlag, SpanOutline
from traces.storage.decode import decode_spans


def make_outline(kind: int = 1, *, name: str = "GET /", service: str = "shop", **more: object) -> SpanOutline:
    fields: dict[str, object] = {"parent_span_id": span_id(9), "flags": SpanFlag(0), "status": 0, "duration_ns": 1}
    return SpanOutline(
        address=(1, 1),
        trace_id=trace_id(1),
        span_id=span_id(1),
        operation=Operation(service=Service(name=service, slot=0), name=name, kind=kind),
        start_ns=0,
        **(fields | more),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (make_outline(1), False),
        (make_outline(3), False),
        (make_outline(4), False),
        (make_outline(2), True),
        (make_outline(5), True),
        (make_outline(1, parent_span_id=None), True),
        (make_outline(1, flags=SpanFlag.PARENT_IS_REMOTE), True),
        (make_outline(1, flags=SpanFlag.HAS_EVENTS), False),
    ],
)
def test_a_request_to_a_service_is_of_a_server_or_comes_from_elsewhere(span: SpanOutline, expected: bool) -> None:
    assert is_entry(span) is expected
    assert Subject(service="shop", only_entries=True).includes(span) is expected
    assert Subject(service="shop").includes(span)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (Subject(service="shop", operation="GET /", kind=2), True),
        (Subject(service="store"), False),
        (Subject(service="shop", operation="GET"), False),
        (Subject(service="shop", operation="GET /", kind=3), False),
    ],
)
def test_an_operation_is_a_name_in_a_service_of_a_kind(subject: Subject, expected: bool) -> None:
    assert subject.includes(make_outline(2)) is expected


def decode(version: str | None = None, **fields: object) -> Span:
    resource = {"service.version": version} if version else {}
    request = make_request(build_span(**fields), resource=resource)  # type: ignore[arg-type]
    ((_, span),) = decode_spans(request.SerializeToString(), [0], {})
    return span


SERVER = {"name": "GET /", "kind": 2, "duration_ns": 10}


@pytest.mark.parametrize(
    ("subject", "fields", "expected"),
    [
        (Subject(service="shop"), SERVER | {"kind": 1}, True),
        (Subject(service="store"), SERVER, False),
        (Subject(service="shop", only_entries=True), SERVER, True),
        (Subject(service="shop", only_entries=True), SERVER | {"kind": 5}, True),
        (Subject(service="shop", only_entries=True), SERVER | {"kind": 3}, False),
        (Subject(service="shop", only_entries=True, has_entry_kinds=False), SERVER | {"kind": 3}, True),
        (Subject(service="shop", operation="GET /", only_entries=True), SERVER | {"kind": 1}, True),
        (Subject(service="shop", operation="GET /x"), SERVER, False),
        (Subject(service="shop", kind=2), SERVER, True),
        (Subject(service="shop", kind=5), SERVER, False),
        (Subject(service="shop", version="1.42"), SERVER | {"version": "1.42"}, True),
        (Subject(service="shop", version="1.42"), SERVER | {"version": "1.41"}, False),
        (Subject(service="shop", version="1.42"), SERVER, False),
    ],
)
def test_a_search_finds_the_spans_of_a_subject(subject: Subject, fields: dict[str, object], expected: bool) -> None:
    assert matches(decode(**fields), "shop", make_expression(subject)) is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("bounds_ns", "expected"), [((10, 10), True), ((0, 9), False), ((11, 20), False)])
def test_a_search_keeps_to_the_durations_of_a_row(bounds_ns: tuple[int, int], expected: bool) -> None:
    assert matches(decode(**SERVER), "shop", make_expression(Subject(service="shop"), bounds_ns)) is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("status", "expected"), [(0, False), (1, False), (2, True)])
def test_a_search_keeps_to_what_failed(status: int, expected: bool) -> None:
    where = make_expression(Subject(service="shop"), only_failed=True)
    assert matches(decode(status=status), "shop", where) is expected


def test_one_incident_does_not_fill_a_list() -> None:
    starts_s = [59, 60, 0, 119, 120, 61]
    assert keep_one_a_minute(second * SECOND for second in starts_s) == [0, 1, 4]
