"""The load client: sends recorded bodies over many connections and measures every answer.

A process of its own (`python -m benchmarks.load FILE …`, see `run_load`), written for little CPU time: one thread, raw
sockets, bodies straight from the mapped file. Only an answer of 200 or 202 counts. On 503 or a broken connection the
same body is sent again, which is counted.
"""

import json
import resource
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from benchmarks.bodies import map_records
from benchmarks.places import REPOSITORY
from benchmarks.statistics import quantile, rates_by_part

_RETRY_AFTER_SECONDS = 0.2
_GIVE_UP_AFTER_SECONDS = 60.0
_ACCEPTED = (200, 202)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send where. `first` and `count` choose requests of the file; a `rate` in spans/s paces them."""

    path: str
    ports: list[int]
    first: int
    count: int
    connections: int
    protocol: str = "http"
    address: str = "/v1/traces"
    media_type: str = "application/x-protobuf"
    rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What came of it. `rates` are spans/s in each tenth of the spans, in order."""

    span_count: int
    seconds: float
    request_count: int
    statuses: dict[str, int]
    reconnects: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    rates: list[float]
    client_cpu_seconds: float

    @property
    def rate(self) -> float:
        """Accepted spans a second."""
        return self.span_count / self.seconds

    @property
    def refusals(self) -> int:
        """Answers other than success."""
        return sum(count for status, count in self.statuses.items() if status not in ("200", "202", "OK"))


@dataclass(slots=True)
class Tally:
    """Answers as they come."""

    started: float = field(default_factory=time.perf_counter)
    statuses: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    progress: list[tuple[float, int]] = field(default_factory=list)
    reconnects: int = 0

    def accept(self, seconds: float, spans: int) -> None:
        self.latencies.append(seconds)
        self.progress.append((time.perf_counter() - self.started, spans))

    def result(self) -> LoadResult:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        sorted_ms = sorted(1_000 * seconds for seconds in self.latencies)
        return LoadResult(
            span_count=sum(spans for _, spans in self.progress),
            seconds=self.progress[-1][0],
            request_count=len(self.latencies),
            statuses=dict(self.statuses),
            reconnects=self.reconnects,
            p50_ms=quantile(sorted_ms, 0.5),
            p95_ms=quantile(sorted_ms, 0.95),
            p99_ms=quantile(sorted_ms, 0.99),
            max_ms=sorted_ms[-1],
            rates=rates_by_part(self.progress, 10),
            client_cpu_seconds=usage.ru_utime + usage.ru_stime,
        )


def run_load(load: Load) -> LoadResult:
    """Send in a process of its own and wait for it. Raises RuntimeError with what it said if it gives up."""
    with start_load(load) as process:
        return finish_load(process)


