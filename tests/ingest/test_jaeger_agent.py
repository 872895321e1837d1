"""The agent: datagrams in, spans stored, and everything else counted."""

import socket
from collections.abc import Callable, Iterator

import pytest
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.builders import make_request, make_span
from tests.ingest import jaeger_batches as batches
from tests.ingest.doors import read_span_ids
from tests.services.ports import find_free_port
from tests.services.processes import wait_until
from traces.ingest import jaeger_udp
from traces.ingest.canonical import BAD_SPAN_ID
from traces.ingest.datagram_queue import Datagram, DatagramQueue
from traces.ingest.jaeger_udp import Agent, Port, bind, receive, start_agent, translate_all
from traces.ingest.refusals import get_refusal_log
from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.thrift import translate_datagram
from traces.storage import get_store
from traces.wire.thrift import Protocol

pytestmark = [pytest.mark.any_engine, pytest.mark.django_db(transaction=True)]
BOTH = pytest.mark.parametrize("protocol", Protocol)


@pytest.fixture
def start(collector_behind: str) -> Iterator[Callable[[], Agent]]:
    """Starts an agent on two free ports, compact and binary."""
    started: list[Agent] = []

    def start() -> Agent:
        started.append(
            Agent([Port(bind("127.0.0.1", 0), protocol) for protocol in (Protocol.COMPACT, Protocol.BINARY)])
        )
        return started[-1]

    yield start
    for agent in started:
        agent.stop()


def send(agent: Agent, protocol: Protocol, *datagrams: bytes) -> None:
    [port] = [port for port in agent.ports if port.protocol is protocol]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, ("127.0.0.1", port.number))


def count(protocol: Protocol, fate: str) -> float:
    labels = {"port": protocol.value, "fate": fate}
    return REGISTRY.get_sample_value("tracing_ui_agent_datagrams_total", labels) or 0


def wait_for_count(protocol: Protocol, fate: str, wanted: float) -> None:
    wait_until(lambda: count(protocol, fate) >= wanted)
    assert count(protocol, fate) == wanted


def assert_noted(reason: str) -> None:
    """That pages show it as the latest refusal, and no other."""
    get_refusal_log().stop()
    get_refusal_log.cache_clear()
    [refusal] = get_store().list_refusals()
    assert (refusal.door, refusal.kind, refusal.answer, refusal.target) == ("jaeger udp", "spans", "dropped", "UDP")
    assert refusal.reason == reason


@BOTH
def test_datagrams_are_stored(start: Callable[[], Agent], protocol: Protocol) -> None:
    agent, before = start(), count(protocol, "stored")
    datagrams = [batches.datagram(batches.span(1, number), protocol=protocol) for number in range(1, 6)]
    send(agent, protocol, *datagrams)
    wait_for_count(protocol, "stored", before + 5)
    assert len(read_span_ids()) == 5


@BOTH
def test_a_datagram_cut_short_is_counted_and_the_next_one_is_stored(
    start: Callable[[], Agent], protocol: Protocol
) -> None:
    agent, unreadable, stored = start(), count(protocol, "unreadable"), count(protocol, "stored")
    whole = batches.datagram(batches.span(1, 1), protocol=protocol)
    send(agent, protocol, whole[:-5], b"", b"garbage", whole)
    wait_for_count(protocol, "stored", stored + 1)
    assert count(protocol, "unreadable") == unreadable + 3
    assert len(read_span_ids()) == 1


def test_what_arrived_is_handed_on_before_the_agent_ends(start: Callable[[], Agent]) -> None:
    agent, before = start(), count(Protocol.COMPACT, "stored")
    send(agent, Protocol.COMPACT, *(batches.datagram(batches.span(1, number)) for number in range(1, 20)))
    agent.stop()
    assert count(Protocol.COMPACT, "stored") == before + 19
    assert len(read_span_ids()) == 19


