"""The agent of Jaeger's UDP clients: datagrams, each a batch, in Thrift's compact protocol or in its binary one.

Nobody hears an answer. A datagram that cannot be kept is dropped and counted, and those that the system had no room for
are counted, too, where it says how many (Linux).
"""

import socket
import sys
import threading
from dataclasses import dataclass
from struct import Struct

import structlog

from traces.domain.errors import PayloadRejected, StoreUnavailable
from traces.domain.refusal import RefusalKind
from traces.ingest import metrics
from traces.ingest.datagram_queue import Datagram, DatagramQueue
from traces.ingest.handing_on import hand_on
from traces.ingest.refusals import note_refusal
from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.thrift import translate_datagram
from traces.wire.thrift import Protocol

log = structlog.get_logger(__name__)
DOOR = "jaeger udp"
_MAX_DATAGRAM_BYTES = 65_536
_MAX_WAITING_BYTES = 32 * 1024 * 1024
# In one request to the collector.
_MAX_REQUEST_BYTES = 1024 * 1024
# The system gives less where it may not give as much.
_SYSTEM_BUFFER_BYTES = 4 * 1024 * 1024
_LOOK_UP_SECONDS = 0.2
_LAST_REQUESTS_SECONDS = 5
# Taken from each port once the agent is to stop, however many more come.
_LAST_DATAGRAMS = 10_000
# Linux: every datagram comes with the number of those that were dropped before it. Python has no name for it.
_SO_RXQ_OVFL = 40
_COUNT = Struct("=I")


@dataclass(frozen=True, slots=True)
class Port:
    """A bound socket. `name` is what metrics call it."""

    socket: socket.socket
    protocol: Protocol

    @property
    def name(self) -> str:
        return self.protocol.value

    @property
    def number(self) -> int:
        return int(self.socket.getsockname()[1])


class Agent:
    """Receives until it is stopped."""

    def __init__(self, ports: list[Port]) -> None:
        self.ports = ports
        self._queue = DatagramQueue(_MAX_WAITING_BYTES)
        self._dropped = {port.name: 0 for port in ports}
        self._is_stopping = threading.Event()
        self._receivers = [threading.Thread(target=self._receive, args=(port,), daemon=True) for port in ports]
        self._sender = threading.Thread(target=self._send, daemon=True)
        for thread in (*self._receivers, self._sender):
            thread.start()

    def stop(self) -> None:
        """What has arrived is handed on before it returns, unless the collector does not take it in five seconds."""
        self._is_stopping.set()
        for receiver in self._receivers:
            receiver.join()
        self._queue.close()
        self._sender.join(_LAST_REQUESTS_SECONDS)

    def _receive(self, port: Port) -> None:
        with port.socket:
            while not self._is_stopping.is_set():
                self._take(port)
            port.socket.settimeout(0)
            for _ in range(_LAST_DATAGRAMS):
                if not self._take(port):
                    break

    def _take(self, port: Port) -> bool:
        """One datagram; whether there was one."""
        try:
            content, dropped = receive(port.socket)
        except (TimeoutError, BlockingIOError):
            return False
        except OSError:
            log.exception("a datagram could not be received")
            self._is_stopping.wait(_LOOK_UP_SECONDS)
            return False
        before, self._dropped[port.name] = self._dropped[port.name], dropped
        # The system counts to 2³² and begins again.
        count_fate(port.name, "no room in the system", (dropped - before) % 2**32)
        if not self._queue.put(Datagram(port.protocol, content)):
            count_fate(port.name, "no room")
        return True

    def _send(self) -> None:
        while datagrams := self._queue.take(_MAX_REQUEST_BYTES):
            try:
                self._hand_on(datagrams)
            except Exception:
                log.exception("datagrams were lost")
                _count_fates(datagrams, "failed")

    def _hand_on(self, datagrams: list[Datagram]) -> None:
        """As one request, again and again until the collector takes it or refuses it."""
        readable, translated = translate_all(datagrams)
        while True:
            try:
                handed = hand_on(translated, DOOR)
                break
            except PayloadRejected as problem:
                note_refusal(DOOR, RefusalKind.BODY, "dropped", "UDP", str(problem))
                _count_fates(readable, "refused")
                return
            except StoreUnavailable as problem:
                if self._is_stopping.wait(problem.retry_after_seconds):
                    _count_fates(readable, "not stored at the end")
                    return
        if translated.rejected or handed.rejected:
            note_refusal(DOOR, RefusalKind.SPANS, "dropped", "UDP", translated.message or handed.message)
        _count_fates(readable, "stored")


def start_agent(host: str, compact_port: int, binary_port: int) -> Agent:
    """Receives on these ports; 0 is closed. Raises OSError if one is taken."""
    wanted = ((compact_port, Protocol.COMPACT), (binary_port, Protocol.BINARY))
    return Agent([Port(bind(host, number), protocol) for number, protocol in wanted if number])


def bind(host: str, number: int) -> socket.socket:
    """A socket that receives datagrams."""
    found = socket.getaddrinfo(host, number, type=socket.SOCK_DGRAM)
    # A name may have both: Jaeger's clients send to 127.0.0.1.
    family, kind, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    bound = socket.socket(family, kind)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SYSTEM_BUFFER_BYTES)
        if sys.platform == "linux":
            bound.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    bound.settimeout(_LOOK_UP_SECONDS)
    return bound


def receive(bound: socket.socket) -> tuple[bytes, int]:
    """The next datagram, and how many the system has dropped so far. Raises TimeoutError."""
    content, messages, _, _ = bound.recvmsg(_MAX_DATAGRAM_BYTES, socket.CMSG_SPACE(_COUNT.size))
    for level, kind, data in messages:
        if (level, kind) == (socket.SOL_SOCKET, _SO_RXQ_OVFL):
            return content, _COUNT.unpack(data)[0]
    return content, 0


def translate_all(datagrams: list[Datagram]) -> tuple[list[Datagram], Translated]:
    """Those that can be read, as one request; the others are counted. A request behind another is one request."""
    readable, bodies, merged = [], [], Translated(body=b"", span_count=0)
    for datagram in datagrams:
        try:
            translated = translate_datagram(datagram.content, datagram.protocol)
        except PayloadRejected as problem:
            note_refusal(DOOR, RefusalKind.BODY, "dropped", f"UDP, {datagram.protocol.value}", str(problem))
            count_fate(datagram.protocol.value, "unreadable")
            continue
        except Exception:
            # It costs itself, and not those of every other sender.
            log.exception("a datagram was lost")
            count_fate(datagram.protocol.value, "failed")
            continue
        readable.append(datagram)
        bodies.append(translated.body)
        merged.span_count += translated.span_count
        merged.rejected += translated.rejected
    merged.body = b"".join(bodies)
    return readable, merged


def _count_fates(datagrams: list[Datagram], fate: str) -> None:
    for datagram in datagrams:
        count_fate(datagram.protocol.value, fate)


def count_fate(port: str, fate: str, count: int = 1) -> None:
    """What became of datagrams, on /metrics."""
    if count:
        metrics.DATAGRAMS.labels(port, fate).inc(count)
