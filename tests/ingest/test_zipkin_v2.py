"""Zipkin's JSON of version 2 as OTLP."""

import json
from typing import Any

import pytest

from tests.ingest.zipkin_spans import ID, PARENT, START_US, TRACE, attributes_of, only_span, span_v2, spans_of
from traces.domain.errors import PayloadRejected
from traces.ingest.canonical import UNREADABLE
from traces.ingest.json_fields import Unreadable
from traces.ingest.translate.zipkin.annotations import read_event
from traces.ingest.translate.zipkin.json_v2 import translate_json_v2, translate_span
from traces.wire import otlp_pb2 as wire

pytestmark = pytest.mark.any_engine


def one(**fields: Any) -> wire.Span:
    return only_span(translate_json_v2, span_v2(**fields))


def test_a_whole_span_keeps_all_it_says() -> None:
    body = json.dumps(
        [
            {
                "traceId": TRACE,
                "id": ID,
                "parentId": PARENT,
                "kind": "CLIENT",
                "name": "Charge Card",
                "timestamp": START_US,
                "duration": 45_000,
                "localEndpoint": {
                    "serviceName": "Box-Office", "ipv4": "192.0.2.7", "ipv6": "2001:db8::7", "port": 8080
                },
                "remoteEndpoint": {"serviceName": "bank", "ipv6": "2001:db8::8", "port": 443},
                "annotations": [{"timestamp": START_US + 7, "value": "seat held"}],
                "tags": {"http.method": "POST", "note": "naïve ☕" * 40},
                "shared": False,
                "debug": True,
                "unknown": [1],
            }
        ]
    ).encode()  # fmt: skip
    translated = translate_json_v2(body)
    [(service, span)] = spans_of(translated)

    assert (translated.span_count, service) == (1, "Box-Office")
    assert span.trace_id.hex() == TRACE
    assert (span.span_id.hex(), span.parent_span_id.hex()) == (ID, PARENT)
    assert (span.name, span.kind) == (b"Charge Card", 3)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (START_US * 1000, (START_US + 45_000) * 1000)
    assert [(event.name, event.time_unix_nano) for event in span.events] == [(b"seat held", (START_US + 7) * 1000)]
    assert attributes_of(span) == {
        "http.method": "POST",
        "note": "naïve ☕" * 40,
        "net.host.ip": "192.0.2.7",
        "zipkin.local.ipv6": "2001:db8::7",
        "net.host.port": 8080,
        "peer.service": "bank",
        "net.peer.ip": "2001:db8::8",
        "net.peer.port": 443,
        "zipkin.debug": True,
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("48485a3953bb6124", "000000000000000048485a3953bb6124"),
        ("1", "00000000000000000000000000000001"),
        (TRACE.upper(), TRACE),
        ("463ac35c9f6413ad48485a3953bb612", "0463ac35c9f6413ad48485a3953bb612"),
    ],
)
def test_a_trace_id_is_padded_on_the_left_and_may_be_of_any_case(sent: str, kept: str) -> None:
    assert one(traceId=sent).trace_id.hex() == kept


@pytest.mark.parametrize("parent", [ID, "0", "0000000000000000", "", None])
def test_a_parent_that_is_none_is_left_out(parent: str | None) -> None:
    assert one(parentId=parent).parent_span_id == b""


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"traceId": None}, "traceId is empty"),
        ({"traceId": "0" * 32}, "traceId is all zeros"),
        ({"traceId": "1" * 33}, "traceId.length > 32"),
        ({"traceId": "0x1"}, "traceId should be lower-hex encoded with no prefix"),
        ({"traceId": "1 2 3456789abcdef"[:16]}, "traceId should be lower-hex encoded with no prefix"),
        ({"id": "0"}, "id is all zeros"),
        ({"id": "1" * 17}, "id.length > 16"),
        ({"id": [1]}, "a span cannot be read: Expected `str | null`, got `array` - at `$.id`"),
        ({"parentId": "xyz"}, "parentId should be lower-hex encoded with no prefix"),
        ({"timestamp": 2**62}, "timestamp or duration is out of range"),
        ({"annotations": [{"timestamp": 2**62}]}, "an annotation's timestamp is out of range"),
        ({"tags": {"a": json.loads("[" * 40 + "]" * 40)}}, "a value nests deeper than 32 levels"),
    ],
)
def test_a_bad_span_costs_itself_and_not_its_batch(fields: dict[str, Any], reason: str) -> None:
    translated = translate_json_v2(json.dumps([span_v2(**fields), span_v2(id="1")]).encode())
    assert dict(translated.rejected) == {reason: 1}
    assert [span.span_id for _, span in spans_of(translated)] == [bytes(7) + b"\x01"]


