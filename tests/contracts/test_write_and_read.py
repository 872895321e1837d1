"""What every store promises about spans that go in and come back. Run on SQLite and on PostgreSQL."""

import random

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    MS,
    NOW_NS,
    SECOND,
    any_value,
    join,
    key_values,
    make_event,
    make_link,
    make_request,
    make_span,
    span_id,
    span_request,
    trace_id,
    write_request,
    write_spans,
)
from traces import reading
from traces.domain.errors import SpanNotFound, TraceNotFound
from traces.domain.query import Place
from traces.domain.span import Span, SpanFlag
from traces.ingest.translate.otlp import translate_otlp
from traces.models import Organization, Project
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, AttributeKey, ProjectId, SpanRequest, ValueCount

pytestmark = pytest.mark.django_db(transaction=True)


def load(trace: int, span: int) -> Span:
    return reading.load_span(DEFAULT_PROJECT, reading.load_trace(DEFAULT_PROJECT, trace_id(trace)), span_id(span))


def test_every_field_of_a_span_comes_back_as_it_was_sent() -> None:
    values = {
        "text": "ä\0b", "empty": "", "true": True, "int": 2**63 - 1, "negative": -(2**63), "double": 0.1,
        "bytes": b"\0\xff", "array": ["a", 1, [True]], "map": {"inner": {"deep": 1}}, "nothing": None,
    }  # fmt: skip
    sent = make_span(
        7, 8, 9, name="n\0ame", kind=3, start_ns=NOW_NS - 123_456_789, duration_ns=987_654_321,
        attributes=values, status=2, status_message="broken",
        events=[make_event("e", NOW_NS - 5, {"k": "v"}), make_event("", 0)],
        links=[make_link(70, 80, {"l": 1}, "a=b")],
        trace_state="congo=t61rcWkgMzE", flags=0x301,
        dropped_attributes_count=2**32 - 1, dropped_events_count=2, dropped_links_count=3,
    )  # fmt: skip
    request = make_request(sent, resource={"host.name": "h", "n": 5}, scope={"s": 1.5})
    request.resource_spans[0].schema_url = "https://example.com/r"
    request.resource_spans[0].resource.dropped_attributes_count = 4
    request.resource_spans[0].scope_spans[0].schema_url = "https://example.com/s"
    request.resource_spans[0].scope_spans[0].scope.dropped_attributes_count = 6
    write_request(request)

    span = load(7, 8)

    assert span.attributes == values
    assert [type(span.attributes[key]) for key in ("true", "int", "double")] == [bool, int, float]
    assert (span.trace_id, span.span_id, span.parent_span_id) == (trace_id(7), span_id(8), span_id(9))
    assert (span.name, span.kind, span.trace_state, span.flags) == ("n\0ame", 3, "congo=t61rcWkgMzE", 0x301)
    assert span.start_time_unix_nano == NOW_NS - 123_456_789
    assert span.end_time_unix_nano - span.start_time_unix_nano == 987_654_321
    assert (span.status_code, span.status_message) == (2, "broken")
    assert [(event.name, event.time_ns, event.attributes) for event in span.events] == [
        ("e", NOW_NS - 5, {"k": "v"}),
        ("", 0, {}),
    ]
    link = span.links[0]
    assert (link.trace_id, link.span_id, link.trace_state, link.attributes) == (
        trace_id(70), span_id(80), "a=b", {"l": 1},
    )  # fmt: skip
    assert (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count) == (2**32 - 1, 2, 3)
    assert span.resource.attributes == {"service.name": "shop", "host.name": "h", "n": 5}
    assert (span.resource.dropped_attributes_count, span.resource.schema_url) == (4, "https://example.com/r")
    assert (span.scope.name, span.scope.version, span.scope.attributes) == ("tests", "1.0", {"s": 1.5})
    assert (span.scope.dropped_attributes_count, span.scope.schema_url) == (6, "https://example.com/s")


def test_a_trace_that_arrives_in_several_requests_is_one_tree() -> None:
    write_spans(make_span(1, 3, 2, name="query", kind=3, start_ns=NOW_NS - 80 * MS), service="db")
    write_spans(make_span(1, 2, 1, name="pay", start_ns=NOW_NS - 90 * MS, status=2), service="payment")
    write_spans(make_span(1, 1, name="checkout", start_ns=NOW_NS - 100 * MS, duration_ns=100 * MS))

    trace = reading.load_trace(DEFAULT_PROJECT, trace_id(1))

    assert [(row.span.operation.name, row.depth) for row in trace.rows] == [("checkout", 0), ("pay", 1), ("query", 2)]
    assert (trace.start_ns, trace.duration_ns, trace.error_count) == (NOW_NS - 100 * MS, 100 * MS, 1)
    assert trace.root.span.operation.service.name == "shop"


def test_the_same_request_twice_is_stored_once() -> None:
    request = make_request(make_span(1, 1), make_span(1, 2, 1))

    assert write_request(request) == 2
    assert write_request(request, received_ns=NOW_NS + 5 * SECOND) == 0
    assert get_store().write([span_request(request), span_request(request)]) == 0

    assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(1))) == 2


