"""Spans that another process hands on to the collector."""

import socket
from threading import Thread

import pytest
from pytest_django import Settings

from tests.builders import make_request, make_span
from tests.ingest.doors import read_span_ids
from traces.domain.errors import PayloadRejected, StoreUnavailable
from traces.ingest.handing_on import close_connections, hand_on
from traces.ingest.pipeline import get_pipeline
from traces.ingest.result import Translated

pytestmark = pytest.mark.any_engine


def translated(body: bytes, span_count: int = 1) -> Translated:
    return Translated(body=body, span_count=span_count)


def test_spans_are_committed_on_return(collector_behind: str) -> None:
    body = make_request(make_span(trace=1, span=1), make_span(trace=1, span=2)).SerializeToString()
    handed = hand_on(translated(body, 2), "zipkin")
    assert (handed.rejected, handed.message) == (0, "")
    assert len(read_span_ids()) == 2


def test_what_the_collector_does_not_keep_is_said(collector_behind: str) -> None:
    bad = make_span(trace=1, span=2)
    bad.span_id = b"short"
    body = make_request(make_span(trace=1, span=1), bad).SerializeToString()
    handed = hand_on(translated(body, 2), "zipkin")
    assert handed.rejected == 1
    assert "a span id has 8 bytes" in handed.message


def test_a_body_that_nobody_can_read_is_rejected_for_ever(collector_behind: str) -> None:
    with pytest.raises(PayloadRejected, match="not an OTLP"):
        hand_on(translated(b"\x0a\xff"), "zipkin")


def test_a_collector_without_room_says_when_to_come_again(collector_behind: str, settings: Settings) -> None:
    body = make_request(make_span()).SerializeToString()
    with get_pipeline().hold(settings.INGEST_MAX_PENDING_BYTES), pytest.raises(StoreUnavailable) as caught:
        hand_on(translated(body), "zipkin")
    assert caught.value.retry_after_seconds >= 1


def test_without_a_collector_the_sender_is_to_come_again(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.COLLECTOR_URL = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(StoreUnavailable, match="does not answer"):
        hand_on(translated(b"\x0a\x00"), "zipkin")


def test_a_connection_that_was_closed_meanwhile_costs_nothing(collector_behind: str, settings: Settings) -> None:
    """One that the collector closed while it was idle, and one that it closes at the first request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.COLLECTOR_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.settimeout(5)

        def hang_up_twice() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                connection.recv(65_536)
                connection.close()

        thread = Thread(target=hang_up_twice)
        thread.start()
        with pytest.raises(StoreUnavailable):
            hand_on(translated(b"\x0a\x00"), "zipkin")
        thread.join()
    close_connections()


def test_nobody_is_asked_without_a_span(settings: Settings) -> None:
    settings.COLLECTOR_URL = "http://127.0.0.1:1"
    assert hand_on(translated(b"", 0), "zipkin").rejected == 0
