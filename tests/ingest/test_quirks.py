"""What SDKs, agents and proxies were seen to send, at the door of the collector: kept exactly, or said not to be."""

import json
import struct
import time
from typing import Any

import pytest

from tests.builders import MS, NOW_NS, SECOND, make_event, make_link, make_request, make_span, span_id, trace_id
from tests.ingest.doors import JSON, PROTOBUF, HttpDoor, encode, read_span, read_span_ids, read_trace, to_json
from tests.ingest.raw import field, request_of, span_with_attribute, varint
from traces import reading
from traces.domain.query import Comparison, Condition, Place, TraceQuery, Window
from traces.domain.span import SpanFlag
from traces.storage.base import DEFAULT_PROJECT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_engine]

both_encodings = pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
TRACE_ID = trace_id(1).hex()
SPAN_ID = span_id(1).hex()


def in_json(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> bytes:
    """A request as a program without a library writes it; every span has ids and a start unless it says otherwise."""
    usual = {"traceId": TRACE_ID, "spanId": SPAN_ID, "startTimeUnixNano": str(NOW_NS)}
    named = [{key: value for key, value in (usual | span).items() if value is not ...} for span in spans]
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": named}]}]}).encode()


def post_json(door: HttpDoor, *spans: dict[str, Any]) -> tuple[int, str]:
    return door.post(in_json(*spans), JSON).partial_success


def value_of(**value: Any) -> dict[str, Any]:
    return {"attributes": [{"key": "k", "value": value}]}


# Numbers in JSON.


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"intValue": "9223372036854775807"}, 2**63 - 1),
        ({"intValue": 9223372036854775807}, 2**63 - 1),
        ({"intValue": "-9223372036854775808"}, -(2**63)),
        ({"intValue": -9223372036854775808}, -(2**63)),
        ({"intValue": "9007199254740993"}, 2**53 + 1),
        ({"intValue": 12.0}, 12),
        ({"intValue": 1e3}, 1_000),
        ({"intValue": 0}, 0),
        ({"intValue": ""}, 0),
        ({"int_value": "5"}, 5),
        ({"doubleValue": 1.5}, 1.5),
        ({"doubleValue": "1.5"}, 1.5),
        ({"doubleValue": 2}, 2.0),
        ({"doubleValue": "NaN"}, float("nan")),
        ({"doubleValue": "Infinity"}, float("inf")),
        ({"doubleValue": "-Infinity"}, float("-inf")),
        ({"doubleValue": -0.0}, -0.0),
        ({"doubleValue": "-0"}, -0.0),
        ({"doubleValue": 1e400}, float("inf")),
        ({"boolValue": False}, False),
        ({"stringValue": ""}, ""),
        ({"string_value": "x"}, "x"),
        ({"bytesValue": "AP8="}, b"\0\xff"),
        ({"bytesValue": "AP8"}, b"\0\xff"),
        ({"bytesValue": "-_-_"}, b"\xfb\xff\xbf"),
        ({"bytesValue": ""}, b""),
        ({"arrayValue": {}}, []),
        ({"arrayValue": {"values": [{}, {"intValue": 1}]}}, [None, 1]),
        ({"arrayValue": {"values": None}}, []),
        ({"kvlistValue": {"values": [{"key": "a"}, {"key": "b", "value": {}}, {}]}}, {"a": None, "b": None, "": None}),
        ({"kvlist_value": {"values": [{"key": "a", "value": {"intValue": 1}}, {"key": "a"}]}}, {"a": None}),
        ({}, None),
        ({"stringValue": None}, None),
        ({"stringValueStrindex": 5}, None),
        ({"someFutureValue": {"x": 1}}, None),
        ({"stringValue": "x", "unknown": 1}, "x"),
    ],
    ids=str,
)
def test_a_value_in_json_is_read(door: HttpDoor, sent: dict[str, Any], read: object) -> None:
    body = in_json(value_of(**sent)).replace(b"Infinity}", b"1e400}")

    assert door.post(body, JSON).partial_success == (0, "")
    assert repr(read_span().attributes) == repr({"k": read})


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (value_of(intValue="9223372036854775808"), "intValue is not a whole number in its range"),
        (value_of(intValue=9223372036854775808), "intValue is not a whole number in its range"),
        (value_of(intValue=-9223372036854775809), "intValue is not a whole number in its range"),
        (value_of(intValue=1.5), "intValue is not a whole number in its range"),
        (value_of(intValue="abc"), "intValue is not a whole number in its range"),
        (value_of(intValue=True), "intValue is not a whole number in its range"),
        (value_of(intValue=[]), "intValue is not a whole number in its range"),
        (value_of(doubleValue="abc"), "doubleValue is not a number"),
        (value_of(doubleValue=True), "doubleValue is not a number"),
        (value_of(doubleValue=int("9" * 400)), "doubleValue is not a number"),
        (value_of(boolValue="true"), "boolValue is true or false"),
        (value_of(boolValue=1), "boolValue is true or false"),
        (value_of(stringValue=5), "stringValue is not text"),
        (value_of(bytesValue="A"), "bytesValue is not base64"),
        (value_of(bytesValue="!!!!"), "bytesValue is not base64"),
        (value_of(bytesValue="ÄÖ=="), "bytesValue is not base64"),
        (value_of(bytesValue="\ud800AA="), "bytesValue is not base64"),
        (value_of(bytesValue=[1, 2]), "bytesValue is not base64"),
        (value_of(arrayValue=[]), "arrayValue is not an object"),
        (value_of(arrayValue={"values": {}}), "values is not a list"),
        (value_of(arrayValue={"values": [1]}), "a value of an array is not an object"),
        (value_of(kvlistValue={"values": [1]}), "an attribute is not an object"),
        ({"attributes": {"k": "v"}}, "attributes is not a list"),
        ({"attributes": ["k"]}, "an attribute is not an object"),
        ({"attributes": [{"key": 5}]}, "an attribute's key is not text"),
        ({"attributes": [{"key": "k", "value": "v"}]}, "an attribute's value is not an object"),
        ({"name": 5}, "name is not text"),
        ({"kind": "SPAN_KIND_NONSENSE"}, "kind is not a whole number in its range"),
        ({"kind": 2**31}, "kind is not a whole number in its range"),
        ({"startTimeUnixNano": "2026-11-25T20:00:00Z"}, "startTimeUnixNano is not a whole number in its range"),
        ({"startTimeUnixNano": "-1"}, "startTimeUnixNano is not a whole number in its range"),
        ({"endTimeUnixNano": str(2**64)}, "endTimeUnixNano is not a whole number in its range"),
        ({"flags": 2**32}, "flags is not a whole number in its range"),
        ({"droppedAttributesCount": -1}, "droppedAttributesCount is not a whole number in its range"),
        ({"status": 2}, "status is not an object"),
        ({"status": {"code": "BAD"}}, "status.code is not a whole number in its range"),
        ({"events": [5]}, "an event is not an object"),
        ({"links": [{"traceId": "xyz"}]}, "link.traceId is not hexadecimal"),
        ({"traceId": "0123456789abcdeg" * 2}, "traceId is not hexadecimal"),
        ({"traceId": "AAAAAAAAAAAAAAAAAAAAAQ="}, "traceId is not hexadecimal"),
        ({"traceId": "abc"}, "traceId is not hexadecimal"),
        ({"traceId": 5}, "traceId is not hexadecimal"),
        ({"spanId": "٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥"}, "spanId is not hexadecimal"),
        ({"traceId": ...}, "a trace id has 16 bytes, not all zero"),
        ({"spanId": ""}, "a span id has 8 bytes, not all zero"),
    ],
    ids=str,
)
def test_a_span_that_says_nonsense_in_json_does_not_cost_its_batch(
    door: HttpDoor, sent: dict[str, Any], reason: str
) -> None:
    bad = {"spanId": span_id(2).hex()} | sent

    assert post_json(door, {}, bad, {"spanId": span_id(3).hex()}) == (1, f"1 span rejected: {reason}")
    assert read_span_ids() == [span_id(1), span_id(3)]


