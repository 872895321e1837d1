"""Exporters under load: each sends a request until it is acknowledged, the same bytes again where it was not."""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event, Thread

from tests.builders import make_request, make_span, trace_id
from tests.journeys.ledger import SentRequest, Verdict, find_damage, judge, read_stored
from tests.journeys.sender import STORED, Connect, sending_over_grpc, sending_over_http
from tests.services.processes import Receiver, wait_until

SMALL, LARGE = 3, 4_500  # More than a block holds: stored as two, or not at all.
REQUESTS_A_TRACE = 500
# Between requests: more of them would only keep the machine busy, and have to be read back.
PAUSE_SECONDS = 0.02
# Sooner than the server asks for, so that it meets more than it should.
COME_BACK_SECONDS = 0.1
BOTH_DOORS = (sending_over_http, sending_over_grpc)


@dataclass
class Load:
    """Threads that send one request after the other until they are stopped."""

    receiver: Receiver
    sent: list[SentRequest] = field(default_factory=list)
    acknowledged: int = 0
    refused: int = 0
    unanswered: int = 0
    failures: list[BaseException] = field(default_factory=list)
    large_under_way: set[bytes] = field(default_factory=set)
    _stop: Event = field(default_factory=Event)
    _give_up: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def start(self, doors: Sequence[Connect], threads: int, large_every: int = 0) -> None:
        """Begin to send through each of the doors; every so many requests of each thread are large."""
        for connect, _ in itertools.product(doors, range(threads)):
            thread = Thread(target=self._run, args=(connect, next(self._numbers), large_every), daemon=True)
            self._threads.append(thread)
            thread.start()

    def wait_for(
        self, acknowledged: int = 0, refused: int = 0, seconds: float = 60, tend: Callable[[], None] = lambda: None
    ) -> None:
        """Until so many more requests were acknowledged and refused; `tend` is called meanwhile, again and again.

        Raises what a thread met that no exporter may meet.
        """
        wanted = (self.acknowledged + acknowledged, self.refused + refused)

        def is_reached() -> bool:
            tend()
            self._raise_failures()
            return self.acknowledged >= wanted[0] and self.refused >= wanted[1]

        wait_until(is_reached, seconds)

    def stop(self, give_up: bool = False) -> None:
        """No new requests: wait until the last of each thread is acknowledged, or given up."""
        self._stop.set()
        if give_up:
            self._give_up.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "an exporter still has spans"
        self._raise_failures()

    def read_back(self) -> int:
        """How many requests were acknowledged until now. Raises unless a reader finds every one of them whole."""
        acknowledged = [request for request in self.sent if request.is_acknowledged]
        verdict = judge(acknowledged, read_stored(self.receiver.environment, _traces_of(acknowledged)))
        assert not verdict.lost, str(verdict)
        return verdict.acknowledged

    @cached_property
    def verdict(self) -> Verdict:
        """What became of everything that was sent until it is asked for."""
        return judge(self.sent, read_stored(self.receiver.environment, _traces_of(self.sent)))

    def _raise_failures(self) -> None:
        for failure in self.failures:
            raise failure

    def _run(self, connect: Connect, number: int, large_every: int) -> None:
        try:
            with connect(self.receiver) as send:
                for index in itertools.count():
                    if self._stop.is_set():
                        return
                    is_large = large_every and index % large_every == large_every - 1
                    self._send(send, *_make(number, index, LARGE if is_large else SMALL))
        except BaseException as failure:
            self.failures.append(failure)

    def _send(self, send: Callable[[bytes], int | None], request: SentRequest, body: bytes) -> None:
        self.sent.append(request)
        if request.span_count == LARGE:
            self.large_under_way.add(body)
        try:
            self._send_until_acknowledged(send, request, body)
        finally:
            self.large_under_way.discard(body)

    def _send_until_acknowledged(self, send: Callable[[bytes], int | None], request: SentRequest, body: bytes) -> None:
        while not self._give_up.is_set():
            answer = send(body)
            if answer == STORED:
                request.is_acknowledged = True
                self.acknowledged += 1
                time.sleep(PAUSE_SECONDS)
                return
            if answer is None:
                self.unanswered += 1
            else:
                self.refused += 1
            time.sleep(COME_BACK_SECONDS)


@contextmanager
def loaded(
    receiver: Receiver, threads: int = 4, large_every: int = 0, doors: Sequence[Connect] = BOTH_DOORS
) -> Iterator[Load]:
    """A load through the doors; in the end everything that was acknowledged is there, once, and nothing by halves."""
    load = Load(receiver)
    load.start(doors, threads, large_every)
    try:
        yield load
    except BaseException:
        load.stop(give_up=True)
        raise
    load.stop()
    assert load.verdict.is_good, str(load.verdict)
    assert find_damage(receiver.environment["DATABASE_URL"]) == []


def _traces_of(requests: Iterable[SentRequest]) -> list[bytes]:
    """The ids of all traces that they are in."""
    return list(map(trace_id, sorted({trace for sent in requests for trace in (sent.trace, sent.last_trace)})))


def _make(sender: int, index: int, spans: int) -> tuple[SentRequest, bytes]:
    """A request that is like no other, in two traces, with names and keys that the server now and then learns."""
    number = sender * 1_000_000 + index
    trace = 2 * (sender * 1_000_000 + index // REQUESTS_A_TRACE) + 2
    request = SentRequest(trace, trace + 1, first_span=number * 10_000 + 1, span_count=spans)
    attributes = {"request": index, f"key {index // 50}": sender}
    made = [
        make_span(trace, span, name=f"operation {index // 10}", start_ns=time.time_ns(), attributes=attributes)
        for trace, span in request.numbers
    ]
    body = make_request(*made, service=f"service {sender}", resource={"generation": index // 200})
    return request, body.SerializeToString()
