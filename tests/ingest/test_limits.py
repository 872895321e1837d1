"""What is beyond a limit is cut from a span, said and counted; the span and all its neighbours are kept."""

from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.builders import any_value, join, make_event, make_link, make_request, make_span, span_id, trace_id
from tests.ingest.doors import JSON, PROTOBUF, HttpDoor, encode, read_span
from traces.domain.span import Span
from traces.ingest.limits import Limits, cut_text
from traces.ingest.result import Translated
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.storage.decode import decode_spans

LIMITS = Limits(attributes=10, events=4, links=3, text_bytes=100)
DEFAULTS = Limits(attributes=2_000, events=10_000, links=10_000, text_bytes=4 * 1024 * 1024)


def translate(request: ExportTraceServiceRequest, limits: Limits = LIMITS) -> Translated:
    return translate_otlp(request.SerializeToString(), limits)


def decode(translated: Translated) -> list[Span]:
    cuts = {key.hex(): cut for key, cut in translated.cuts.items()}
    return [span for _, span in decode_spans(translated.body, range(translated.span_count), cuts)]


def attributes(count: int) -> dict[str, Any]:
    return {f"a{number}": number for number in range(count)}


def test_what_is_at_the_limit_is_kept_as_it_came() -> None:
    at_limit = make_span(
        name="n" * 100,
        attributes={**attributes(9), "text": "t" * 88},
        events=[make_event("e", attributes=attributes(10)) for _ in range(4)],
        links=[make_link(2, number, attributes(10)) for number in range(3)],
    )
    request = make_request(at_limit, resource={**attributes(8), "long": "r" * 88})

    translated = translate(request)

    assert translated.cuts == {}
    assert translated.cut_counts.total() == 0
    assert translated.body == translate_otlp(request.SerializeToString()).body


def test_lists_keep_their_first_entries_and_count_the_others() -> None:
    too_many = make_span(
        attributes=attributes(13),
        events=[make_event(f"e{number}", attributes=attributes(11)) for number in range(6)],
        links=[make_link(2, number, attributes(12)) for number in range(1, 6)],
        dropped_attributes_count=5,
        dropped_links_count=2**32 - 2,
    )

    translated = translate(make_request(too_many, make_span(1, 2)))

    span, neighbour = decode(translated)
    assert list(span.attributes) == [f"a{number}" for number in range(10)]
    assert span.dropped_attributes_count == 5 + 3
    assert [event.name for event in span.events] == ["e0", "e1", "e2", "e3"]
    assert [len(event.attributes) for event in span.events] == [10] * 4
    assert [event.dropped_attributes_count for event in span.events] == [1] * 4
    assert span.dropped_events_count == 2
    assert [link.span_id for link in span.links] == [span_id(number) for number in (1, 2, 3)]
    assert [link.dropped_attributes_count for link in span.links] == [2] * 3
    assert span.dropped_links_count == 2**32 - 1
    assert span.cuts == (
        "13 attributes, the first 10 kept (INGEST_MAX_ATTRIBUTES); 6 events, the first 4 kept (INGEST_MAX_EVENTS);"
        " 5 links, the first 3 kept (INGEST_MAX_LINKS); and 7 more",
    )
    assert (neighbour.cuts, neighbour.span_id) == ((), span_id(2))
    assert translated.cut_counts == {"attributes": 3 + 4 * 1 + 3 * 2, "events": 2, "links": 2}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("t" * 101, "t" * 100),
        ("t" * 99 + "é", "t" * 99),
        ("t" * 98 + "é", "t" * 98 + "é"),
        ("t" * 97 + "😀", "t" * 97),
        (b"\x80" * 200, b"\x80" * 100),
        (["a" * 40, "b" * 40, "c" * 40], ["a" * 40, "b" * 40, "c" * 6]),
        ([["a" * 40, ["b" * 90]], "c"], [["a" * 40, ["b" * 53]]]),
        ([True] * 200, [True] * 15),
        ({"k": "v" * 50, "l": "w" * 70, "m": 1}, {"k": "v" * 50, "l": "w" * 37}),
        ({"k": {"l" * 120: "v"}}, {"k": {"l" * 99: ""}}),
    ],
    ids=["text", "2-byte character", "whole character", "4-byte character", "bytes", "array", "array in array",
         "flags", "map", "key in a map"],
)  # fmt: skip
def test_a_long_value_is_cut(value: Any, kept: Any) -> None:
    translated = translate(make_request(make_span(attributes={"before": 1, "long": value, "after": 2})))

    span = decode(translated)[0]
    if kept == value:
        assert span.cuts == ()
    else:
        size = 8 + len(any_value(value).SerializeToString()) + (len(any_value(value).SerializeToString()) > 127)
        assert span.cuts == (f"“long” of {size:,} bytes, cut to 100 (INGEST_MAX_TEXT_BYTES)",)
        assert translated.cut_counts == {"text": 1}
    assert span.attributes == {"before": 1, "long": kept, "after": 2}


def test_an_array_that_is_long_only_by_its_frame_is_left_alone() -> None:
    nested = ["t" * 90]

    translated = translate(make_request(make_span(attributes={"a key of some length": nested})))

    assert decode(translated)[0].attributes == {"a key of some length": nested}
    assert translated.cuts == {}