def test_something_else_than_a_span_in_json_does_not_cost_the_batch(door: HttpDoor) -> None:
    body = in_json({}, {"name": "REPLACED"}).replace(b'{"traceId"', b'5, null, "x", {"traceId"', 1)

    assert door.post(body, JSON).partial_success == (3, "3 spans rejected: a span is not an object")


# Spellings of JSON.


def test_a_byte_order_mark_before_json_does_not_matter(door: HttpDoor) -> None:
    assert door.post(b"\xef\xbb\xbf" + in_json({"name": "marked"}), JSON).partial_success == (0, "")
    assert read_span().name == "marked"


@pytest.mark.parametrize("kind", ["SPAN_KIND_CLIENT", "CLIENT", 3, "3", 3.0])
@pytest.mark.parametrize("code", ["STATUS_CODE_ERROR", "ERROR", 2, "2"])
def test_enums_may_be_names(door: HttpDoor, kind: object, code: object) -> None:
    assert post_json(door, {"kind": kind, "status": {"code": code, "message": "m"}}) == (0, "")
    assert (read_span().kind, read_span().status_code, read_span().status_message) == (3, 2, "m")


def test_fields_may_be_in_snake_case(door: HttpDoor) -> None:
    pair = {"key": "k", "value": {"string_value": "v"}}
    span = {
        "trace_id": trace_id(1).hex(), "span_id": span_id(1).hex(), "parent_span_id": span_id(2).hex(),
        "trace_state": "a=b", "start_time_unix_nano": NOW_NS, "end_time_unix_nano": NOW_NS + 5,
        "dropped_attributes_count": 1, "dropped_events_count": 2, "dropped_links_count": 3,
        "events": [{"time_unix_nano": 7, "dropped_attributes_count": 4, "attributes": [pair]}],
        "links": [{"trace_id": trace_id(3).hex(), "span_id": span_id(4).hex(), "trace_state": "c=d",
                   "dropped_attributes_count": 5}],
    }  # fmt: skip
    scope = {"scope": {"dropped_attributes_count": 6}, "spans": [span], "schema_url": "s"}
    group = {"resource": {"dropped_attributes_count": 7}, "scope_spans": [scope], "schema_url": "r"}

    assert door.post(json.dumps({"resource_spans": [group]}).encode(), JSON).partial_success == (0, "")

    read = read_span()
    assert (read.parent_span_id, read.trace_state) == (span_id(2), "a=b")
    assert (read.start_time_unix_nano, read.end_time_unix_nano) == (NOW_NS, NOW_NS + 5)
    assert (read.dropped_attributes_count, read.dropped_events_count, read.dropped_links_count) == (1, 2, 3)
    event, link = read.events[0], read.links[0]
    assert (event.time_ns, event.dropped_attributes_count, event.attributes) == (7, 4, {"k": "v"})
    assert (link.trace_id, link.span_id, link.trace_state, link.dropped_attributes_count) == (
        trace_id(3), span_id(4), "c=d", 5,
    )  # fmt: skip
    assert (read.scope.dropped_attributes_count, read.scope.schema_url) == (6, "s")
    assert (read.resource.dropped_attributes_count, read.resource.schema_url) == (7, "r")


