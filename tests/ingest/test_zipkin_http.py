"""Zipkin's doors: what is answered to what, and that 202 means committed."""

import gzip
import json
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.builders import span_id, trace_id
from tests.ingest.doors import Answer, HttpDoor, read_span_ids, read_trace
from tests.thrift_bytes import Entries, Type, write
from traces.domain.span import SpanKind
from traces.ingest.memory import get_memory
from traces.ingest.refusals import get_refusal_log
from traces.storage import get_store
from traces.wire import zipkin_pb2
from traces.wire.thrift import Protocol

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_engine]
JSON, PROTOBUF, THRIFT = "application/json", "application/x-protobuf", "application/x-thrift"
NOW_US = 1_790_000_000_000_000
V1, V2 = "/api/v1/spans", "/api/v2/spans"


@pytest.fixture
def zipkin(settings: Settings, collector_behind: str) -> HttpDoor:
    """Zipkin's port, with a collector behind it."""
    settings.ROOT_URLCONF = "tracing_ui.urls.zipkin"
    settings.MIDDLEWARE = []
    return HttpDoor()


def span_v2(number: int = 1, **fields: Any) -> dict[str, Any]:
    found = {
        "traceId": f"{1:016x}", "id": f"{number:016x}", "name": "Pay", "timestamp": NOW_US, "duration": 5_000,
        "localEndpoint": {"serviceName": "Shop"},
    }  # fmt: skip
    return found | fields


def in_json(*spans: dict[str, Any]) -> bytes:
    return json.dumps(spans).encode()


def in_protobuf() -> bytes:
    span = zipkin_pb2.Span(trace_id=trace_id(1), id=span_id(1), name=b"Pay", timestamp_us=NOW_US, duration_us=5_000)
    span.local_endpoint.service_name = b"Shop"
    return zipkin_pb2.ListOfSpans(spans=[span]).SerializeToString()


def in_json_v1() -> bytes:
    span = span_v2(binaryAnnotations=[{"key": "lc", "value": "", "endpoint": {"serviceName": "Shop"}}])
    del span["localEndpoint"]
    return in_json(span)


def in_thrift() -> bytes:
    host = [(3, Type.TEXT, b"Shop")]
    mark = [(1, Type.TEXT, b"lc"), (2, Type.TEXT, b""), (3, Type.I32, 6), (4, Type.STRUCT, host)]
    span = [
        (1, Type.I64, 1), (3, Type.TEXT, b"Pay"), (4, Type.I64, 1),
        (8, Type.LIST, Entries(Type.STRUCT, [mark])), (10, Type.I64, NOW_US), (11, Type.I64, 5_000),
    ]  # fmt: skip
    return write(Protocol.BINARY, Type.LIST, Entries(Type.STRUCT, [span]))


def assert_accepted(answer: Answer) -> None:
    assert (answer.status, answer.body) == (202, b"")


def assert_refused(answer: Answer, status: int, sentence: str) -> None:
    assert answer.status == status
    assert answer.media_type == "text/plain; charset=utf-8"
    assert answer.body.decode().startswith(sentence)
    assert answer.body.endswith(b"\n")


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [
        (V2, JSON, in_json(span_v2())),
        (V2, "", in_json(span_v2())),
        (V2, "text/plain", in_json(span_v2())),
        (V2, "application/json; charset=utf-8", in_json(span_v2())),
        (V2, PROTOBUF, in_protobuf()),
        (V1, JSON, in_json_v1()),
        (V1, THRIFT, in_thrift()),
        (f"/zipkin{V2}", JSON, in_json(span_v2())),
        (f"{V2}/", JSON, in_json(span_v2())),
    ],
)
def test_spans_are_readable_once_they_are_accepted(zipkin: HttpDoor, path: str, media_type: str, body: bytes) -> None:
    assert_accepted(zipkin.post(body, media_type, path))
    [row] = read_trace().rows
    assert (row.span.operation.name, row.span.operation.service.name) == ("Pay", "Shop")
    assert row.span.duration_ns == 5_000_000


def test_packed_and_chunked_bodies_are_read(zipkin: HttpDoor) -> None:
    packed = gzip.compress(in_json(span_v2()))
    assert_accepted(zipkin.post(packed, JSON, V2, {"Content-Encoding": "gzip"}, is_chunked=True))
    assert read_span_ids() == [span_id(1)]


def test_both_halves_of_a_call_are_kept(zipkin: HttpDoor) -> None:
    halves = in_json(span_v2(kind="CLIENT"), span_v2(kind="SERVER", shared=True, localEndpoint={"serviceName": "Bank"}))
    assert_accepted(zipkin.post(halves, JSON, V2))
    assert read_span_ids() == [span_id(1), span_id(1)]
    assert {row.span.operation.kind for row in read_trace().rows} == {SpanKind.CLIENT, SpanKind.SERVER}


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [(V2, JSON, b""), (V2, JSON, b"[]"), (V2, PROTOBUF, b""), (V1, JSON, b"[]"), (V1, THRIFT, b"\x0c\x00\x00\x00\x00")],
)
def test_nothing_is_accepted(zipkin: HttpDoor, path: str, media_type: str, body: bytes) -> None:
    assert_accepted(zipkin.post(body, media_type, path))