@pytest.mark.parametrize(
    ("kind", "number"), [("CLIENT", 3), ("SERVER", 2), ("PRODUCER", 4), ("CONSUMER", 5), (None, 0), ("OTHER", 0)]
)
def test_kinds(kind: str | None, number: int) -> None:
    span = one(kind=kind, tags={"span.kind": "other"})
    assert span.kind == number
    assert attributes_of(span) == {"span.kind": "other"} | ({"zipkin.kind": "OTHER"} if kind == "OTHER" else {})


def test_an_internal_span_says_so_in_a_tag() -> None:
    span = one(tags={"span.kind": "internal"})
    assert (span.kind, attributes_of(span)) == (1, {})


def test_a_span_without_a_start_says_so() -> None:
    span = one(timestamp=None, duration=5)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (0, 0)
    assert attributes_of(span) == {"otel.zipkin.absentField.startTime": True, "zipkin.duration": 5}


def test_a_span_without_a_duration_has_not_ended() -> None:
    assert one(timestamp=START_US).end_time_unix_nano == 0
    assert one(timestamp=START_US, duration=0).end_time_unix_nano == START_US * 1000


def test_numbers_may_be_texts_and_fractions() -> None:
    span = one(timestamp=str(START_US), duration="7", name=12, localEndpoint={"port": "80", "ipv4": None}, shared=1)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (START_US * 1000, (START_US + 7) * 1000)
    assert span.name == b"12"
    assert attributes_of(span) == {"net.host.port": 80, "zipkin.shared": True}
    assert one(timestamp=1.7e15, duration=0.25).end_time_unix_nano == 1_700_000_000_000_000_250


def test_values_of_tags_that_are_no_texts_keep_their_type() -> None:
    tags = {"a": 1, "b": True, "c": 1.5, "d": None, "e": [1, {"x": "y"}], "f": -(2**70), "g": ""}
    assert attributes_of(one(tags=tags)) == tags | {"f": str(-(2**70))}


@pytest.mark.parametrize(
    ("tags", "code", "message"),
    [
        ({"error": "no seat"}, 2, "no seat"),
        ({"error": ""}, 2, ""),
        ({"error": "true"}, 2, ""),
        ({"error": "false"}, 2, "false"),
        ({"error": True}, 2, ""),
        ({"error": "true", "otel.status_description": "why"}, 2, "why"),
        ({"otel.status_code": "ERROR", "otel.status_description": "why"}, 2, "why"),
        ({"otel.status_code": "STATUS_CODE_ERROR"}, 2, ""),
        ({"otel.status_code": "Ok"}, 1, ""),
        ({"otel.status_code": "UNSET"}, 0, ""),
        ({}, 0, ""),
    ],
)
def test_error_in_any_form_is_an_error(tags: dict[str, Any], code: int, message: str) -> None:
    span = one(tags=tags)
    assert (span.status.code, span.status.message.decode()) == (code, message)
    assert ("error" in attributes_of(span)) == ("error" in tags)


def test_an_annotation_named_error_is_none() -> None:
    assert one(annotations=[{"timestamp": 1, "value": "error"}]).status.code == 0


def test_what_opentelemetry_wrote_into_tags_is_put_back() -> None:
    translated = translate_json_v2(
        json.dumps(
            [
                span_v2(
                    localEndpoint={"serviceName": "box-office"},
                    tags={
                        "otel.scope.name": "tickets", "otel.library.name": "tickets", "otel.library.version": "0.3",
                        "w3c.tracestate": "a=b", "service.name": "box-office", "kept": "1",
                        "otlp.link.0": f"{TRACE}|{PARENT}|x=y|{{\"n\":1}}|2", "otlp.link.1": "not a link",
                    },
                )
            ]
        ).encode()
    )  # fmt: skip
    [of_scope] = wire.Request.FromString(translated.body).resource_spans[0].scope_spans
    [span] = of_scope.spans
    [link] = span.links
    assert (of_scope.scope.name, of_scope.scope.version) == (b"tickets", b"0.3")
    assert (span.trace_state, attributes_of(span)) == (b"a=b", {"kept": "1", "otlp.link.1": "not a link"})
    assert (link.trace_id.hex(), link.span_id.hex(), link.trace_state) == (TRACE, PARENT, b"x=y")
    assert (attributes_of(link), link.dropped_attributes_count) == ({"n": 1}, 2)