def test_null_is_a_fields_default(door: HttpDoor) -> None:
    names = ["parentSpanId", "traceState", "name", "kind", "endTimeUnixNano", "flags", "attributes", "events", "links",
             "status", "droppedAttributesCount"]  # fmt: skip

    assert post_json(door, dict.fromkeys(names)) == (0, "")
    assert (read_span().name, read_span().kind, read_span().attributes, read_span().events) == ("", 0, {}, ())


def test_fields_of_the_future_are_ignored_in_json(door: HttpDoor) -> None:
    assert post_json(door, {"name": "n", "future": {"deep": [1, None]}, "status": {"future": 1}}) == (0, "")
    assert read_span().name == "n"


def test_a_field_twice_in_json_counts_once(door: HttpDoor) -> None:
    body = in_json({"name": "last"}).replace(b'"name"', b'"name": "first", "name"')

    assert door.post(body, JSON).partial_success == (0, "")
    assert read_span().name == "last"


# Protocol Buffers.


def test_fields_of_the_future_do_not_matter_in_protobuf(door: HttpDoor) -> None:
    span = make_span(1, 1, name="n").SerializeToString()
    future = varint(99 << 3) + b"\x05" + field(98, b"\xff\xff") + varint(97 << 3 | 5) + b"1234"

    answer = door.post(request_of(span + future) + future)

    assert answer.partial_success == (0, "")
    assert read_span().name == "n"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (b"\x0a\x03abc", "abc"),
        (b"\x18\x07", 7),
        (b"\x10\x01", True),
        (varint(4 << 3 | 1) + struct.pack("<d", 1.5), 1.5),
        (field(5, field(1, b"\x0a\x03abc")), "abc"),
    ],
    ids=["text", "integer", "boolean", "double", "array"],
)
@pytest.mark.parametrize(
    "future", [field(15, b"x"), varint(15 << 3) + b"\x05", field(15, b"")], ids=["bytes", "number", "empty"]
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_value_with_a_field_of_the_future_beside_it_is_found(
    door: HttpDoor, value: bytes, wanted: str | bool | int | float, future: bytes, is_first: bool
) -> None:
    span = make_span(1, 1, start_ns=time.time_ns())

    body = request_of(span_with_attribute(span, future + value if is_first else value + future))
    assert door.post(body).partial_success == (0, "")

    window = Window(start_ns=time.time_ns() - 60 * SECOND, end_ns=time.time_ns() + 60 * SECOND)
    where = Condition(place=Place.SPAN, key="k", comparison=Comparison.EQUAL, value=wanted)
    found = reading.search(DEFAULT_PROJECT, TraceQuery(window=window, where=where)).traces
    assert [trace.trace_id for trace in found] == [trace_id(1)]


def test_spans_of_senders_older_than_scopes_are_kept(door: HttpDoor) -> None:
    """`instrumentation_library_spans`, field 1000, until OTLP 0.19."""
    library = field(1, field(1, b"lib") + field(2, b"0.1"))
    resource = make_request(resource={"host.name": "h"}).resource_spans[0].resource.SerializeToString()
    spans = [make_span(1, 1), make_span(1, 2, span_id=b"short"), make_span(1, 3, 1)]
    legacy = library + b"".join(field(2, span.SerializeToString()) for span in spans)

    answer = door.post(field(1, field(1, resource) + field(1000, legacy)))

    assert answer.partial_success == (1, "1 span rejected: a span id has 8 bytes, not all zero")
    assert read_span_ids() == [span_id(1), span_id(3)]
    assert (read_span().scope.name, read_span().scope.version) == ("lib", "0.1")
    assert read_span().resource.attributes == {"service.name": "shop", "host.name": "h"}


def test_spans_of_senders_older_than_scopes_are_kept_in_json_too(door: HttpDoor) -> None:
    request = to_json(make_request(make_span(1, 1)))
    group = request["resourceSpans"][0]
    group["instrumentationLibrarySpans"] = group.pop("scopeSpans")

    assert door.post(json.dumps(request).encode(), JSON).partial_success == (0, "")
    assert read_span_ids() == [span_id(1)]


def test_a_message_split_in_two_is_one(door: HttpDoor) -> None:
    """Protocol Buffers let a message come in pieces that the reader merges."""
    span = make_span(1, 1, name="n").SerializeToString()
    status = field(15, field(2, b"first")) + field(15, b"\x18\x02")

    assert door.post(request_of(span + field(5, b"later name") + status)).partial_success == (0, "")
    assert (read_span().name, read_span().status_code, read_span().status_message) == ("later name", 2, "first")


@both_encodings
def test_numbers_that_no_enum_has_are_kept(door: HttpDoor, media_type: str) -> None:
    span = make_span(1, 1, kind=77, status=55, flags=0xFFFFFFFF)

    assert door.send(make_request(span), media_type).partial_success == (0, "")
    assert (read_span().kind, read_span().status_code, read_span().flags) == (77, 55, 0xFFFFFFFF)
    assert [operation.kind for operation in reading.list_operations(DEFAULT_PROJECT)] == [77]


# Times and trees.


@both_encodings
@pytest.mark.parametrize(
    ("start", "end", "flag"),
    [
        (0, 0, SpanFlag.CLOCK_IMPLAUSIBLE | SpanFlag.UNFINISHED),
        (1, 1, SpanFlag.CLOCK_IMPLAUSIBLE),
        (1_790_000_000_000, 1_790_000_001_000, SpanFlag.CLOCK_IMPLAUSIBLE),
        (2**63 - 1, 2**63, SpanFlag.CLOCK_IMPLAUSIBLE),
        (2**64 - 1, 2**64 - 1, SpanFlag.CLOCK_IMPLAUSIBLE),
        (2**64 - 1, 1, SpanFlag.CLOCK_IMPLAUSIBLE | SpanFlag.ENDS_BEFORE_START),
    ],
    ids=["1970", "1970 + 1 ns", "milliseconds", "2262", "2554", "2554 to 1970"],
)
def test_impossible_times_come_back_as_sent_and_are_drawn_at_arrival(
    door: HttpDoor, media_type: str, start: int, end: int, flag: SpanFlag
) -> None:
    before = time.time_ns()
    span = make_span(1, 1, start_time_unix_nano=start, end_time_unix_nano=end, events=[make_event("e", start)])

    assert door.send(make_request(span), media_type).partial_success == (0, "")

    outline = read_trace().rows[0].span
    assert before <= outline.start_ns <= time.time_ns()
    assert (outline.flags, outline.duration_ns) == (flag | SpanFlag.HAS_EVENTS, max(0, end - start))
    assert (read_span().start_time_unix_nano, read_span().end_time_unix_nano) == (start, end)
    assert read_span().events[0].time_ns == start


@both_encodings
def test_a_span_that_ends_before_it_starts_is_kept(door: HttpDoor, media_type: str) -> None:
    now = time.time_ns()
    span = make_span(1, 1, start_time_unix_nano=now, end_time_unix_nano=now - 5)

    assert door.send(make_request(span), media_type).partial_success == (0, "")
    outline = read_trace().rows[0].span
    assert (outline.start_ns, outline.duration_ns, outline.flags) == (now, 0, SpanFlag.ENDS_BEFORE_START)
    assert (read_span().start_time_unix_nano, read_span().end_time_unix_nano) == (now, now - 5)


@both_encodings
def test_a_span_of_a_year_is_kept(door: HttpDoor, media_type: str) -> None:
    year = 365 * 86_400 * SECOND
    start = time.time_ns() - year

    assert door.send(make_request(make_span(1, 1, start_ns=start, duration_ns=year)), media_type).status == 200
    assert (read_trace().start_ns, read_trace().duration_ns) == (start, year)


@both_encodings
@pytest.mark.parametrize(
    ("parents", "depths", "missing"),
    [
        ({1: 1}, {1: 0}, 1),
        ({1: 2, 2: 1}, {1: 0, 2: 1}, 1),
        ({1: 3, 2: 1, 3: 2}, {1: 0, 2: 1, 3: 2}, 1),
        ({1: 9, 2: 1}, {1: 0, 2: 1}, 1),
        ({1: None, 2: None}, {1: 0, 2: 0}, 0),
        ({1: None, 2: 1, 3: 4, 4: 3}, {1: 0, 2: 1, 3: 0, 4: 1}, 1),
    ],
    ids=["own parent", "two in a circle", "three in a circle", "parent missing", "two roots", "tree and circle"],
)
def test_a_tree_that_is_none_is_drawn_all_the_same(
    door: HttpDoor, media_type: str, parents: dict[int, int | None], depths: dict[int, int], missing: int
) -> None:
    spans = [make_span(1, number, parent, start_ns=NOW_NS + number * MS) for number, parent in parents.items()]

    assert door.send(make_request(*spans), media_type).partial_success == (0, "")
    trace = read_trace()
    assert {int.from_bytes(row.span.span_id, "big"): row.depth for row in trace.rows} == depths
    assert trace.missing_parent_count == missing


@both_encodings
def test_links_may_point_anywhere(door: HttpDoor, media_type: str) -> None:
    links = [make_link(1, 1), make_link(9, 9), make_link(0, 0)]
    links.append(type(links[0])(trace_id=b"short", span_id=b"x" * 20, flags=0x301))
    request = make_request(make_span(1, 1, links=links))

    assert door.post(encode(request, media_type), media_type).partial_success == (0, "")
    assert [(link.trace_id, link.span_id, link.flags) for link in read_span().links] == [
        (trace_id(1), span_id(1), 0), (trace_id(9), span_id(9), 0), (trace_id(0), span_id(0), 0),
        (b"short", b"x" * 20, 0x301),
    ]  # fmt: skip
