"""Setting up a first sender: what goes wrong at the collector's ports is read on the web page, and then it works."""

import http.client
import re
import urllib.request
from urllib.parse import urlsplit

import grpc
import pytest

from tests.builders import make_request, make_span
from tests.journeys.sender import EXPORT, STORED, send_span, sending_over_grpc
from tests.services.processes import TracingUI, wait_until

pytestmark = [pytest.mark.journey, pytest.mark.any_engine]


def read_beginning(tracing_ui: TracingUI) -> str:
    """What the page says, in one line."""
    with urllib.request.urlopen(f"{tracing_ui.url}/beginning", timeout=30) as answer:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.read().decode()))


def post(tracing_ui: TracingUI, path: str, content_type: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(tracing_ui.otlp_http_url).netloc, timeout=30)
    try:
        connection.request(
            "POST", path, make_request(make_span(1, 1)).SerializeToString(), {"Content-Type": content_type}
        )
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_sender_that_is_refused_is_seen_and_so_is_the_first_span(tracing_ui: TracingUI) -> None:
    assert "no spans yet" in read_beginning(tracing_ui)

    assert post(tracing_ui, "/v1/traces", "text/plain") == 415
    wait_until(lambda: "refused" in read_beginning(tracing_ui))
    assert "POST /v1/traces → 415 The Content-Type is “text/plain”" in read_beginning(tracing_ui)

    assert post(tracing_ui, "/", "application/x-protobuf") == 404
    wait_until(lambda: "POST / → 404 Spans go to /v1/traces" in read_beginning(tracing_ui))

    with grpc.insecure_channel(urlsplit(tracing_ui.otlp_grpc_url).netloc) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            "/jaeger.api_v2.Collector/Post", bytes, bytes
        )
        assert call.future(b"", timeout=30).exception()
    wait_until(lambda: "/jaeger.api_v2.Collector/Post → UNIMPLEMENTED" in read_beginning(tracing_ui))

    with grpc.insecure_channel(urlsplit(tracing_ui.otlp_http_url).netloc) as channel:
        assert channel.unary_unary(EXPORT, bytes, bytes).future(b"", timeout=30).exception()
    port = urlsplit(tracing_ui.otlp_grpc_url).port
    wait_until(lambda: f"This is OTLP over gRPC, which is served on port {port}." in read_beginning(tracing_ui))

    with sending_over_grpc(tracing_ui) as send:
        assert send(make_request(make_span(1, 1), service="checkout").SerializeToString()) == STORED
    assert re.search(r"First span received from checkout [\d.]+ m?s ago Open it →", read_beginning(tracing_ui))
    assert send_span(tracing_ui.otlp_http_url, 2)[0] == 200