def test_a_tag_wins_over_an_endpoint_that_says_otherwise() -> None:
    span = one(
        tags={"peer.service": "the bank", "net.peer.port": "443"}, remoteEndpoint={"serviceName": "bank", "port": 443}
    )
    assert attributes_of(span) == {
        "peer.service": "the bank",
        "net.peer.port": "443",
        "zipkin.remote.service": "bank",
    }


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("seat held", ("seat held", {}, 0)),
        ('exception|{"exception.message":"no"}|3', ("exception", {"exception.message": "no"}, 3)),
        ('"exception": {"a": [1, 2]}', ("exception", {"a": [1, 2]}, 0)),
        ('exception: {"a": true}', ("exception", {"a": True}, 0)),
        ('{"exception": {"a": {"b": null}}}', ("exception", {"a": {"b": None}}, 0)),
        ("{not json}", ("{not json}", {}, 0)),
        ('{"a": 1, "b": 2}', ('{"a": 1, "b": 2}', {}, 0)),
        ('a|{"b":1}|x', ('a|{"b":1}|x', {}, 0)),
        ('{"a": {"b": ' + "[" * 40 + "]" * 40 + "}}", ('{"a": {"b": ' + "[" * 40 + "]" * 40 + "}}", {}, 0)),
        ("}", ("}", {}, 0)),
        ("", ("", {}, 0)),
    ],
)
def test_annotations_that_are_events(text: str, event: tuple[str, dict[str, Any], int]) -> None:
    assert read_event(text) == event


def test_an_event_keeps_its_attributes() -> None:
    [event] = one(annotations=[{"timestamp": 1, "value": 'x|{"a":"b","n":[1]}|4'}]).events
    assert (event.name, event.time_unix_nano, event.dropped_attributes_count) == (b"x", 1000, 4)
    assert attributes_of(event) == {"a": "b", "n": [1]}


def test_spans_are_grouped_by_service_and_scope() -> None:
    spans = [
        span_v2(id="1", localEndpoint={"serviceName": "a"}),
        span_v2(id="2"),
        span_v2(id="3", localEndpoint={"serviceName": "a"}),
        span_v2(id="4", localEndpoint={"serviceName": "a"}, tags={"otel.scope.name": "s"}),
    ]
    request = wire.Request.FromString(translate_json_v2(json.dumps(spans).encode()).body)
    groups = [[span.span_id[-1] for of in group.scope_spans for span in of.spans] for group in request.resource_spans]
    assert groups == [[1, 3], [2], [4]]


def test_both_halves_of_a_call_keep_their_id() -> None:
    halves = [span_v2(kind="CLIENT"), span_v2(kind="SERVER", shared=True)]
    spans = [span for _, span in spans_of(translate_json_v2(json.dumps(halves).encode()))]
    assert [(span.span_id.hex(), span.kind, attributes_of(span).get("zipkin.shared")) for span in spans] == [
        (ID, 3, None),
        (ID, 2, True),
    ]


@pytest.mark.parametrize("body", [b"", b"[]", b" [ ] ", b"\xef\xbb\xbf[]"])
def test_nothing_is_nothing(body: bytes) -> None:
    translated = translate_json_v2(body)
    assert (translated.span_count, translated.body, translated.is_nothing_left) == (0, b"", False)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"{}", "Expected a JSON_V2 encoded list"),
        (b"garbage", "Expected a JSON_V2 encoded list"),
        (b"\x0a\x10abc", "Expected a JSON_V2 encoded list, but received: PROTO3"),
        (b"\x0c\x00\x00\x00\x01", "Expected a JSON_V2 encoded list, but received: THRIFT"),
        (
            b'[{"traceId":"1","id":"1","binaryAnnotations":[]}]',
            "Expected a JSON_V2 encoded list, but received: JSON_V1",
        ),
        (
            b'[{"traceId":"1","id":"1","annotations":[{"value":"cs","endpoint":{}}]}]',
            "Expected a JSON_V2 encoded list, but received: JSON_V1",
        ),
        (b'[{"traceId":"1"', "Malformed reading List<Span> from json"),
        (b"[" * 100_000, "Malformed reading List<Span> from json"),
        (b"[" + b'{"x":' * 5000, "Malformed reading List<Span> from json"),
        (b"[" + b"{}," * 3_000_000 + b"{}]", "A request may hold 3,000,000 objects and lists"),
        (b"[" + b"1," * 1_048_576 + b"1]", "A request may hold 1,048,576 spans"),
    ],
)
def test_a_body_that_is_no_list_of_spans_is_refused(body: bytes, answer: str) -> None:
    with pytest.raises(PayloadRejected) as caught:
        translate_json_v2(body)
    assert str(caught.value).startswith(answer)


