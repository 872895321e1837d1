"""Jaeger's doors over HTTP and gRPC, with a collector behind them: an answer comes after the commit."""

import gzip
from collections.abc import Iterator

import grpc
import pytest
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.builders import trace_id
from tests.ingest import jaeger_batches as batches
from tests.ingest.doors import Answer, HttpDoor, read_span_ids, read_trace
from tests.services.ports import find_free_port
from traces.domain.errors import TraceNotFound
from traces.ingest.canonical import BAD_SPAN_ID
from traces.ingest.jaeger_grpc import start_server
from traces.ingest.memory import get_memory
from traces.ingest.refusals import get_refusal_log
from traces.storage import get_store
from traces.wire import jaeger_pb2 as jaeger
from traces.wire.thrift import Protocol

pytestmark = [pytest.mark.any_engine, pytest.mark.django_db(transaction=True)]

THRIFT = "application/x-thrift"
PATH = "/api/traces?format=jaeger.thrift"
POST_SPANS = "/jaeger.api_v2.CollectorService/PostSpans"


@pytest.fixture
def port(door: HttpDoor, settings: Settings, collector_behind: str) -> HttpDoor:
    """Port 14268."""
    settings.SERVED_PORT = "gateway"
    settings.ROOT_URLCONF = "tracing_ui.urls.jaeger_collector"
    return door


@pytest.fixture
def channel(collector_behind: str) -> Iterator[grpc.Channel]:
    """To port 14250."""
    number = find_free_port()
    server = start_server("127.0.0.1", number)
    with grpc.insecure_channel(f"127.0.0.1:{number}") as channel:
        yield channel
    server.stop(0).wait()


def post(port: HttpDoor, body: bytes, content_type: str = THRIFT, **headers: str) -> Answer:
    return port.post(body, content_type, PATH, {name.replace("_", "-"): value for name, value in headers.items()})


def has_stored(trace: int = 1) -> bool:
    try:
        read_trace(trace)
    except TraceNotFound:
        return False
    return True


def count_answers(door: str, answer: str) -> float:
    return REGISTRY.get_sample_value("tracing_ui_export_requests_total", {"transport": door, "answer": answer}) or 0


def count_refused(reason: str) -> float:
    return REGISTRY.get_sample_value("tracing_ui_spans_refused_total", {"reason": reason}) or 0


@pytest.mark.parametrize(
    ("content_type", "protocol"),
    [
        (THRIFT, Protocol.BINARY),
        ("application/x-thrift; charset=utf-8", Protocol.COMPACT),
        ("application/vnd.apache.thrift.binary", Protocol.BINARY),
        ("application/vnd.apache.thrift.compact", Protocol.COMPACT),
    ],
)
def test_a_batch_is_committed_when_it_is_accepted(port: HttpDoor, content_type: str, protocol: Protocol) -> None:
    before = count_answers("jaeger http", "202")
    body = batches.body(batches.span(1, 1), batches.span(1, 2, parent=1), protocol=protocol)
    answer = post(port, body, content_type)
    assert (answer.status, answer.body) == (202, b"")
    assert len(read_span_ids()) == 2
    assert {row.span.operation.service.name for row in read_trace().rows} == {"shop"}
    assert count_answers("jaeger http", "202") == before + 1


def test_a_batch_may_be_packed_and_chunked(port: HttpDoor) -> None:
    body = gzip.compress(batches.body(batches.span(1, 1)))
    answer = port.post(body, THRIFT, PATH, {"Content-Encoding": "gzip"}, is_chunked=True)
    assert (answer.status, len(read_span_ids())) == (202, 1)


def test_a_batch_sent_twice_is_stored_once(port: HttpDoor) -> None:
    body = batches.body(batches.span(1, 1))
    assert [post(port, body).status for _ in range(2)] == [202, 202]
    assert len(read_span_ids()) == 1


def test_an_empty_batch_is_accepted(port: HttpDoor) -> None:
    assert post(port, batches.body()).status == 202


def test_a_good_span_is_kept_beside_a_bad_one(port: HttpDoor) -> None:
    """The protocol cannot say that one was refused: it is counted."""
    before = count_refused("span_id")
    assert post(port, batches.body(batches.span(1, 0), batches.span(1, 2))).status == 202
    assert len(read_span_ids()) == 1
    assert count_refused("span_id") == before + 1


