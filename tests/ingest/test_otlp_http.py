"""POST /v1/traces: what is answered to what, in the encoding of the request."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.builders import join, make_request, make_span, span_id, trace_id
from tests.ingest.doors import JSON, PROTOBUF, HttpDoor, encode, read_span, read_span_ids, read_trace
from traces import reading
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = make_request(make_span(1, 1), make_span(1, 2, 1))
EMPTY_ANSWER = {PROTOBUF: b"", JSON: b"{}"}
both_encodings = pytest.mark.parametrize("media_type", [PROTOBUF, JSON])


@both_encodings
def test_spans_are_readable_once_they_are_acknowledged(door: HttpDoor, media_type: str) -> None:
    answer = door.send(REQUEST, media_type)

    assert (answer.status, answer.media_type, answer.body) == (200, media_type, EMPTY_ANSWER[media_type])
    assert read_span_ids() == [span_id(1), span_id(2)]


@pytest.mark.parametrize(
    ("content_type", "answered"),
    [
        ("application/x-protobuf", PROTOBUF),
        ("application/protobuf", PROTOBUF),
        ("Application/X-Protobuf", PROTOBUF),
        ("application/x-protobuf; proto=opentelemetry", PROTOBUF),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/json;charset=UTF-8", JSON),
        ("application/json ; charset=no-such-charset", JSON),
        ("APPLICATION/JSON", JSON),
    ],
)
def test_parameters_and_case_of_a_media_type_do_not_matter(door: HttpDoor, content_type: str, answered: str) -> None:
    answer = door.post(encode(REQUEST, answered), content_type)

    assert (answer.status, answer.media_type, answer.body) == (200, answered, EMPTY_ANSWER[answered])
    assert len(read_span_ids()) == 2


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/grpc", "json"]
)
def test_another_media_type_is_unsupported(door: HttpDoor, content_type: str) -> None:
    answer = door.post(REQUEST.SerializeToString(), content_type)

    assert (answer.status, answer.media_type) == (415, "text/plain")
    assert answer.body == b"415 unsupported media type, supported: [application/json, application/x-protobuf]"


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics", "/v1/logs"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_another_method_is_not_allowed(door: HttpDoor, method: str, path: str) -> None:
    answer = door.call(method, path, b"", PROTOBUF, {}, 0)

    assert (answer.status, answer.headers["Allow"], answer.media_type) == (405, "POST, OPTIONS", "text/plain")
    assert answer.body == (b"" if method == "HEAD" else b"405 method not allowed, supported: [POST]")


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics", "/v1/logs"])
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", PROTOBUF),
        (b"\x0a\0", PROTOBUF),
        (b"{}", JSON),
        (b'{"resourceSpans": [], "resourceMetrics": [], "resourceLogs": []}', JSON),
        (b'{"resourceSpans": null, "resourceMetrics": null, "resourceLogs": null}', JSON),
        (b'{"resourceSpans": [{}], "resourceMetrics": [{}], "resourceLogs": [{}]}', JSON),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}', JSON),
    ],
)
def test_a_request_for_nothing_is_a_success(door: HttpDoor, body: bytes, media_type: str, path: str) -> None:
    answer = door.post(body, media_type, path)

    assert (answer.status, answer.media_type, answer.body) == (200, media_type, EMPTY_ANSWER[media_type])


@pytest.mark.parametrize("path", ["/v1/traces/", "/v1/traces"])
def test_a_slash_too_much_is_no_redirect(door: HttpDoor, path: str) -> None:
    """An exporter takes a redirect for success and drops the spans."""
    answer = door.post(REQUEST.SerializeToString(), path=path)

    assert answer.status == 200
    assert len(read_span_ids()) == 2


@pytest.mark.parametrize(
    "path", ["/", "/v1/trace", "/v1/traces//", "/V1/TRACES", "/v1/traces/v1/traces", "/api/v1/traces"]
)
def test_an_unknown_address_is_not_found(door: HttpDoor, path: str) -> None:
    answer = door.post(REQUEST.SerializeToString(), path=path)

    assert (answer.status, answer.body) == (404, b"Nothing is served here. Spans go to /v1/traces.\n")


def test_a_chunked_request_is_kept_whole(door: HttpDoor) -> None:
    """Node's and Java's exporters send no Content-Length; Django alone would see an empty body."""
    answer = door.post(REQUEST.SerializeToString(), is_chunked=True)

    assert answer.status == 200
    assert len(read_span_ids()) == 2


@both_encodings
def test_a_packed_request_is_kept(door: HttpDoor, media_type: str) -> None:
    packed = gzip.compress(encode(REQUEST, media_type))

    assert door.post(packed, media_type, headers={"Content-Encoding": "gzip"}).status == 200
    assert len(read_span_ids()) == 2


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_a_packed_request_in_chunks_that_breaks_off_is_never_half_a_success(
    door: HttpDoor, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    """Without a length, the end mark of the packing alone tells half a body from a whole one."""
    packed = pack(REQUEST.SerializeToString())
    headers = {"Content-Encoding": encoding}

    broken = [door.post(packed[:end], headers=headers, is_chunked=True).status for end in range(1, len(packed))]

    assert set(broken) == {400}
    assert door.post(packed, headers=headers, is_chunked=True).status == 200
    assert read_span_ids() == [span_id(1), span_id(2)]


@both_encodings
def test_a_resource_or_scope_without_spans_is_not_kept(door: HttpDoor, media_type: str) -> None:
    """It would be listed for ever: what is old enough is deleted by its spans."""
    request = join(
        make_request(service="empty"),
        make_request(make_span(1, 1), service="shop", scope_name="kept", scope={"of.kept": 1}),
        make_request(make_span(0, 2), service="rejected"),
        ExportTraceServiceRequest(resource_spans=[ResourceSpans()]),
    )
    request.resource_spans[1].scope_spans.extend(make_request(scope={"of.empty": 1}).resource_spans[0].scope_spans)
    request.resource_spans[1].scope_spans.extend(make_request(make_span(1, 3)).resource_spans[0].scope_spans)

    assert door.send(request, media_type).partial_success == (1, f"1 span rejected: {TRACE_ID_REASON}")

    assert [service.name for service in reading.list_services(DEFAULT_PROJECT)] == ["shop"]
    keys = {key.key for key in reading.list_attribute_keys(DEFAULT_PROJECT)}
    assert keys == {"service.name", "of.kept"}
    assert read_span_ids() == [span_id(1), span_id(3)]
    assert (read_span(1, 1).scope.name, read_span(1, 3).scope.name) == ("kept", "tests")


@both_encodings
def test_a_request_of_resources_without_spans_stores_nothing(door: HttpDoor, media_type: str) -> None:
    answer = door.send(join(make_request(service="a"), make_request(make_span(0, 1), service="b")), media_type)

    assert answer.partial_success == (1, f"1 span rejected: {TRACE_ID_REASON}")
    assert reading.list_services(DEFAULT_PROJECT) == []
    assert reading.list_attribute_keys(DEFAULT_PROJECT) == []


TRACE_ID_REASON = "a trace id has 16 bytes, not all zero"
SPAN_ID_REASON = "a span id has 8 bytes, not all zero"
PARENT_ID_REASON = "a parent span id has 8 bytes or is empty"


@both_encodings
@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("trace_id", b"", TRACE_ID_REASON),
        ("trace_id", bytes(16), TRACE_ID_REASON),
        ("trace_id", b"\1" * 8, TRACE_ID_REASON),
        ("trace_id", b"\1" * 15, TRACE_ID_REASON),
        ("trace_id", b"\1" * 17, TRACE_ID_REASON),
        ("span_id", b"", SPAN_ID_REASON),
        ("span_id", bytes(8), SPAN_ID_REASON),
        ("span_id", b"\1" * 7, SPAN_ID_REASON),
        ("span_id", b"\1" * 16, SPAN_ID_REASON),
        ("parent_span_id", b"\1", PARENT_ID_REASON),
        ("parent_span_id", b"\1" * 9, PARENT_ID_REASON),
    ],
)
def test_a_span_with_an_impossible_id_does_not_cost_its_batch(
    door: HttpDoor, media_type: str, field: str, value: bytes, reason: str
) -> None:
    fields: dict[str, Any] = {field: value}
    bad = make_span(1, 2, 1, **fields)

    answer = door.send(make_request(make_span(1, 1), bad, make_span(1, 3, 1)), media_type)

    assert answer.media_type == media_type
    assert answer.partial_success == (1, f"1 span rejected: {reason}")
    assert read_span_ids() == [span_id(1), span_id(3)]


@both_encodings
def test_a_parent_id_of_zeros_is_none(door: HttpDoor, media_type: str) -> None:
    answer = door.send(make_request(make_span(1, 1, parent_span_id=bytes(8))), media_type)

    assert answer.partial_success == (0, "")
    assert (read_trace().rows[0].span.parent_span_id, read_trace().missing_parent_count) == (None, 0)
    assert read_span().parent_span_id == bytes(8)


@both_encodings
def test_a_batch_of_which_nothing_can_be_kept_is_a_partial_success(door: HttpDoor, media_type: str) -> None:
    answer = door.send(make_request(make_span(0, 1), make_span(1, 0)), media_type)

    assert answer.partial_success == (2, f"1 span rejected: {TRACE_ID_REASON}; 1 span rejected: {SPAN_ID_REASON}")


def test_rejected_spans_are_text_in_json(door: HttpDoor) -> None:
    answer = door.send(make_request(make_span(0, 1)), JSON)

    assert json.loads(answer.body) == {
        "partialSuccess": {"rejectedSpans": "1", "errorMessage": f"1 span rejected: {TRACE_ID_REASON}"}
    }


@pytest.mark.parametrize(
    ("body", "media_type", "message"),
    [
        (b"{}", PROTOBUF, "The body is not an OTLP ExportTraceServiceRequest in protobuf."),
        (b"\x0a\xff\x01", PROTOBUF, "The body is not an OTLP ExportTraceServiceRequest in protobuf."),
        (b"\xff" * 100, PROTOBUF, "The body is not an OTLP ExportTraceServiceRequest in protobuf."),
        (REQUEST.SerializeToString()[:-1], PROTOBUF, "The body is not an OTLP ExportTraceServiceRequest in protobuf."),
        (b"", JSON, "The body is not JSON: "),
        (b"{", JSON, "The body is not JSON: "),
        (b'{"resourceSpans": NaN}', JSON, "The body is not JSON: "),
        (b'{"resourceSpans": [' + b"1" * 5_000 + b"]}", JSON, "The body is not an OTLP request in JSON: resourceSpans"),
        (REQUEST.SerializeToString(), JSON, "The body is not JSON: "),
        (b"[]", JSON, "The body is not an OTLP request in JSON: the request is not an object."),
        (b"1", JSON, "The body is not an OTLP request in JSON: the request is not an object."),
        (b'{"resourceSpans": 5}', JSON, "The body is not an OTLP request in JSON: resourceSpans is not a list."),
        (b'{"resourceSpans": {"a": 1}}', JSON, "The body is not an OTLP request in JSON: resourceSpans is not a list."),
        (b'{"resourceSpans": [5]}', JSON, "The body is not an OTLP request in JSON: resourceSpans is not an object."),
        (b'{"resourceSpans": [{"resource": 5}]}', JSON, "The body is not an OTLP request in JSON: resource is not an"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_a_bad_request(
    door: HttpDoor, body: bytes, media_type: str, message: str
) -> None:
    answer = door.post(body, media_type)

    assert (answer.status, answer.media_type) == (400, media_type)
    assert answer.error[0] == 3
    assert answer.error[1].startswith(message)


@both_encodings
@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("br", "unsupported Content-Encoding: br"),
        ("gzip", "The body is not valid gzip: Error -3 while decompressing data: incorrect header check."),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_a_bad_request(
    door: HttpDoor, media_type: str, encoding: str, message: str
) -> None:
    answer = door.post(encode(REQUEST, media_type), media_type, headers={"Content-Encoding": encoding})

    assert (answer.status, answer.media_type, answer.error) == (400, media_type, (3, message))


def test_half_a_body_is_a_bad_request(door: HttpDoor) -> None:
    """The spans before the break are complete; success would lose those after it."""
    body = REQUEST.SerializeToString()

    answer = door.call("POST", "/v1/traces", body, PROTOBUF, {}, len(body) + 10)

    assert (answer.status, answer.error) == (400, (3, f"The body ended after {len(body)} of {len(body) + 10} bytes."))


@both_encodings
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_body_over_the_limit_is_too_large(
    door: HttpDoor, settings: Settings, media_type: str, is_packed: bool
) -> None:
    settings.INGEST_MAX_BODY_BYTES = 10_000
    body = encode(make_request(make_span(1, 1, name="n" * 20_000)), media_type)
    headers = {"Content-Encoding": "gzip"} if is_packed else {}

    answer = door.post(gzip.compress(body) if is_packed else body, media_type, headers=headers)

    assert (answer.status, answer.media_type) == (413, media_type)
    assert answer.error == (8, "The body is larger than 10,000 bytes (INGEST_MAX_BODY_BYTES).")


def test_a_body_larger_than_djangos_own_limit_is_kept(door: HttpDoor) -> None:
    big = {"big": "x" * 3_000_000, "too": "y" * 3_000_000}
    answer = door.send(make_request(make_span(1, 1, attributes=big)))

    assert answer.partial_success == (0, "")
    assert read_span().attributes == big


@both_encodings
def test_the_same_request_twice_is_acknowledged_twice_and_kept_once(door: HttpDoor, media_type: str) -> None:
    """A client that did not see the first answer sends again."""
    answers = [door.send(REQUEST, media_type) for _ in range(2)]

    assert [(answer.status, answer.body) for answer in answers] == [(200, EMPTY_ANSWER[media_type])] * 2
    assert read_span_ids() == [span_id(1), span_id(2)]
    assert read_trace().notes == ()


def test_the_same_spans_in_the_other_encoding_are_kept_once(door: HttpDoor) -> None:
    assert door.send(REQUEST, PROTOBUF).status == 200
    assert door.send(REQUEST, JSON).status == 200

    assert len(read_span_ids()) == 2
    assert read_trace().notes == ()


def test_what_was_received_and_refused_is_counted(door: HttpDoor) -> None:
    def count(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(f"tracing_ui_{name}_total", labels) or 0

    names: list[tuple[str, dict[str, str]]] = [
        ("spans_received", {"transport": "http"}), ("spans_refused", {"reason": "trace_id"}), ("spans_stored", {}),
        ("spans_repeated", {}), ("export_requests", {"transport": "http", "answer": "200"}),
        ("export_requests", {"transport": "http", "answer": "400"}),
    ]  # fmt: skip
    before = [count(name, **labels) for name, labels in names]
    request = make_request(make_span(1, 1), make_span(0, 1))

    for body in (request.SerializeToString(), request.SerializeToString(), b"\xff"):
        door.post(body)

    after = [count(name, **labels) for name, labels in names]
    assert [new - old for new, old in zip(after, before, strict=True)] == [4, 2, 1, 1, 2, 1]


def test_a_batch_of_eight_thousand_spans_is_kept_whole(door: HttpDoor) -> None:
    """What the Collector's batch processor sends."""
    request = make_request(*[make_span(1, number + 1) for number in range(8_192)])

    assert door.send(request).status == 200
    assert len(read_span_ids()) == 8_192


def test_ids_are_hex_in_json_and_their_case_does_not_matter(door: HttpDoor) -> None:
    document = (
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "5B8EFFF798038103D269B633813FC60C",'
        b' "spanId": "eee19B7EC3C1B174", "startTimeUnixNano": "1790000000000000000"}]}]}]}'
    )

    assert door.post(document, JSON).partial_success == (0, "")
    trace = read_trace(int("5b8efff798038103d269b633813fc60c", 16))
    assert trace.rows[0].span.span_id.hex() == "eee19b7ec3c1b174"
    assert trace.trace_id == trace_id(0x5B8EFFF798038103D269B633813FC60C)