def test_text_that_is_not_unicode_is_kept_as_it_came() -> None:
    body = b'[{"traceId":"1","id":"1","timestamp":1,"name":"caf\xe9 \\ud800","tags":{"a":"\xff"}}]'
    [(_, span)] = spans_of(translate_json_v2(body))
    assert span.attributes[0].value.string_value == b"\xff"
    assert span.name.startswith(b"caf")


@pytest.mark.parametrize("time", ["1e999", '"inf"', '"-inf"', '"nan"'])
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ('"timestamp":1,"duration":%s', "timestamp or duration is out of range"),
        ('"duration":%s', "timestamp or duration is out of range"),
        ('"timestamp":1,"annotations":[{"timestamp":%s}]', "an annotation's timestamp is out of range"),
    ],
)
def test_a_time_that_is_no_number_costs_its_span_only(time: str, fields: str, reason: str) -> None:
    body = f'[{{"traceId":"1","id":"1",{fields % time}}},{{"traceId":"1","id":"2"}}]'
    translated = translate_json_v2(body.encode())
    assert (translated.span_count, dict(translated.rejected)) == (1, {reason: 1})


@pytest.mark.parametrize("key", ["error", "otel.status_code", "peer.service", "net.peer.ip", "net.peer.port"])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b'["a\xff"]', b'["a\xff"]'),
        (b'{"\\ud800":1}', b'{"\xed\xa0\x80":1}'),
        (b"[%b,2]" % (b"9" * 30), b"[%b,2]" % (b"9" * 30)),
    ],
)
def test_a_tag_of_any_value_may_have_a_meaning(key: str, value: bytes, text: bytes) -> None:
    """In a body that has to be mended."""
    fields = b'"name":"\xfe","remoteEndpoint":{"serviceName":"x","ipv4":"192.0.2.7","port":1}'
    body = b'[{"traceId":"1","id":"1","tags":{"%b":%b},%b}]' % (key.encode(), value, fields)
    [(_, span)] = spans_of(translate_json_v2(body))
    assert key in {attribute.key.decode() for attribute in span.attributes}
    assert span.status.message == (text if key == "error" else b"")


@pytest.mark.parametrize(
    "fields",
    [
        b'"%b":1',
        b'"localEndpoint":{"%b":1}',
        b'"annotations":[{"timestamp":1,"value":"x","%b":1}]',
        b'"tags":{"%b":1}',
    ],
)
@pytest.mark.parametrize("name", [b"a\xff", b"\\ud800"])
def test_a_name_that_is_not_unicode_costs_nothing_else(fields: bytes, name: bytes) -> None:
    body = b'[{"traceId":"1","id":"1","timestamp":1,"name":"n",%b}]' % (fields % name)
    [(_, span)] = spans_of(translate_json_v2(body))
    assert (span.name, len(span.attributes)) == (b"n", 1 if b"tags" in fields else 0)


@pytest.mark.parametrize("fields", [b'"timestamp":"\xff"', b'"shared":"\xff"', b'"localEndpoint":{"port":"\xff"}'])
def test_a_number_that_is_not_unicode_costs_its_span_only(fields: bytes) -> None:
    translated = translate_json_v2(b'[{"traceId":"1","id":"1",%b},{"traceId":"1","id":"2"}]' % fields)
    assert (translated.span_count, dict(translated.rejected)) == (1, {UNREADABLE: 1})


def test_one_span_alone() -> None:
    group = translate_span(span_v2(localEndpoint={"serviceName": "a"}))
    assert group.resource.attributes[0].value.string_value == b"a"
    with pytest.raises(Unreadable, match="id is empty"):
        translate_span({"traceId": "1"})
    with pytest.raises(Unreadable, match="Expected `object`, got `int`"):
        translate_span(7)