@pytest.mark.parametrize(
    ("path", "media_type", "body", "sentence"),
    [
        (V2, JSON, b"garbage", "Expected a JSON_V2 encoded list\n"),
        (V2, JSON, in_protobuf(), "Expected a JSON_V2 encoded list, but received: PROTO3\n"),
        (V2, JSON, in_json_v1(), "Expected a JSON_V2 encoded list, but received: JSON_V1\n"),
        (V1, JSON, in_json(span_v2()), "Expected a JSON_V1 encoded list, but received: JSON_V2\n"),
        (V1, JSON, in_thrift(), "Expected a JSON_V1 encoded list, but received: THRIFT\n"),
        (V2, JSON, in_json(span_v2())[:-9], "Malformed reading List<Span> from json: "),
        (V2, PROTOBUF, in_protobuf()[:-9], "Malformed reading List<Span> from proto3\n"),
        (V1, THRIFT, in_thrift()[:-9], "Malformed reading List<Span> from TBinary: "),
        (V2, JSON, in_json(span_v2(traceId="0")), "1 span rejected: traceId is all zeros\n"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(
    zipkin: HttpDoor, path: str, media_type: str, body: bytes, sentence: str
) -> None:
    assert_refused(zipkin.post(body, media_type, path), 400, sentence)
    [refusal] = _refusals()
    assert (refusal.door, refusal.kind, refusal.answer, refusal.target) == ("zipkin", "body", "400", f"POST {path}")


def test_a_bad_span_is_left_out_and_noted(zipkin: HttpDoor) -> None:
    before = _count_refused()
    assert_accepted(zipkin.post(in_json(span_v2(1), span_v2(2, traceId="xyz")), JSON, V2))
    assert read_span_ids() == [span_id(1)]
    assert _count_refused() - before == 1
    [refusal] = _refusals()
    assert (refusal.kind, refusal.answer) == ("spans", "202")
    assert refusal.reason == "1 span rejected: traceId should be lower-hex encoded with no prefix"


def test_broken_packing_is_refused(zipkin: HttpDoor) -> None:
    answer = zipkin.post(in_json(span_v2()), JSON, V2, {"Content-Encoding": "gzip"})
    assert_refused(answer, 400, "Cannot gunzip spans: ")
    answer = zipkin.post(in_json(span_v2()), JSON, V2, {"Content-Encoding": "br"})
    assert_refused(answer, 400, "unsupported Content-Encoding: br")


def test_a_body_beyond_the_limit_is_refused(zipkin: HttpDoor, settings: Settings) -> None:
    settings.INGEST_MAX_BODY_BYTES = 1_000
    assert_refused(zipkin.post(b"[" + b" " * 2_000 + b"]", JSON, V2), 413, "The body is larger than 1,000 bytes")
    bomb = gzip.compress(b"[" + b" " * 1_000_000 + b"]")
    answer = zipkin.post(bomb[:900], JSON, V2, {"Content-Encoding": "gzip"})
    assert_refused(answer, 413, "The body is larger than 1,000 bytes")


def test_only_post_sends_spans(zipkin: HttpDoor) -> None:
    answer = zipkin.call("GET", V1, b"", "", {}, None)
    assert_refused(answer, 405, "Spans are sent with POST, not with GET.")
    assert answer.headers["Allow"] == "POST, OPTIONS"


def test_a_browser_of_an_allowed_page_may_send(zipkin: HttpDoor, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    origin = {"Origin": "https://shop.example"}
    preflight = zipkin.call("OPTIONS", V2, b"", "", origin, None)
    assert (preflight.status, preflight.headers["Access-Control-Allow-Methods"]) == (204, "GET, POST, OPTIONS")
    answer = zipkin.post(in_json(span_v2()), JSON, V2, origin)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (202, "https://shop.example")


def test_without_a_collector_the_sender_is_told_to_come_again(zipkin: HttpDoor, settings: Settings) -> None:
    settings.COLLECTOR_URL = "http://127.0.0.1:1"
    answer = zipkin.post(in_json(span_v2()), JSON, V2)
    assert_refused(answer, 503, "The collector does not answer.")
    assert answer.headers["Retry-After"] == "2"


def test_without_memory_the_sender_is_told_to_come_again(zipkin: HttpDoor, settings: Settings) -> None:
    with get_memory().hold(settings.INGEST_MAX_PENDING_BYTES):
        assert_refused(zipkin.post(in_json(span_v2()), JSON, V2), 503, "Too many spans are waiting")
    assert_accepted(zipkin.post(in_json(span_v2()), JSON, V2))


def _refusals() -> Any:
    get_refusal_log().stop()
    get_refusal_log.cache_clear()
    store = get_store()
    return store.list_refusals()


def _count_refused() -> float:
    return REGISTRY.get_sample_value("tracing_ui_spans_refused_total", {"reason": "field"}) or 0.0
