"""The load client against a real server that refuses and breaks off."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import grpc
import pytest

from benchmarks.bodies import write_records
from benchmarks.load import Load, LoadFailed, finish_load, run_load, start_load
from benchmarks.spans import Body
from tests.services.ports import find_free_port
from tests.services.processes import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.any_engine]
BODIES = [Body(b"%d" % number * (1 + number * 997 % 60_000), 10) for number in range(60)]


class Server:
    """Takes what it is sent but for every third request, and breaks off every seventh."""

    def __init__(self) -> None:
        self.taken: Counter[bytes] = Counter()
        self._seen = 0
        self._lock = Lock()

    def judge(self, body: bytes) -> str:
        with self._lock:
            self._seen += 1
            if self._seen % 7 == 0:
                return "break off"
            if self._seen % 3 == 0:
                return "refuse"
            self.taken[body] += 1
            return "take"


@contextmanager
def serve_http(server: Server) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            verdict = server.judge(self.rfile.read(int(self.headers["Content-Length"])))
            if verdict == "break off":
                self.close_connection = True
                return
            self.send_response(200 if verdict == "take" else 503)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        Thread(target=http_server.serve_forever, daemon=True).start()
        yield http_server.server_address[1]
        http_server.shutdown()


@contextmanager
def serve_grpc(server: Server) -> Iterator[int]:
    def export(body: bytes, context: grpc.ServicerContext) -> bytes:
        if server.judge(body) != "take":
            context.abort(grpc.StatusCode.UNAVAILABLE, "later")
        return b""

    method = {"Export": grpc.unary_unary_rpc_method_handler(export)}
    name = "opentelemetry.proto.collector.trace.v1.TraceService"
    grpc_server = grpc.server(ThreadPoolExecutor(4))
    grpc_server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, method),))
    port = grpc_server.add_insecure_port("127.0.0.1:0")
    grpc_server.start()
    yield port
    grpc_server.stop(None).wait()


@pytest.fixture
def file(tmp_path: Path) -> str:
    write_records(tmp_path / "bodies", BODIES)
    return str(tmp_path / "bodies")


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_every_request_is_accepted_once_whatever_happens_to_it(file: str, protocol: str) -> None:
    server = Server()
    with (serve_http if protocol == "http" else serve_grpc)(server) as port:
        load = Load(path=file, ports=[port], first=5, count=50, connections=4, protocol=protocol)
        result = run_load(load)
    assert server.taken == Counter(body.content for body in BODIES[5:55])
    assert (result.span_count, result.request_count) == (500, 50)
    assert result.statuses["200" if protocol == "http" else "OK"] == 50
    assert result.refusals > 10
    assert (result.reconnects > 3) == (protocol == "http")
    assert len(result.rates) == 10
    assert 0 < result.p50_ms <= result.p99_ms <= result.max_ms


def test_a_paced_load_takes_as_long_as_it_shall(file: str) -> None:
    server = Server()
    with serve_http(server) as port:
        result = run_load(Load(path=file, ports=[port], first=0, count=40, connections=4, rate=400.0))
    assert result.span_count == 400
    assert result.seconds >= 39 * 10 / 400


def test_a_load_that_is_told_to_end_says_what_was_accepted(file: str) -> None:
    server = Server()
    with serve_http(server) as port:
        process = start_load(Load(path=file, ports=[port], first=0, count=60, connections=4, rate=50.0))
        wait_until(lambda: server.taken.total() >= 5)
        process.terminate()
        result = finish_load(process)
    assert 5 <= result.request_count == server.taken.total() < 60


def test_a_load_that_cannot_be_sent_fails_and_says_why(file: str) -> None:
    with pytest.raises(LoadFailed, match="Connection refused"):
        run_load(Load(path=file, ports=[find_free_port()], first=0, count=1, connections=1))
