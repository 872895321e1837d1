"""Refused requests are noted where the pages find them, and accepted ones cost nothing more."""

import threading
from collections.abc import Callable, Iterator, Sequence

import grpc
import pytest
from pytest_django import Settings

from tests.builders import make_request, make_span
from tests.ingest.doors import JSON, HttpDoor
from tests.ingest.trouble import locked_database
from tests.services.ports import find_free_port
from traces.domain.refusal import Refusal, RefusalKind, make_refusal
from traces.ingest.otlp_grpc import start_server
from traces.ingest.pipeline import Pipeline
from traces.ingest.refusals import RefusalLog, explain_path, get_refusal_log
from traces.storage import get_store

REQUEST = make_request(make_span(1, 1)).SerializeToString()
ALL_BAD = make_request(make_span(1, 1, span_id=b"short")).SerializeToString()
TAKES = "this port takes protobuf (application/x-protobuf) or JSON (application/json)."
TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def noted() -> list[tuple[str, str, str, str]]:
    """Kind, answer, target and reason of what the store has after everything is written."""
    get_refusal_log().stop()
    return [(item.kind.value, item.answer, item.target, item.reason) for item in get_store().list_refusals()]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("send", "expected"),
    [
        (
            lambda door: door.post(b"{}", "text/plain"),
            ("media type", "415", "POST /v1/traces",
             f"The Content-Type is “text/plain”: {TAKES}"),
        ),
        (
            lambda door: door.post(b"", ""),
            ("media type", "415", "POST /v1/traces",
             f"The Content-Type is missing: {TAKES}"),
        ),
        (
            lambda door: door.post(REQUEST, path="/v1/trace"),
            ("path", "404", "POST /v1/trace", "Nothing is served at this address. Spans go to /v1/traces."),
        ),
        (
            lambda door: door.post(REQUEST, path="/api/traces"),
            ("path", "404", "POST /api/traces",
             "This is the address of Jaeger's Thrift, which is served on port 14268; OTLP goes to /v1/traces."),
        ),
        (
            lambda door: door.post(b"{", JSON),
            ("body", "400", "POST /v1/traces",
             "The body is not JSON: unexpected end of data: line 1 column 2 (char 1)."),
        ),
        (
            lambda door: door.post(b"\x0a\xff"),
            ("body", "400", "POST /v1/traces", "The body is not an OTLP ExportTraceServiceRequest in protobuf."),
        ),
        (
            lambda door: door.post(REQUEST, headers={"Content-Encoding": "br"}),
            ("body", "400", "POST /v1/traces", "unsupported Content-Encoding: br"),
        ),
        (
            lambda door: door.post(b"x" * 2_000),
            ("size", "413", "POST /v1/traces", "The body is larger than 1,000 bytes (INGEST_MAX_BODY_BYTES)."),
        ),
        (
            lambda door: door.call("PUT", "/v1/traces", REQUEST, JSON, {}, len(REQUEST)),
            ("method", "405", "PUT /v1/traces", "Spans are sent with POST, not with PUT."),
        ),
        (
            lambda door: door.post(REQUEST, headers={"Host": "traces.example.org"}),
            ("host", "421", "POST /v1/traces",
             "This server does not answer to that host name. Add it to ALLOWED_HOSTS if it should."),
        ),
        (
            lambda door: door.post(REQUEST, headers={"Origin": "https://shop.example.org"}),
            ("origin", "403", "POST /v1/traces",
             "A web page of another origin may not send this. Add it to CORS_ALLOWED_ORIGINS if it may."),
        ),
        (
            lambda door: door.post(ALL_BAD),
            ("spans", "200", "POST /v1/traces", "1 span rejected: a span id has 8 bytes, not all zero"),
        ),
    ],
    ids=lambda value: value[0] + value[2] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_refused_request_is_noted(
    door: HttpDoor, settings: Settings, send: Callable[[HttpDoor], object], expected: tuple[str, ...]
) -> None:
    settings.INGEST_MAX_BODY_BYTES = 1_000
    send(door)
    assert noted() == [expected]


