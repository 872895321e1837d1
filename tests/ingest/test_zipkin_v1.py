"""Zipkin's spans of version 1, in JSON, as OTLP: each side of a call is a span."""

import json
from typing import Any

import pytest

from tests.ingest.zipkin_spans import ID, PARENT, START_US, TRACE, attributes_of, spans_of
from traces.domain.errors import PayloadRejected
from traces.ingest.json_fields import Unreadable
from traces.ingest.translate.zipkin.json_v1 import translate_json_v1, translate_span
from traces.wire import otlp_pb2 as wire

pytestmark = pytest.mark.any_engine
SHOP = {"serviceName": "shop", "ipv4": "192.0.2.7", "port": 8080}
BANK = {"serviceName": "bank", "ipv4": "192.0.2.8"}
INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 0, 2, 3, 4, 5


def at(offset_us: int, value: str, endpoint: dict[str, Any] | None = SHOP) -> dict[str, Any]:
    return {"timestamp": START_US + offset_us, "value": value, "endpoint": endpoint}


def tag(key: str, value: Any, endpoint: dict[str, Any] | None = SHOP, **more: Any) -> dict[str, Any]:
    return {"key": key, "value": value, "endpoint": endpoint} | more


def span_v1(*annotations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"traceId": TRACE, "id": ID, "parentId": PARENT, "name": "pay", "annotations": annotations} | fields


def sides_of(*annotations: dict[str, Any], **fields: Any) -> list[tuple[str, int, int | None, int | None]]:
    """Of each side its service, kind, and beginning and end in microseconds after START_US."""
    return [
        (service, span.kind, _offset(span.start_time_unix_nano), _offset(span.end_time_unix_nano))
        for service, span in translated(*annotations, **fields)
    ]


def translated(*annotations: dict[str, Any], **fields: Any) -> list[tuple[str, wire.Span]]:
    found = translate_json_v1(json.dumps([span_v1(*annotations, **fields)]).encode())
    assert not found.rejected
    spans = spans_of(found)
    assert {(span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()) for _, span in spans} == {
        (TRACE, ID, PARENT)
    }
    return spans


def _offset(time_ns: int) -> int | None:
    return time_ns // 1000 - START_US if time_ns else None


BOTH = (at(0, "cs"), at(3, "sr", BANK), at(7, "ss", BANK), at(10, "cr"))


def test_a_call_with_both_sides_becomes_two_spans_of_one_id() -> None:
    spans = translated(*BOTH, timestamp=START_US, duration=10)
    assert sides_of(*BOTH, timestamp=START_US, duration=10) == [("shop", CLIENT, 0, 10), ("bank", SERVER, 3, 7)]
    assert [attributes_of(span).get("zipkin.shared") for _, span in spans] == [None, True]
    assert [len(span.events) for _, span in spans] == [0, 0]


def test_annotations_alone_say_when() -> None:
    assert sides_of(*BOTH) == [("shop", CLIENT, 0, 10), ("bank", SERVER, 3, 7)]


def test_a_service_that_calls_itself_has_both_sides() -> None:
    loopback = (at(0, "cs"), at(3, "sr"), at(7, "ss"), at(10, "cr"))
    assert sides_of(*loopback) == [("shop", CLIENT, 0, 10), ("shop", SERVER, 3, 7)]


def test_a_call_without_an_answer_has_not_ended() -> None:
    assert sides_of(at(0, "cs"), at(3, "sr", BANK)) == [("shop", CLIENT, 0, None), ("bank", SERVER, 3, None)]


def test_each_side_keeps_its_tags_and_annotations() -> None:
    spans = translated(
        *BOTH,
        at(5, "checked", BANK),
        at(6, "nobody's", None),
        binaryAnnotations=[tag("a", "1"), tag("b", "2", BANK), tag("c", "3", None), tag("error", "no", BANK)],
    )
    [(_, client), (_, server)] = spans
    assert attributes_of(client) == {"a": "1", "c": "3", "net.host.ip": "192.0.2.7", "net.host.port": 8080}
    assert attributes_of(server) == {"b": "2", "error": "no", "net.host.ip": "192.0.2.8", "zipkin.shared": True}
    assert [event.name for event in client.events] == [b"nobody's"]
    assert [event.name for event in server.events] == [b"checked"]
    assert (client.status.code, server.status.code, server.status.message) == (0, 2, b"no")


