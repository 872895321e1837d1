"""What every store says of one attribute and of the events of many spans. Run on SQLite and on PostgreSQL."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, Phase, given, settings

from tests.builders import (
    MS,
    NOW_NS,
    SECOND,
    key_values,
    make_event,
    make_link,
    make_request,
    make_span,
    span_request,
    trace_id,
    write_spans,
)
from tests.conftest import reset_store
from tests.contracts.generated import KEYS, TRACES, Step, steps
from traces.domain.attributes import Attributes, AttributeValue, format_value
from traces.domain.columns import SpanColumns
from traces.domain.errors import StoreUnavailable, TooBusy
from traces.domain.event_columns import EventColumns
from traces.domain.finding import parse_needle
from traces.domain.query import ATTRIBUTE_PLACES, Place
from traces.domain.span import Span
from traces.domain.values import ABSENT
from traces.models import Partition
from traces.storage import get_store, rows
from traces.storage.base import DEFAULT_PROJECT, AttributeKey

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]

QUICK = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
LONG = 100_000
NONE = "none"


def read_spans(trace: int = 1) -> SpanColumns:
    return get_store().read_trace(DEFAULT_PROJECT, trace_id(trace))


def read(key: str, place: Place = Place.SPAN, longest: int = LONG) -> dict[int, AttributeValue]:
    """What the spans of trace 1 that have the key have, by their number."""
    spans = read_spans()
    (values,) = get_store().read_attributes(DEFAULT_PROJECT, spans, [AttributeKey(place=place, key=key)], longest)
    found = zip(spans.span_ids, values.numbers, strict=True)
    return {int.from_bytes(span_id, "big"): values.distinct[number] for span_id, number in found if number != ABSENT}


def read_events(text: str | None = None, limit: int = 1_000) -> list[tuple[int, int, int, int, str]]:
    """Number of the span, of the event, its time, the start of the span, its name."""
    spans = read_spans()
    needle = None if text is None else parse_needle(text)
    return list_events(spans, get_store().read_events(DEFAULT_PROJECT, spans, limit, needle))


def list_events(spans: SpanColumns, events: EventColumns) -> list[tuple[int, int, int, int, str]]:
    columns = zip(
        events.indexes, events.ordinals, events.times_ns, events.span_starts_ns, events.name_numbers, strict=True
    )
    return sorted(
        (int.from_bytes(spans.span_ids[index], "big"), ordinal, time_ns, start_ns, events.names[number])
        for index, ordinal, time_ns, start_ns, number in columns
    )


# ---- looking at every span -------------------------------------------------------------------------------------


def look_up(span: Span, place: Place, key: str) -> tuple[str, str]:
    """The type and the text of what a decoded span has."""
    groups: Mapping[Place, list[Attributes]] = {
        Place.SPAN: [span.attributes],
        Place.RESOURCE: [span.resource.attributes],
        Place.SCOPE: [span.scope.attributes],
        Place.EVENT: [event.attributes for event in span.events],
        Place.LINK: [link.attributes for link in span.links],
    }
    having = [attributes for attributes in groups[place] if key in attributes]
    return describe(having[0][key]) if having else (NONE, NONE)


def describe(value: AttributeValue) -> tuple[str, str]:
    return type(value).__name__, format_value(value)


@QUICK
@given(stored=steps())
def test_attributes_and_events_are_what_decoding_every_span_finds(stored: list[Step]) -> None:
    check(stored)


@pytest.mark.long
@settings(QUICK, max_examples=200, derandomize=False)
@given(stored=steps())
def test_of_thousands_of_spans_all_are_what_decoding_them_finds(stored: list[Step]) -> None:
    check(stored)


def check(stored: list[Step]) -> None:
    reset_store()
    for step in stored:
        get_store().write([span_request(request) for request in step.requests])
    for number in TRACES:
        outlines = read_spans(number)
        spans = get_store().read_spans(DEFAULT_PROJECT, outlines)
        check_attributes(outlines, spans)
        found = get_store().read_events(DEFAULT_PROJECT, outlines, LONG)
        assert list_events(outlines, found) == sorted(
            (int.from_bytes(span.span_id, "big"), ordinal, event.time_ns, span.start_time_unix_nano, event.name)
            for span in spans
            for ordinal, event in enumerate(span.events)
        )


def check_attributes(outlines: SpanColumns, spans: list[Span]) -> None:
    wanted = [AttributeKey(place=place, key=key) for place in ATTRIBUTE_PLACES for key in (*KEYS, "nobody.has.it")]
    found = get_store().read_attributes(DEFAULT_PROJECT, outlines, wanted, LONG)
    for each, values in zip(wanted, found, strict=True):
        said = [(NONE, NONE) if n == ABSENT else describe(values.distinct[n]) for n in values.numbers]
        assert said == [look_up(span, each.place, each.key) for span in spans], each
        described = [describe(value) for value in values.distinct]
        assert len(set(described)) == len(described)


# ---- one by one ------------------------------------------------------------------------------------------------


def test_an_attribute_is_read_from_the_place_asked_for() -> None:
    write_spans(
        make_span(1, 1, attributes={"k": "of the span"}),
        make_span(1, 2, events=[make_event(attributes={"x": 1}), make_event(attributes={"k": "of an event"})]),
        make_span(1, 3, links=[make_link(5, 6, {"k": "of a link"})]),
        make_span(2, 4, attributes={"k": "of another trace"}),
    )
    write_spans(make_span(1, 5), resource={"k": "of the resource"})
    write_spans(make_span(1, 6), scope={"k": "of the scope"})

    assert read("k") == {1: "of the span"}
    assert read("k", Place.EVENT) == {2: "of an event"}
    assert read("k", Place.LINK) == {3: "of a link"}
    assert read("k", Place.RESOURCE) == {5: "of the resource"}
    assert read("k", Place.SCOPE) == {6: "of the scope"}
    assert read("of") == {}


def test_values_of_every_type_keep_it() -> None:
    values: list[Any] = [1, 1.0, True, "1", b"1", None, ["1", 1], {"1": [1]}, "", -(2**63)]
    write_spans(*(make_span(1, number, attributes={"k": value}) for number, value in enumerate(values, 1)))
    assert [(type(value), value) for value in read("k").values()] == [(type(value), value) for value in values]


def test_bytes_that_look_like_the_attribute_are_not_it() -> None:
    """A text may hold what an attribute's bytes are, and an event's attribute is none of the span."""
    other = key_values({"k": "no"})[0].SerializeToString()
    fake = b"J" + bytes([len(other)]) + other
    write_spans(
        make_span(1, 1, attributes={"a": fake.decode()}, trace_state="J\x07\n\x01k\x12\x02\n\x00"),
        make_span(1, 2, attributes={"a": fake.decode(), "k": "yes", "z": fake.decode()}),
        make_span(1, 3, attributes={"a": {"k": "no"}, "kk": "no"}, events=[make_event(attributes={"k": "no"})]),
        make_span(1, 4, name="x" * 300, attributes={"long": "x" * 70_000, "k": "y" * 200}, parent_span_id=b""),
    )
    assert read("k") == {2: "yes", 4: "y" * 200}


def test_where_a_key_repeats_the_last_value_counts_and_of_events_the_first_that_has_it() -> None:
    span = make_span(1, 1, events=[make_event(attributes={"k": "first event"}), make_event(attributes={"k": "second"})])
    span.attributes.extend([*key_values({"k": "first"}), *key_values({"x": 1}), *key_values({"k": "last"})])
    span.events[0].attributes.extend(key_values({"k": "its last"}))
    write_spans(span)
    assert read("k") == {1: "last"}
    assert read("k", Place.EVENT) == {1: "its last"}


def test_a_text_that_is_too_long_is_cut_and_ends_so() -> None:
    write_spans(
        make_span(1, 1, attributes={"k": "x" * 11}),
        make_span(1, 2, attributes={"k": "y" * 10}),
        make_span(1, 3, attributes={"k": ["zzzz", "zzzz"]}),
        make_span(1, 4, attributes={"k": 12_345_678_901}),
    )
    assert read("k", longest=10) == {1: "x" * 10 + "…", 2: "y" * 10, 3: '["zzzz", "…', 4: "1234567890…"}


def test_a_key_that_is_not_utf_8_is_found_as_it_is_shown() -> None:
    raw = span_request(make_request(make_span(1, 1, attributes={"b?d": "v"}), make_span(1, 2, attributes={"bad": "w"})))
    get_store().write([replace(raw, body=raw.body.replace(b"b?d", b"b\xffd"))])
    assert read("b\ufffdd") == {1: "v"}
    assert read("bad") == {2: "w"}


def test_only_the_spans_asked_about_are_read_and_in_their_order() -> None:
    write_spans(*(make_span(1, number, attributes={"k": number % 3}) for number in range(1, 10)))
    spans = read_spans().pick([7, 2, 5])
    wanted = [AttributeKey(place=Place.SPAN, key="k"), AttributeKey(place=Place.RESOURCE, key="service.name")]
    numbers, services = get_store().read_attributes(DEFAULT_PROJECT, spans, wanted, LONG)
    expected = [int.from_bytes(span_id, "big") % 3 for span_id in spans.span_ids]
    assert [numbers.distinct[number] for number in numbers.numbers] == expected
    assert services.distinct == ["shop"]
    assert list(services.numbers) == [0, 0, 0]


def test_a_trace_in_many_blocks_and_partitions_is_read_to_its_end(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 10
    for number in range(1, 41):
        events = [make_event("e", NOW_NS)] if number % 2 else []
        write_spans(make_span(1, number, attributes={"k": number}, events=events))
    assert Partition.objects.count() > 2
    assert read("k") == {number: number for number in range(1, 41)}
    assert [number for number, *_ in read_events()] == list(range(1, 41, 2))


def test_the_events_of_a_trace_are_read_with_the_times_they_were_sent_with() -> None:
    start_ns = NOW_NS - SECOND
    write_spans(
        make_span(1, 1, events=[make_event("b", NOW_NS + 5), make_event("a", 0)], start_ns=start_ns),
        make_span(1, 2),
        make_span(1, 3, events=[make_event("a", 2**64 - 1)], start_ns=start_ns + MS),
        make_span(2, 4, events=[make_event("other")]),
    )
    assert read_events() == [
        (1, 0, NOW_NS + 5, start_ns, "b"),
        (1, 1, 0, start_ns, "a"),
        (3, 0, 2**64 - 1, start_ns + MS, "a"),
    ]


def test_events_are_found_by_their_name_and_attributes() -> None:
    write_spans(
        make_span(1, 1, attributes={"k": "needle"}, events=[make_event("hay"), make_event("Needle lost")]),
        make_span(1, 2, name="needle", events=[make_event("hay", attributes={"k": ["the needle"]})]),
        make_span(1, 3, events=[make_event("hay", attributes={"k": 404})]),
    )
    assert [found[:2] for found in read_events("nEEdle")] == [(1, 1), (2, 0)]
    assert [found[:2] for found in read_events("404")] == [(3, 0)]
    assert read_events("missing") == []


def test_more_events_than_wanted_are_no_complete_answer() -> None:
    write_spans(*(make_span(1, number, events=[make_event(), make_event()]) for number in range(1, 4)))
    spans = read_spans()
    assert len(read_events(limit=6)) == 6
    found = get_store().read_events(DEFAULT_PROJECT, spans, 5)
    assert (len(found), found.is_complete) == (5, False)
    assert get_store().read_events(DEFAULT_PROJECT, spans, 6).is_complete


def test_reading_drives_no_block_out_of_memory() -> None:
    write_spans(make_span(1, 1, attributes={"k": "v"}, events=[make_event()]))
    rows.forget_bodies()
    assert read("k") == {1: "v"}
    assert len(read_events()) == 1
    assert rows._read_body.cache_info().currsize == 0


def test_spans_that_are_gone_are_no_answer_without_them() -> None:
    write_spans(make_span(1, 1, attributes={"k": "v"}, events=[make_event()]))
    spans = read_spans()
    reset_store()
    with pytest.raises(StoreUnavailable):
        get_store().read_attributes(DEFAULT_PROJECT, spans, [AttributeKey(place=Place.SPAN, key="k")], LONG)
    with pytest.raises(StoreUnavailable):
        get_store().read_events(DEFAULT_PROJECT, spans, 10)


def test_reading_ends_in_time(settings: LazySettings) -> None:
    write_spans(make_span(1, 1, attributes={"k": "v"}, events=[make_event()]))
    spans = read_spans()
    settings.SEARCH_TIMEOUT_SECONDS = 0
    with pytest.raises(TooBusy, match="SEARCH_TIMEOUT_SECONDS"):
        get_store().read_attributes(DEFAULT_PROJECT, spans, [AttributeKey(place=Place.SPAN, key="k")], LONG)
    with pytest.raises(TooBusy, match="SEARCH_TIMEOUT_SECONDS"):
        get_store().read_events(DEFAULT_PROJECT, spans, 10)