@pytest.mark.django_db(transaction=True)
def test_what_was_taken_or_only_looked_for_is_not_noted(door: HttpDoor) -> None:
    assert door.post(REQUEST).status == 200
    assert door.post(make_request(make_span(2, 1), make_span(2, 2, span_id=b"x")).SerializeToString()).status == 200
    assert door.post(b"", path="/v1/metrics").status == 200
    for method in ("GET", "HEAD", "OPTIONS"):
        door.call(method, "/favicon.ico", b"", "", {}, 0)
        door.call(method, "/v1/traces", b"", "", {}, 0)
    assert noted() == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_costs_the_note_and_not_the_request(door: HttpDoor) -> None:
    with locked_database():
        assert door.post(b"{", JSON).status == 400
    assert door.post(b"", "text/plain").status == 415
    assert ("media type", "415") in [item[:2] for item in noted()]


@pytest.fixture
def channel(settings: Settings) -> Iterator[grpc.Channel]:
    pipeline = Pipeline([get_store()], max_pending_bytes=2**24, commit_timeout_seconds=2)
    port = find_free_port()
    server = start_server("127.0.0.1", port, pipeline)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    server.stop(grace=None).wait()
    pipeline.stop()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        (TRACES, b"\x0a\xff", ("body", "INVALID_ARGUMENT", "TraceService/Export",
                               "The body is not an OTLP ExportTraceServiceRequest in protobuf.")),
        (TRACES, ALL_BAD, ("spans", "OK", "TraceService/Export",
                           "1 span rejected: a span id has 8 bytes, not all zero")),
        ("/jaeger.api_v2.CollectorService/PostSpans", b"", (
            "path", "UNIMPLEMENTED", "/jaeger.api_v2.CollectorService/PostSpans",
            "This port takes OTLP: opentelemetry.proto.collector.trace.v1.TraceService/Export.")),
    ],
)  # fmt: skip
def test_a_refused_call_is_noted(channel: grpc.Channel, method: str, body: bytes, expected: tuple[str, ...]) -> None:
    call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method, bytes, bytes)
    answer = call.future(body, timeout=20)
    answer.exception()
    assert noted() == [expected]
    assert get_store().list_refusals()[0].door == "grpc"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is taken as it is"),
        ("/v1/traces/v1/traces", "twice"),
        ("/api/v2/spans", "Zipkin"),
        (TRACES, "served on port 4317"),
        ("/anything", "Spans go to /v1/traces"),
    ],
)
def test_a_wrong_address_is_explained(path: str, words: str) -> None:
    assert words in explain_path(path)


def refusal(kind: RefusalKind, reason: str) -> Refusal:
    return make_refusal("http", kind, "400", "POST /", reason, 1)


def test_a_flood_of_refusals_is_few_writes_and_the_latest_is_kept() -> None:
    written: list[list[str]] = []
    is_first_written = threading.Event()

    def write(refusals: Sequence[Refusal]) -> None:
        written.append([item.reason for item in refusals])
        is_first_written.set()

    log = RefusalLog(write, pause_seconds=60)
    log.note(refusal(RefusalKind.BODY, "first"))
    assert is_first_written.wait(10)
    for number in range(1_000):
        log.note(refusal(RefusalKind.BODY, f"body {number}"))
        log.note(refusal(RefusalKind.PATH, f"path {number}"))
    log.stop()

    assert written == [["first"], ["body 999", "path 999"]]


def test_the_thread_ends_when_there_is_nothing_to_note_and_comes_back() -> None:
    written: list[str] = []
    log = RefusalLog(lambda refusals: written.extend(item.reason for item in refusals), pause_seconds=0)
    for number in range(5):
        log.note(refusal(RefusalKind.BODY, f"{number}"))
        log.stop()
    assert written == ["0", "1", "2", "3", "4"]
    assert not [thread for thread in threading.enumerate() if thread.name == "refusals"]


def test_a_write_that_fails_ends_nothing() -> None:
    written: list[str] = []

    def write(refusals: Sequence[Refusal]) -> None:
        if not written:
            written.append("failed")
            raise OSError("no such disk")
        written.extend(item.reason for item in refusals)

    log = RefusalLog(write, pause_seconds=0)
    log.note(refusal(RefusalKind.BODY, "lost"))
    log.stop()
    log.note(refusal(RefusalKind.BODY, "kept"))
    log.stop()
    assert written == ["failed", "kept"]
