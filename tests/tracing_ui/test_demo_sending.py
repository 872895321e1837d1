"""The demo's sender waits when it is told to, tries again, and says what was not taken."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.services.ports import find_free_port
from traces.wire import otlp_pb2 as wire
from tracing_ui.demo.export import Request
from tracing_ui.demo.send import NotTaken, Sent, send

pytestmark = [pytest.mark.journey, pytest.mark.any_engine]
TWO = [Request(b"first", 3), Request(b"second", 4)]


@dataclass
class Door:
    """Gives its answers one after the other, then 200; remembers what came."""

    answers: list[tuple[int, dict[str, str], bytes]]
    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)


@contextmanager
def open_door(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[Door]:
    """A real server on a port of its own."""
    door = Door(list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            door.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            door.connections.add(self.client_address)
            status, headers, body = door.answers.pop(0) if door.answers else (200, {}, b"")
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        door.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield door
        server.shutdown()
        thread.join()


def test_everything_goes_over_one_connection_and_is_counted() -> None:
    heard: list[int] = []
    with open_door() as door:
        sent = send("127.0.0.1", door.port, TWO, lambda so_far: heard.append(so_far.spans))
    assert sent == Sent(requests=2, spans=7, bytes=11)
    assert (door.bodies, heard, len(door.connections)) == ([b"first", b"second"], [3, 7], 1)


@pytest.mark.parametrize("status", [429, 503])
def test_what_is_asked_to_wait_is_sent_again(status: int) -> None:
    with open_door((status, {"Retry-After": "0"}, b"full"), (status, {"Retry-After": "soon"}, b"full")) as door:
        assert send("127.0.0.1", door.port, TWO).spans == 7
    assert door.bodies == [b"first", b"first", b"first", b"second"]


def test_what_is_refused_for_good_is_not_sent_again() -> None:
    with open_door((400, {}, b"no")) as door, pytest.raises(NotTaken, match="400 Bad Request"):
        send("127.0.0.1", door.port, TWO)
    assert door.bodies == [b"first"]


def test_spans_that_are_rejected_are_said() -> None:
    said = wire.Response(partial_success=wire.PartialSuccess(rejected=2, error_message="too old"))
    with open_door((200, {}, said.SerializeToString())) as door, pytest.raises(NotTaken, match=r"2 spans .* too old"):
        send("127.0.0.1", door.port, TWO)


def test_nobody_there_is_said_after_some_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracing_ui.demo.send._ATTEMPTS", 2)
    with pytest.raises(NotTaken, match="Connection refused"):
        send("127.0.0.1", find_free_port(), TWO)