def start_load(load: Load) -> subprocess.Popen[str]:
    """The same without waiting; `finish_load` waits."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", json.dumps(asdict(load))],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish_load(process: subprocess.Popen[str]) -> LoadResult:
    said, complaint = process.communicate()
    if process.returncode:
        raise RuntimeError(complaint[-2_000:])
    return LoadResult(**json.loads(said))


class _Work:
    """Requests in order, those to be repeated first, none before its time."""

    def __init__(self, load: Load) -> None:
        self._fresh: Iterator[tuple[int, memoryview]] = islice(map_records(Path(load.path), load.first), load.count)
        self._again: deque[tuple[float, tuple[int, memoryview]]] = deque()
        self._rate = load.rate
        self._due = time.perf_counter()
        self.is_exhausted = False

    def take(self, now: float) -> tuple[int, memoryview] | None:
        """The next request, or None where none is due."""
        if self._again and self._again[0][0] <= now:
            return self._again.popleft()[1]
        if self.is_exhausted or now < self._due:
            return None
        request = next(self._fresh, None)
        if request is None:
            self.is_exhausted = True
        elif self._rate:
            self._due += request[0] / self._rate
        return request

    def give_back(self, request: tuple[int, memoryview]) -> None:
        self._again.append((time.perf_counter() + _RETRY_AFTER_SECONDS, request))

    @property
    def is_done(self) -> bool:
        return self.is_exhausted and not self._again


class _Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int, load: Load) -> None:
        self.port = port
        self._start = (
            f"POST {load.address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {load.media_type}\r\n"
        ).encode()
        self.request: tuple[int, memoryview] | None = None
        self.sent_at = 0.0
        self._unsent: list[memoryview] = []
        self._answer = b""
        self.socket = self._connect()

    def reconnect(self) -> None:
        self.socket.close()
        self._answer = b""
        self.socket = self._connect()

    def begin(self, request: tuple[int, memoryview]) -> None:
        self.request, self.sent_at = request, time.perf_counter()
        head = self._start + b"Content-Length: %d\r\n\r\n" % len(request[1])
        self._unsent = [memoryview(head), request[1]]

    def write(self) -> bool:
        """Send what the socket takes; whether something is left. Raises OSError."""
        while self._unsent:
            try:
                sent = self.socket.sendmsg(self._unsent)
            except BlockingIOError:
                return True
            while self._unsent and sent >= len(self._unsent[0]):
                sent -= len(self._unsent.pop(0))
            if sent:
                self._unsent[0] = self._unsent[0][sent:]
        return False

    def read(self) -> int | None:
        """The status of the answer, None until it is whole. Raises OSError if the connection ends."""
        received = self.socket.recv(65_536)
        if not received:
            raise ConnectionResetError
        self._answer += received
        head, is_whole, rest = self._answer.partition(b"\r\n\r\n")
        if not is_whole or not _has_body(head, rest):
            return None
        self._answer = b""
        return int(head[9:12])

    def _connect(self) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self.port), timeout=_GIVE_UP_AFTER_SECONDS)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setblocking(False)
        return connected


def _has_body(head: bytes, rest: bytes) -> bool:
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        return rest.endswith(b"0\r\n\r\n")
    _, _, length = lowered.partition(b"content-length:")
    return len(rest) >= int(length.split(b"\r\n")[0] or 0)


def send_over_http(load: Load) -> LoadResult:
    """Send everything over `connections` connections, shared out over the ports in turn."""
    work, tally, selector = _Work(load), Tally(), selectors.DefaultSelector()
    connections = [_Connection(load.ports[n % len(load.ports)], load) for n in range(load.connections)]
    idle = deque(connections)
    while idle or not work.is_done:
        _hand_out(work, idle, selector)
        if work.is_done and len(idle) == len(connections):
            break
        for key, _ in selector.select(0.001 if idle else 1.0):
            connection = key.data
            try:
                _advance(connection, key.events, selector, work, tally, idle)
            except OSError:
                selector.unregister(connection.socket)
                connection.reconnect()
                tally.reconnects += 1
                work.give_back(connection.request)
                idle.append(connection)
        if tally.progress and time.perf_counter() - tally.started - tally.progress[-1][0] > _GIVE_UP_AFTER_SECONDS:
            raise SystemExit(f"no request was accepted for {_GIVE_UP_AFTER_SECONDS:.0f} s: {dict(tally.statuses)}")
    return tally.result()


def _hand_out(work: _Work, idle: deque[_Connection], selector: selectors.BaseSelector) -> None:
    while idle and (request := work.take(time.perf_counter())) is not None:
        connection = idle.popleft()
        connection.begin(request)
        selector.register(connection.socket, selectors.EVENT_WRITE, connection)


def _advance(
    connection: _Connection,
    wanted: int,
    selector: selectors.BaseSelector,
    work: _Work,
    tally: Tally,
    idle: deque[_Connection],
) -> None:
    if wanted == selectors.EVENT_WRITE:
        if not connection.write():
            selector.modify(connection.socket, selectors.EVENT_READ, connection)
        return
    status = connection.read()
    if status is None or connection.request is None:
        return
    selector.unregister(connection.socket)
    idle.append(connection)
    tally.statuses[str(status)] += 1
    if status in _ACCEPTED:
        tally.accept(time.perf_counter() - connection.sent_at, connection.request[0])
    else:
        work.give_back(connection.request)


def main(argument: str) -> None:
    load = Load(**json.loads(argument))
    if load.protocol == "grpc":
        from benchmarks.load_grpc import send_over_grpc

        result = send_over_grpc(load)
    else:
        result = send_over_http(load)
    print(json.dumps(asdict(result)))


if __name__ == "__main__":
    main(sys.argv[1])
