"""The load client for OTLP/HTTP, written for little CPU time: one thread, raw sockets, bodies from the mapped file."""

import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.bodies import map_records
from benchmarks.load import GIVE_UP_AFTER_SECONDS, RETRY_AFTER_SECONDS, Load, Tally

# Spans and body of a request.
_Request = tuple[int, memoryview]
_NOTHING: _Request = (0, memoryview(b""))
_ACCEPTED = (200, 202)


def send(load: Load) -> Tally:
    """Send everything over `connections` connections, shared out over the ports in turn."""
    return _Sender(load).run()


class _Sender:
    """A loop over all connections: hands out requests that are due, takes answers as they come."""

    def __init__(self, load: Load) -> None:
        self._work, self._tally = _Work(load), Tally()
        self._connections = [_Connection(load.ports[n % len(load.ports)], load) for n in range(load.connections)]
        self._idle = deque(self._connections)
        self._selector = selectors.DefaultSelector()
        signal.signal(signal.SIGTERM, lambda *_: self._work.end())

    def run(self) -> Tally:
        while not self._work.is_done or len(self._idle) < len(self._connections):
            self._hand_out()
            for key, wanted in self._selector.select(0.001 if self._idle else 1.0):
                self._advance(key.data, wanted)
            if self._tally.seconds_since_progress > GIVE_UP_AFTER_SECONDS:
                raise SystemExit(f"nothing is accepted any more: {dict(self._tally.statuses)}")
        return self._tally

    def _hand_out(self) -> None:
        while self._idle and (request := self._work.take(time.perf_counter())) is not None:
            connection = self._idle.popleft()
            connection.begin(request)
            self._selector.register(connection.socket, selectors.EVENT_WRITE, connection)

    def _advance(self, connection: "_Connection", wanted: int) -> None:
        try:
            if wanted & selectors.EVENT_READ:
                self._take_answer(connection)
            elif connection.write():
                self._selector.modify(connection.socket, selectors.EVENT_READ, connection)
        except OSError:
            self._selector.unregister(connection.socket)
            self._work.give_back(connection.request)
            self._tally.reconnects += 1
            connection.reconnect()
            self._idle.append(connection)

    def _take_answer(self, connection: "_Connection") -> None:
        status = connection.read()
        if status is None:
            return
        self._selector.unregister(connection.socket)
        self._idle.append(connection)
        self._tally.statuses[str(status)] += 1
        if status in _ACCEPTED:
            self._tally.accept(time.perf_counter() - connection.sent_at, connection.request[0])
        else:
            self._work.give_back(connection.request)


class _Work:
    """Requests in order, those to be repeated first, none before its time."""

    def __init__(self, load: Load) -> None:
        self._fresh: Iterator[_Request] = islice(map_records(Path(load.path), load.first), load.count)
        self._again: deque[tuple[float, _Request]] = deque()
        self._rate = load.rate
        self._due = time.perf_counter()
        self.is_exhausted = False

    def take(self, now: float) -> _Request | None:
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

    def give_back(self, request: _Request) -> None:
        self._again.append((time.perf_counter() + RETRY_AFTER_SECONDS, request))

    def end(self) -> None:
        """Hand out nothing more."""
        self.is_exhausted = True
        self._again.clear()

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
        self.request = _NOTHING
        self.sent_at = 0.0
        self._unsent: list[memoryview] = []
        self._answer = b""
        self.socket = self._connect()

    def reconnect(self) -> None:
        self.socket.close()
        self._answer = b""
        self.socket = self._connect()

    def begin(self, request: _Request) -> None:
        self.request, self.sent_at = request, time.perf_counter()
        head = self._start + b"Content-Length: %d\r\n\r\n" % len(request[1])
        self._unsent = [memoryview(head), request[1]]

    def write(self) -> bool:
        """Send what the socket takes; whether that was the rest. Raises OSError."""
        while self._unsent:
            try:
                sent = self.socket.sendmsg(self._unsent)
            except BlockingIOError:
                return False
            while self._unsent and sent >= len(self._unsent[0]):
                sent -= len(self._unsent.pop(0))
            if sent:
                self._unsent[0] = self._unsent[0][sent:]
        return True

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
        connected = socket.create_connection(("127.0.0.1", self.port), timeout=GIVE_UP_AFTER_SECONDS)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setblocking(False)
        return connected


def _has_body(head: bytes, rest: bytes) -> bool:
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        return rest.endswith(b"0\r\n\r\n")
    _, _, length = lowered.partition(b"content-length:")
    return len(rest) >= int(length.split(b"\r\n")[0] or 0)