def test_a_repeated_request_does_not_take_new_ones_with_it() -> None:
    old, new = make_request(make_span(1, 1)), make_request(make_span(2, 2))
    write_request(old)

    assert get_store().write([span_request(old), span_request(new), span_request(new)]) == 1
    assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(2))) == 1


def test_projects_do_not_see_each_other() -> None:
    organization = Organization.objects.get(pk=1)
    other = ProjectId(Project.objects.create(organization=organization, slug="other").pk)
    request = make_request(make_span(1, 1, attributes={"k": "v"}))
    write_request(request)
    write_request(request, other)
    write_request(make_request(make_span(1, 2, attributes={"secret": "x"}), service="theirs"), other)

    assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(1))) == 1
    assert len(get_store().read_trace(other, trace_id(1))) == 2
    assert [service.name for service in reading.list_services(DEFAULT_PROJECT)] == ["shop"]
    assert AttributeKey(place=Place.SPAN, key="secret") not in reading.list_attribute_keys(DEFAULT_PROJECT)
    assert reading.count_attribute_values(DEFAULT_PROJECT, Place.SPAN, "secret") == []


def test_requests_of_several_projects_are_committed_together() -> None:
    organization = Organization.objects.get(pk=1)
    other = ProjectId(Project.objects.create(organization=organization, slug="other").pk)
    request = make_request(make_span(1, 1))

    assert get_store().write([span_request(request), span_request(request, other)]) == 2
    assert len(get_store().read_trace(other, trace_id(1))) == 1


def test_the_version_of_a_trace_is_the_same_whether_its_spans_are_read_or_not(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 3
    versions = set()
    for number in range(1, 12):
        write_spans(make_span(1, number), make_span(2, number))
        version = get_store().find_trace_version(DEFAULT_PROJECT, trace_id(1))
        assert version == get_store().read_trace(DEFAULT_PROJECT, trace_id(1)).version
        versions.add(version)

    assert len(versions) == 11
    assert get_store().find_trace_version(DEFAULT_PROJECT, trace_id(3)) == ""
    assert get_store().read_trace(DEFAULT_PROJECT, trace_id(3)).version == ""


def test_a_trace_of_hundreds_of_parts_is_read_in_few_statements() -> None:
    trace = 1 << 64 | 1
    requests = [make_request(make_span(trace, number), service=f"s {number % 3}") for number in range(1, 451)]
    for request in requests:
        write_request(request)

    with CaptureQueriesContext(connection) as queries:
        outlines = get_store().read_trace(DEFAULT_PROJECT, trace_id(trace))

    assert sorted(outline.span_id for outline in outlines) == [span_id(number) for number in range(1, 451)]
    assert len({outline.operation.service.name for outline in outlines}) == 3
    assert len(queries) < 15


def test_a_request_larger_than_a_block_is_kept_whole() -> None:
    request = make_request(
        *[make_span(1 + number % 7, number + 1, attributes={"n": number}) for number in range(10_000)]
    )

    assert write_request(request) == 10_000

    kept = {
        span.span_id: span.attributes["n"]
        for number in range(1, 8)
        for span in reading.load_spans(DEFAULT_PROJECT, reading.load_trace(DEFAULT_PROJECT, trace_id(number)))
    }
    assert kept == {span_id(number + 1): number for number in range(10_000)}


def test_several_services_in_one_request_keep_their_resources() -> None:
    write_request(
        join(
            make_request(make_span(1, 1), service="a", resource={"host.name": "one"}),
            make_request(make_span(1, 2, 1), service="a", resource={"host.name": "two"}),
            make_request(make_span(1, 3, 1), service="b"),
        )
    )

    assert [load(1, number).resource.attributes.get("host.name") for number in (1, 2, 3)] == ["one", "two", None]
    assert [service.name for service in reading.list_services(DEFAULT_PROJECT)] == ["a", "b"]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [({}, "unknown_service"), ({"service.name": ""}, "unknown_service"), ({"service.name": 5}, "5"),
     ({"service.name": "a\0b"}, "a\ufffdb")],
)  # fmt: skip
def test_a_service_is_named_whatever_its_resource_says(resource: dict[str, object], expected: str) -> None:
    write_spans(make_span(1, 1), service=None, resource=resource)

    assert [service.name for service in reading.list_services(DEFAULT_PROJECT)] == [expected]


def test_services_get_different_colours_until_all_are_used() -> None:
    for number in range(14):
        write_spans(make_span(number + 1, 1), service=f"service-{number:02}")

    assert [service.slot for service in reading.list_services(DEFAULT_PROJECT)] == [*range(12), 0, 1]