@pytest.mark.parametrize(
    ("body", "content_type", "status", "sentence"),
    [
        (b"{}", "application/json", 400, "Unsupported content type: application/json."),
        (b"", "", 400, "Unsupported content type: none."),
        (b"", THRIFT, 400, "Unable to process request body: The body is not a jaeger.thrift Batch"),
        (b"garbage", THRIFT, 400, "Unable to process request body: "),
        (batches.body(batches.span())[:-9], THRIFT, 400, "it ends early"),
        (batches.body(batches.span()) + b"\0", THRIFT, 400, "it goes on for 1 bytes"),
        (batches.body(batches.span(0, 1)), THRIFT, 400, "1 span rejected: a trace id has 16 bytes"),
        (b"\x0c\0\x01\x0b\0\x01\x7f\xff\xff\xff", THRIFT, 400, "a text claims 2,147,483,647 bytes"),
        (b"\x0c\0\x63" * 40, THRIFT, 400, "it nests more than 32 deep"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    port: HttpDoor, body: bytes, content_type: str, status: int, sentence: str
) -> None:
    answer = post(port, body, content_type)
    assert (answer.status, answer.media_type) == (status, "text/plain; charset=utf-8")
    assert sentence in answer.body.decode()
    assert not has_stored()


def test_only_post_is_answered(port: HttpDoor) -> None:
    answer = port.call("GET", PATH, b"", "", {}, None)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_a_body_over_the_limit_is_refused(port: HttpDoor, settings: Settings) -> None:
    settings.INGEST_MAX_BODY_BYTES = 1_000
    body = batches.body(batches.span(text="x" * 2_000))
    assert post(port, body).status == 413
    assert post(port, gzip.compress(body), Content_Encoding="gzip").status == 413
    assert not has_stored()


def test_a_packed_body_that_is_not_is_refused(port: HttpDoor) -> None:
    assert post(port, batches.body(batches.span()), Content_Encoding="gzip").status == 400
    assert post(port, batches.body(batches.span()), Content_Encoding="br").status == 400


def test_without_a_collector_the_client_is_to_come_again(port: HttpDoor, settings: Settings) -> None:
    settings.COLLECTOR_URL = f"http://127.0.0.1:{find_free_port()}"
    answer = post(port, batches.body(batches.span()))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert answer.body.decode().startswith("Cannot submit Jaeger batch: ")


def test_without_memory_the_client_is_to_come_again(port: HttpDoor, settings: Settings) -> None:
    with get_memory().hold(settings.INGEST_MAX_PENDING_BYTES):
        assert post(port, batches.body(batches.span())).status == 503
    assert post(port, batches.body(batches.span())).status == 202


def test_a_refused_batch_is_noted(port: HttpDoor) -> None:
    post(port, b"garbage")
    get_refusal_log().stop()
    [refusal] = get_store().list_refusals()
    assert (refusal.door, refusal.answer, refusal.target) == ("jaeger http", "400", "POST /api/traces")


def request(*spans: jaeger.Span) -> bytes:
    process = jaeger.Process(service_name=b"shop")
    return jaeger.PostSpansRequest(batch=jaeger.Batch(spans=spans, process=process)).SerializeToString()


def span(number: int) -> jaeger.Span:
    return jaeger.Span(
        trace_id=trace_id(1),
        span_id=number.to_bytes(8),
        operation_name=b"op",
        start_time=jaeger.Time(seconds=1_700_000_000),
        duration=jaeger.Time(nanos=5),
    )


def call(channel: grpc.Channel, body: bytes, method: str = POST_SPANS) -> bytes:
    answer: bytes = channel.unary_unary(method, bytes, bytes)(body, timeout=20)
    return answer


def test_posted_spans_are_committed_on_return(channel: grpc.Channel) -> None:
    assert call(channel, request(span(1), span(2))) == b""
    assert len(read_span_ids()) == 2


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        (b"\xff", grpc.StatusCode.INVALID_ARGUMENT, "The body is not a jaeger.api_v2.PostSpansRequest in protobuf."),
        (request(span(1))[:-3], grpc.StatusCode.INVALID_ARGUMENT, "The body is not a jaeger.api_v2.PostSpansRequest"),
        (request(span(0)), grpc.StatusCode.INVALID_ARGUMENT, "1 span rejected: a span id has 8 bytes"),
    ],
)
def test_a_call_that_cannot_be_read_fails(
    channel: grpc.Channel, body: bytes, code: grpc.StatusCode, sentence: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, body)
    assert caught.value.code() is code
    assert (caught.value.details() or "").startswith(sentence)
    assert not has_stored()


def test_spans_that_are_left_out_of_a_call_are_noted(channel: grpc.Channel) -> None:
    before = count_refused("span_id")
    assert call(channel, request(span(1), span(0))) == b""
    assert len(read_span_ids()) == 1
    assert count_refused("span_id") == before + 1
    get_refusal_log().stop()
    get_refusal_log.cache_clear()
    [refusal] = get_store().list_refusals()
    assert (refusal.door, refusal.kind, refusal.answer) == ("jaeger grpc", "spans", "OK")
    assert (refusal.target, refusal.reason) == ("CollectorService/PostSpans", f"1 span rejected: {BAD_SPAN_ID}")


def test_a_call_without_a_collector_may_be_made_again(channel: grpc.Channel, settings: Settings) -> None:
    settings.COLLECTOR_URL = f"http://127.0.0.1:{find_free_port()}"
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, request(span(1)))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_another_service_is_not_answered(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, b"", "/jaeger.api_v2.SamplingManager/GetSamplingStrategy")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