def test_every_text_of_a_span_is_bounded() -> None:
    long = "x" * 150
    span = make_span(
        name=long, status=2, status_message=long, trace_state=long, attributes={long: 1},
        events=[make_event(long, attributes={"k": long})], links=[make_link(2, 2, {"k": long}, trace_state=long)],
    )  # fmt: skip

    translated = translate(make_request(span))

    found = decode(translated)[0]
    cut = long[:100]
    assert (found.name, found.status_message, found.trace_state) == (cut, cut, cut)
    assert found.attributes == {cut: 1}
    assert (found.events[0].name, found.events[0].attributes) == (cut, {"k": cut})
    assert (found.links[0].trace_state, found.links[0].attributes) == (cut, {"k": cut})
    assert translated.cut_counts == {"text": 8}


def test_what_a_resource_or_scope_lost_is_said_on_its_spans() -> None:
    request = join(
        make_request(make_span(1, 1), make_span(1, 2), resource=attributes(20), scope={"k": "v" * 200}),
        make_request(make_span(1, 3)),
    )
    request.resource_spans[0].schema_url = "s" * 101

    spans = decode(translate(request))

    assert [len(span.resource.attributes) for span in spans] == [10, 10, 1]
    assert [span.resource.dropped_attributes_count for span in spans] == [11, 11, 0]
    assert len(spans[0].resource.schema_url) == 100
    assert spans[0].scope.attributes == {"k": "v" * 100}
    assert spans[0].cuts == spans[1].cuts
    assert spans[0].cuts[0].startswith("“schema_url” of 101 bytes, cut to 100 (INGEST_MAX_TEXT_BYTES); 21 attributes, ")
    assert spans[2].cuts == ()


def test_a_cut_of_json_and_a_cut_of_length_are_both_said() -> None:
    body = encode(make_request(make_span(attributes={"odd": "O", "long": "x" * 150})), JSON).replace(
        b'"O"', rb'"\ud800"'
    )

    translated = translate_otlp_json(body, LIMITS)

    assert decode(translated)[0].cuts == (
        "text with half a surrogate pair, each shown as U+FFFD;"
        " “long” of 162 bytes, cut to 100 (INGEST_MAX_TEXT_BYTES)",
    )


def test_what_honest_senders_send_is_never_cut() -> None:
    """Long stack traces and statements, a batch's links, a stream's events, a wide event."""
    span = make_span(
        attributes={"db.query.text": "SELECT " + "x, " * 40_000, **attributes(600)},
        events=[make_event("exception", attributes={"exception.stacktrace": "at line\n" * 8_000})]
        + [make_event("message") for _ in range(2_000)],
        links=[make_link(2, number) for number in range(1, 1_001)],
    )

    translated = translate(make_request(span), DEFAULTS)

    assert translated.cuts == {}
    assert translated.body == translate_otlp(make_request(span).SerializeToString()).body


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_a_cut_is_answered_shown_and_counted(door: HttpDoor, settings: Settings, media_type: str) -> None:
    settings.INGEST_MAX_ATTRIBUTES, settings.INGEST_MAX_TEXT_BYTES = 10, 300

    def counted(limit: str) -> float:
        return REGISTRY.get_sample_value("tracing_ui_cuts_total", {"limit": limit}) or 0.0

    before = counted("attributes"), counted("text")
    answer = door.send(make_request(make_span(name="é" * 200, attributes=attributes(15)), make_span(1, 2)), media_type)

    sentence = (
        "15 attributes, the first 10 kept (INGEST_MAX_ATTRIBUTES);"
        " “name” of 400 bytes, cut to 300 (INGEST_MAX_TEXT_BYTES)"
    )
    assert answer.partial_success == (0, f"1 span kept with changes: {sentence}")
    assert (counted("attributes"), counted("text")) == (before[0] + 5, before[1] + 1)
    span = read_span(1, 1)
    assert (len(span.attributes), span.dropped_attributes_count) == (10, 5)
    assert (span.name, span.cuts) == ("é" * 150, (sentence,))
    assert read_span(1, 2).cuts == ()


@pytest.mark.django_db(transaction=True)
def test_a_block_keeps_the_cuts_of_its_own_spans(door: HttpDoor, settings: Settings) -> None:
    """A large request becomes many blocks: each has its spans' cuts, not those of all."""
    settings.INGEST_MAX_ATTRIBUTES = 3
    spans = [make_span(1, number) for number in range(1, 5_001)]

    assert door.send(make_request(*spans, resource=attributes(5))).status == 200

    assert (
        read_span(1, 1).cuts == read_span(1, 5_000).cuts == ("6 attributes, the first 3 kept (INGEST_MAX_ATTRIBUTES)",)
    )


def test_text_that_is_not_utf8_is_cut_near_the_limit() -> None:
    assert cut_text(b"\x80" * 50, 20) == b"\x80" * 17
    assert cut_text(b"\x80" * 50, 2) == b""
    assert cut_text(trace_id(1), 16) == trace_id(1)