def test_an_operation_is_a_name_as_a_service_uses_it() -> None:
    write_spans(make_span(1, 1, name="a", kind=2), make_span(1, 2, name="a", kind=3), make_span(1, 3, name="b"))
    write_spans(make_span(1, 4, name="a", kind=2), service="other")

    operations = reading.list_operations(DEFAULT_PROJECT, "shop")

    assert [(operation.name, operation.kind) for operation in operations] == [("a", 2), ("a", 3), ("b", 2)]
    assert len(reading.list_operations(DEFAULT_PROJECT)) == 4


def test_keys_and_values_of_attributes_can_be_completed() -> None:
    write_spans(
        make_span(1, 1, attributes={"k": "a"}, events=[make_event("e", attributes={"in.event": 1})]),
        make_span(1, 2, attributes={"k": "a"}, links=[make_link(9, 9, {"in.link": 1})]),
        make_span(1, 3, attributes={"k": 5}),
        resource={"in.resource": "r"},
        scope={"in.scope": True},
    )

    assert [(key.place, key.key) for key in reading.list_attribute_keys(DEFAULT_PROJECT)] == [
        (Place.EVENT, "in.event"), (Place.LINK, "in.link"), (Place.RESOURCE, "in.resource"), (Place.SCOPE, "in.scope"),
        (Place.SPAN, "k"), (Place.RESOURCE, "service.name"),
    ]  # fmt: skip
    assert reading.count_attribute_values(DEFAULT_PROJECT, Place.SPAN, "k") == [
        ValueCount(value="a", count=2),
        ValueCount(value=5, count=1),
    ]
    assert reading.count_attribute_values(DEFAULT_PROJECT, Place.RESOURCE, "in.resource")[0].value == "r"


@pytest.mark.parametrize(
    ("start", "end", "filed", "duration", "flag"),
    [
        (0, 0, NOW_NS, 0, SpanFlag.CLOCK_IMPLAUSIBLE | SpanFlag.UNFINISHED),
        (1_000, 2_000, NOW_NS, 1_000, SpanFlag.CLOCK_IMPLAUSIBLE),
        (2**64 - 2, 2**64 - 1, NOW_NS, 1, SpanFlag.CLOCK_IMPLAUSIBLE),
        (NOW_NS - 5, 2**64 - 1, NOW_NS - 5, 2**63 - 1, SpanFlag(0)),
        (NOW_NS + 7_200 * SECOND, NOW_NS + 7_201 * SECOND, NOW_NS, SECOND, SpanFlag.CLOCK_IMPLAUSIBLE),
        (NOW_NS + 60 * SECOND, NOW_NS + 61 * SECOND, NOW_NS + 60 * SECOND, SECOND, SpanFlag(0)),
        (NOW_NS, NOW_NS - 5, NOW_NS, 0, SpanFlag.ENDS_BEFORE_START),
        (NOW_NS, 0, NOW_NS, 0, SpanFlag.UNFINISHED),
    ],
)
def test_broken_clocks_are_filed_where_they_can_be_found(
    start: int, end: int, filed: int, duration: int, flag: SpanFlag
) -> None:
    write_spans(make_span(1, 1, start_time_unix_nano=start, end_time_unix_nano=end))

    outline = get_store().read_trace(DEFAULT_PROJECT, trace_id(1))[0]

    assert (outline.start_ns, outline.duration_ns, outline.flags) == (filed, duration, flag)
    assert (load(1, 1).start_time_unix_nano, load(1, 1).end_time_unix_nano) == (start, end)


def test_text_that_is_not_utf8_is_kept_and_shown_with_replacements() -> None:
    body = make_request(make_span(1, 1, name="NAME!", attributes={"key": "VALUE"})).SerializeToString()
    body = body.replace(b"NAME!", b"NA\xff\xfe!").replace(b"VALUE", b"V\xffLUE")

    translated = translate_otlp(body)
    get_store().write([SpanRequest(project=DEFAULT_PROJECT, body=translated.body, span_count=1, received_ns=NOW_NS)])

    span = load(1, 1)
    assert (span.name, span.attributes) == ("NA\ufffd\ufffd!", {"key": "V\ufffdLUE"})


def test_where_a_key_repeats_the_last_value_counts() -> None:
    span = make_span(1, 1, attributes={"k": 1})
    span.attributes.extend(key_values({"k": 2, "": any_value("no key")}))
    write_spans(span)

    assert load(1, 1).attributes == {"k": 2, "": "no key"}


def test_an_unknown_trace_or_span_is_an_error_of_its_own() -> None:
    write_spans(make_span(1, 1))

    with pytest.raises(TraceNotFound):
        reading.load_trace(DEFAULT_PROJECT, trace_id(2))
    with pytest.raises(SpanNotFound):
        load(1, 2)


def test_a_name_of_a_hundred_kilobytes_is_a_name() -> None:
    """PostgreSQL cannot index a text of more than 2.7 kB."""
    name = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=100_000))
    write_spans(make_span(1, 1, name=name, attributes={name: 1}), service=name)

    assert load(1, 1).name == name
    assert reading.list_services(DEFAULT_PROJECT)[0].name == name