@pytest.mark.parametrize(
    ("fields", "is_shared"),
    [
        ({}, True),
        ({"timestamp": START_US, "duration": 5}, None),
        ({"timestamp": START_US}, True),
    ],
)
def test_a_server_that_did_not_begin_the_span_shares_it(fields: dict[str, Any], is_shared: bool | None) -> None:
    [(_, server)] = translated(at(0, "sr"), at(5, "ss"), **fields)
    assert attributes_of(server).get("zipkin.shared") is is_shared
    assert (_offset(server.start_time_unix_nano), _offset(server.end_time_unix_nano)) == (0, 5)


def test_times_that_disagree_with_the_spans_own_stay_as_annotations() -> None:
    [(_, client)] = translated(at(1, "cs"), at(9, "cr"), timestamp=START_US, duration=10)
    assert (_offset(client.start_time_unix_nano), _offset(client.end_time_unix_nano)) == (0, 10)
    assert [event.name for event in client.events] == [b"cs", b"cr"]


def test_an_answer_without_its_question_stays_an_annotation() -> None:
    [(service, span)] = translated(at(9, "cr"))
    assert (service, span.kind, [event.name for event in span.events]) == ("shop", CLIENT, [b"cr"])


def test_messages_have_producers_and_consumers() -> None:
    assert sides_of(at(0, "ms"), at(2, "ws")) == [("shop", PRODUCER, 0, 2)]
    assert sides_of(at(4, "wr", BANK), at(5, "mr", BANK)) == [("bank", CONSUMER, 4, 5)]
    assert sides_of(at(5, "mr", BANK)) == [("bank", CONSUMER, 5, None)]
    spans = translated(at(0, "ms"), at(5, "mr", BANK))
    assert [(service, span.kind, attributes_of(span).get("zipkin.shared")) for service, span in spans] == [
        ("shop", PRODUCER, None),
        ("bank", CONSUMER, True),
    ]


def test_what_was_on_the_wire_of_a_call_is_an_annotation() -> None:
    [(_, client)] = translated(at(0, "cs"), at(1, "ws"), at(10, "cr"))
    assert [event.name for event in client.events] == [b"ws"]


def test_a_local_span_is_marked_by_an_empty_component() -> None:
    [(service, span)] = translated(timestamp=START_US, duration=4, binaryAnnotations=[tag("lc", "")])
    assert (service, span.kind, _offset(span.end_time_unix_nano)) == ("shop", INTERNAL, 4)
    assert attributes_of(span) == {"net.host.ip": "192.0.2.7", "net.host.port": 8080}
    [(_, named)] = translated(timestamp=START_US, binaryAnnotations=[tag("lc", "finatra")])
    assert attributes_of(named)["lc"] == "finatra"


@pytest.mark.parametrize(
    ("annotations", "address", "peer"),
    [
        ((at(0, "cs"), at(1, "cr")), tag("sa", True, BANK), {"peer.service": "bank", "net.peer.ip": "192.0.2.8"}),
        ((at(0, "sr"), at(1, "ss")), tag("ca", True, BANK), {"peer.service": "bank", "net.peer.ip": "192.0.2.8"}),
        ((at(0, "sr"), at(1, "ss")), tag("ca", True, SHOP | {"port": 9}),
         {"net.peer.ip": "192.0.2.7", "net.peer.port": 9}),
        ((at(0, "sr"), at(1, "ss")), tag("ca", True, SHOP), {}),
        ((at(0, "ms"),), tag("ma", True, BANK), {"peer.service": "bank", "net.peer.ip": "192.0.2.8"}),
        ((at(0, "sr"),), tag("sa", True, BANK), {"sa": "bank 192.0.2.8"}),
        ((at(0, "cs"),), tag("sa", "text", SHOP), {"sa": "text"}),
    ],
)  # fmt: skip
def test_addresses_are_of_the_other_side(
    annotations: tuple[dict[str, Any], ...], address: dict[str, Any], peer: dict[str, Any]
) -> None:
    [(_, span)] = translated(*annotations, binaryAnnotations=[address], timestamp=START_US, duration=1)
    assert attributes_of(span) == {"net.host.ip": "192.0.2.7", "net.host.port": 8080} | peer


def test_addresses_alone_make_a_span() -> None:
    ca, sa = tag("ca", True, SHOP), tag("sa", True, BANK)
    [(service, span)] = translated(binaryAnnotations=[ca, sa], timestamp=START_US)
    assert (service, span.kind, attributes_of(span)["peer.service"]) == ("shop", INTERNAL, "bank")
    [(service, span)] = translated(binaryAnnotations=[ca], timestamp=START_US)
    assert (service, span.kind, attributes_of(span)["peer.service"]) == ("", SERVER, "shop")