def test_spans_wait_for_a_collector_that_cannot_take_them(
    start: Callable[[], Agent], settings: Settings, collector_behind: str
) -> None:
    agent, before = start(), count(Protocol.COMPACT, "stored")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        settings.COLLECTOR_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"
        send(agent, Protocol.COMPACT, batches.datagram(batches.span(1, 1)))
        asked, _ = listener.accept()
        with asked:
            # The next attempt is made at once, and there.
            settings.COLLECTOR_URL = collector_behind
            asked.sendall(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
            wait_for_count(Protocol.COMPACT, "stored", before + 1)
    assert len(read_span_ids()) == 1


def test_spans_that_are_left_out_are_noted(start: Callable[[], Agent]) -> None:
    agent, before = start(), count(Protocol.COMPACT, "stored")
    send(agent, Protocol.COMPACT, batches.datagram(batches.span(1, 0), batches.span(1, 2)))
    wait_for_count(Protocol.COMPACT, "stored", before + 1)
    assert len(read_span_ids()) == 1
    assert_noted(f"1 span rejected: {BAD_SPAN_ID}")


def test_what_the_collector_leaves_out_is_noted(start: Callable[[], Agent], monkeypatch: pytest.MonkeyPatch) -> None:
    bad = make_span(span=2)
    bad.span_id = b"short"
    translated = Translated(body=make_request(make_span(), bad).SerializeToString(), span_count=2)
    monkeypatch.setattr(jaeger_udp, "translate_datagram", lambda *_: translated)
    agent, before = start(), count(Protocol.COMPACT, "stored")
    send(agent, Protocol.COMPACT, b"two")
    wait_for_count(Protocol.COMPACT, "stored", before + 1)
    assert_noted(f"1 span rejected: {BAD_SPAN_ID}")


def test_a_datagram_that_nobody_foresaw_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def translate(content: bytes, protocol: Protocol) -> Translated:
        if not content:
            raise TypeError
        return translate_datagram(content, protocol)

    monkeypatch.setattr(jaeger_udp, "translate_datagram", translate)
    good = Datagram(Protocol.COMPACT, batches.datagram(batches.span(1, 1)))
    before = count(Protocol.COMPACT, "failed")
    readable, merged = translate_all([good, datagram(0), good])
    assert (readable, merged.span_count) == ([good, good], 2)
    assert count(Protocol.COMPACT, "failed") == before + 1


def test_an_agent_that_ends_without_a_collector_says_what_it_lost(
    start: Callable[[], Agent], settings: Settings
) -> None:
    settings.COLLECTOR_URL = f"http://127.0.0.1:{find_free_port()}"
    agent, fate = start(), "not stored at the end"
    before = count(Protocol.COMPACT, fate)
    send(agent, Protocol.COMPACT, batches.datagram(batches.span(1, 1)))
    agent.stop()
    assert count(Protocol.COMPACT, fate) == before + 1


def test_what_the_collector_refuses_is_counted(start: Callable[[], Agent], settings: Settings) -> None:
    settings.INGEST_MAX_BODY_BYTES = 10
    agent, before = start(), count(Protocol.COMPACT, "refused")
    send(agent, Protocol.COMPACT, batches.datagram(batches.span(1, 1)))
    wait_for_count(Protocol.COMPACT, "refused", before + 1)


def test_the_system_says_how_many_it_dropped() -> None:
    with bind("127.0.0.1", 0) as bound, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        address = bound.getsockname()
        for _ in range(50):
            sender.sendto(bytes(500), address)
        received = 0
        bound.settimeout(0)
        while True:
            try:
                receive(bound)
            except BlockingIOError:
                break
            received += 1
        sender.sendto(b"next", address)
        bound.settimeout(5)
        assert receive(bound) == (b"next", 50 - received)
        assert 0 < received < 50


def test_a_port_of_zero_is_closed() -> None:
    number = find_free_port()
    agent = start_agent("127.0.0.1", number, 0)
    try:
        assert [(port.number, port.protocol) for port in agent.ports] == [(number, Protocol.COMPACT)]
    finally:
        agent.stop()


@pytest.mark.parametrize(("host", "address"), [("localhost", "127.0.0.1"), ("::1", "::1"), ("0.0.0.0", "0.0.0.0")])
def test_a_name_is_its_address_of_four_bytes(host: str, address: str) -> None:
    with bind(host, 0) as bound:
        assert bound.getsockname()[0] == address


def test_a_taken_port_is_an_error() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="in use"):
            start_agent("127.0.0.1", taken.getsockname()[1], 0)


def datagram(size: int) -> Datagram:
    return Datagram(Protocol.COMPACT, bytes(size))


def test_a_full_queue_takes_no_more() -> None:
    queue = DatagramQueue(max_bytes=2_000)
    assert [queue.put(datagram(700)) for _ in range(3)] == [True, True, False]
    queue.take(1)
    assert queue.put(datagram(700))


def test_the_oldest_are_taken_first_and_at_least_one() -> None:
    queue = DatagramQueue(max_bytes=100_000)
    for size in (500, 100, 100, 900):
        queue.put(datagram(size))
    taken = [[len(each.content) for each in queue.take(most_bytes=200)] for _ in range(3)]
    assert taken == [[500], [100, 100], [900]]


def test_a_closed_queue_gives_what_it_has_and_then_nothing() -> None:
    queue = DatagramQueue(max_bytes=1_000)
    queue.put(datagram(1))
    queue.close()
    assert (len(queue.take(10)), queue.take(10)) == (1, [])
