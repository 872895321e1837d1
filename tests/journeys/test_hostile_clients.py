"""Senders and readers who mean harm, or know no better, against the real servers: everybody else is served."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import quote, urlsplit

import pytest

from tests.builders import make_request, make_span
from tests.journeys.sender import STORED, send_span, sending_over_grpc
from tests.services.processes import TracingUI

pytestmark = [pytest.mark.journey, pytest.mark.any_engine]

SLOW_REGEX = quote("(.*.?){300}a")
DAY_NS = 86_400 * 10**9


@pytest.fixture(scope="module")
def limits() -> dict[str, str]:
    return {
        "INGEST_THREADS": "4", "INGEST_MAX_UPLOADS": "200", "SEARCH_TIMEOUT_SECONDS": "2",
        "WEB_THREADS": "8", "SEARCH_MAX_CONCURRENT": "4",
    }  # fmt: skip


def ask(tracing_ui: TracingUI, path: str, body: bytes | None = None) -> tuple[int, str]:
    """Status and body of what the web port answers."""
    connection = http.client.HTTPConnection(urlsplit(tracing_ui.url).netloc, timeout=60)
    try:
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request("POST" if body else "GET", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@contextmanager
def connections(url: str, count: int, first_bytes: bytes) -> Iterator[list[socket.socket]]:
    """Open connections on which nothing more is said than this."""
    address = urlsplit(url)
    opened = [socket.create_connection((str(address.hostname), address.port or 80), 30) for _ in range(count)]
    try:
        for each in opened:
            each.sendall(first_bytes)
        yield opened
    finally:
        for each in opened:
            each.close()


def test_nobody_is_kept_out(
    start_server: Callable[..., AbstractContextManager[TracingUI]], limits: dict[str, str]
) -> None:
    with start_server(**limits) as tracing_ui:
        slow_senders_do_not_stop_others(tracing_ui)
        send_long_values(tracing_ui)
        slow_searches_do_not_stop_others(tracing_ui)
        hostile_searches_are_answered(tracing_ui)
        assert send_span(tracing_ui.otlp_http_url, 5)[0] == 200
        assert len(tracing_ui.find_pids("web")) == len(tracing_ui.find_pids("collector")) == 2


def slow_senders_do_not_stop_others(tracing_ui: TracingUI) -> None:
    """Idle connections, headers that do not end, bodies that do not come: over HTTP and over gRPC."""
    head = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
    url = tracing_ui.otlp_http_url
    with (
        connections(url, 300, b""),
        connections(url, 100, head),
        connections(url, 60, head + b"Content-Length: 50\r\n\r\n\x0a"),
        connections(url, 60, head + b"Transfer-Encoding: chunked\r\n\r\n1\r\n\x0a\r\n"),
        connections(tracing_ui.otlp_grpc_url, 50, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ):
        time.sleep(0.5)
        assert [send_span(url, number)[0] for number in (1, 2)] == [200, 200]
        with sending_over_grpc(tracing_ui) as send:
            assert send(make_request(make_span(3, start_ns=time.time_ns())).SerializeToString()) == STORED


def send_long_values(tracing_ui: TracingUI) -> None:
    spans = [
        make_span(10 + number, number, start_ns=time.time_ns(), attributes={"t": "b" * 100_000})
        for number in range(1, 41)
    ]
    connection = http.client.HTTPConnection(urlsplit(tracing_ui.otlp_http_url).netloc, timeout=60)
    body = make_request(*spans).SerializeToString()
    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
    assert connection.getresponse().status == 200
    connection.close()


def slow_searches_do_not_stop_others(tracing_ui: TracingUI) -> None:
    """Of thirty at once some are answered with what they found, others told to come again; all other pages answer."""
    with ThreadPoolExecutor(30) as pool:
        searches = [pool.submit(ask, tracing_ui, f"/api/v1/traces?attributes=t%3D~{SLOW_REGEX}") for _ in range(30)]
        time.sleep(0.3)
        assert [ask(tracing_ui, path)[0] for path in ("/healthz", "/readyz", "/api/v1/services")] == [200, 200, 200]
        answers = [search.result(60) for search in searches]
    assert {status for status, _ in answers} == {200, 503}
    assert all(json.loads(text)["is_complete"] is False for status, text in answers if status == 200)
    assert {json.loads(text)["error"]["message"] for status, text in answers if status == 503} == {
        "Too many searches run at the moment (SEARCH_MAX_CONCURRENT). Try again."
    }
    assert ask(tracing_ui, "/api/v1/traces?service=shop")[0] == 200


def hostile_searches_are_answered(tracing_ui: TracingUI) -> None:
    heavy = [{"key": "t", "comparison": "=~", "value": rf"(\pL|\pN){{5}}.*{number}"} for number in range(3_000)]
    deep = b'{"where":' + b'{"and":[' * 900 + b'{"key":"t","comparison":"exists"}' + b"]}" * 900 + b"}"
    questions: list[tuple[str, bytes | None, int]] = [
        ("/api/v1/traces?start=0&end=9999-12-31", None, 200),
        ("/api/v1/traces?lookback=99999999w", None, 200),
        ("/api/v1/traces?start=0001-01-01&end=1969-12-31", None, 400),
        ("/api/v1/traces?limit=1000000", None, 400),
        (f"/api/v1/traces?cursor={'A' * 43}", None, 200),
        (f"/api/v1/traces?cursor={'A' * 5_000}", None, 400),
        (f"/api/v1/traces?service={'n' * 60_000}", None, 400),
        (f"/api/v1/attributes/values?key={'k' * 60_000}", None, 400),
        ("/api/v1/attributes/values?key=t", None, 200),
        (f"/api/v1/traces?attributes={quote('(a{1000}){1000}')}", None, 200),
        (f"/api/v1/traces?attributes=t%3D~{quote('(a{1000}){1000}')}", None, 400),
        (f"/api/v1/traces?attributes={'a+' * 4_000}", None, 400),
        (f"/search?tags={'a+' * 30_000}", None, 400),
        (f"/search?service={'n' * 60_000}", None, 200),
        (f"/trace/{'f' * 60_000}", None, 400),
        ("/api/v1/traces/search", json.dumps({"where": {"or": heavy}}).encode(), 400),
        ("/api/v1/traces/search", deep, 400),
        ("/api/v1/traces/search", b"[" * 100_000, 400),
        ("/api/v1/traces/search", json.dumps({"where": {"or": heavy[:60]}}).encode(), 200),
    ]
    answered = [(path[:60], ask(tracing_ui, path, body)[0]) for path, body, _ in questions]
    assert answered == [(path[:60], status) for path, _, status in questions]
    assert ask(tracing_ui, f"/search?tags={'n' * 1_000_000}")[0] in (414, 431)