@pytest.mark.parametrize(
    ("value", "kind", "kept"),
    [
        ("1", "I16", 1),
        ("9223372036854775807", "I64", 2**63 - 1),
        (7, "I32", 7),
        ("1.5", "DOUBLE", 1.5),
        ("aGk=", "BYTES", b"hi"),
        ("true", "BOOL", True),
        (False, None, False),
        ("x", "I64", "x"),
        ("?", "BYTES", "?"),
        ("text", "STRING", "text"),
    ],
)
def test_values_have_the_type_that_they_are_said_to_have(value: Any, kind: str | None, kept: Any) -> None:
    [(_, span)] = translated(at(0, "cs"), binaryAnnotations=[tag("k", value, type=kind)])
    assert attributes_of(span)["k"] == kept


def test_wrong_types_are_mended_and_bad_spans_left_out() -> None:
    spans = [
        span_v1({"timestamp": str(START_US), "value": "cs", "endpoint": SHOP | {"port": "80"}}, name=7),
        span_v1(id="0"),
        span_v1(annotations={"a": 1}),
    ]
    found = translate_json_v1(json.dumps(spans).encode())
    [(_, span)] = spans_of(found)
    assert (span.name, attributes_of(span)["net.host.port"]) == (b"7", 80)
    assert dict(found.rejected) == {
        "id is all zeros": 1,
        "a span cannot be read: Expected `array | null`, got `object` - at `$.annotations`": 1,
    }


def test_more_services_than_a_call_has_do_not_multiply_its_name() -> None:
    tags = [tag(f"k{number}", "v", {"serviceName": f"s{number}"}) for number in range(200)]
    spans = translated(name="n" * 1_000, timestamp=START_US, binaryAnnotations=tags)
    assert [service for service, _ in spans] == [f"s{number}" for number in range(8)]
    assert [len(span.attributes) for _, span in spans] == [193, *[1] * 7]


def test_more_sides_than_a_call_has_are_no_span() -> None:
    calls = [at(0, "cs", {"serviceName": f"s{number}"}) for number in range(9)]
    found = translate_json_v1(json.dumps([span_v1(*calls), span_v1(*calls[:8])]).encode())
    assert (found.span_count, dict(found.rejected)) == (8, {"a span names too many services": 1})


@pytest.mark.parametrize("time", ["1e999", "-1e999", '"inf"', '"nan"', "9" * 400])
@pytest.mark.parametrize("value", ["cs", "cr", "else"])
def test_a_time_that_is_no_number_costs_its_span_only(time: str, value: str) -> None:
    other = "cr" if value == "cs" else "cs"
    times = f'{{"timestamp":{time},"value":"{value}"}},{{"timestamp":1.5,"value":"{other}"}}'
    body = f'[{{"traceId":"1","id":"1","annotations":[{times}]}},{{"traceId":"1","id":"2"}}]'
    found = translate_json_v1(body.encode())
    assert spans_of(found)[-1][1].span_id == bytes(7) + b"\x02"
    assert found.span_count + found.rejected.total() == 2


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'[{"traceId":"1","id":"1","tags":{}}]', "Expected a JSON_V1 encoded list, but received: JSON_V2"),
        (b'[{"traceId":"1","id":"1","localEndpoint":{}}]', "Expected a JSON_V1 encoded list, but received: JSON_V2"),
        (b"\x0c\x00\x00\x00\x00", "Expected a JSON_V1 encoded list, but received: THRIFT"),
        (b"{", "Expected a JSON_V1 encoded list"),
        (b"[{", "Malformed reading List<Span> from json"),
    ],
)
def test_a_body_of_another_kind_is_refused(body: bytes, answer: str) -> None:
    with pytest.raises(PayloadRejected) as caught:
        translate_json_v1(body)
    assert str(caught.value).startswith(answer)


def test_one_span_alone_may_be_several() -> None:
    groups = translate_span(span_v1(*BOTH))
    assert [group.resource.attributes[0].value.string_value for group in groups] == [b"shop", b"bank"]
    with pytest.raises(Unreadable, match="it is a span in JSON_V2"):
        translate_span({"traceId": "1", "id": "1", "tags": {}})
