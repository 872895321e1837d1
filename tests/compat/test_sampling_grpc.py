"""Java's client asks over gRPC how much to sample, on the port that takes Jaeger's spans."""

from collections.abc import Callable, Iterator

import grpc
import pytest

from services_map.domain.sampling.strategy import RuleKind
from services_map.sampling.rules import set_rule
from tests.compat.sampling_client import Parameters, read_proto
from tests.services.ports import find_free_port
from traces.ingest.jaeger_grpc import start_server
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.jaeger.sampling_grpc import make_sampling_service

pytestmark = pytest.mark.any_engine
SERVICE = "/jaeger.api_v2.SamplingManager/"
Ask = Callable[..., bytes]


@pytest.fixture
def ask(transactional_db: None) -> Iterator[Ask]:
    """`ask(body, method)` gives the answer; an error raises grpc.RpcError."""
    port = find_free_port()
    server = start_server("127.0.0.1", port, [make_sampling_service()])
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield lambda body, method=SERVICE + "GetSamplingStrategy": channel.unary_unary(method, bytes, bytes)(
            body, timeout=20
        )
    server.stop(0).wait()


def refusal(ask: Ask, body: bytes, method: str = SERVICE + "GetSamplingStrategy") -> tuple[grpc.StatusCode, str | None]:
    with pytest.raises(grpc.RpcError) as refused:
        ask(body, method)
    return refused.value.code(), refused.value.details()


def test_a_service_is_told_what_was_decided(ask: Ask) -> None:
    set_rule(DEFAULT_PROJECT, "shop", "", RuleKind.RATE_LIMITING, 7)
    asked = Parameters(serviceName="shop").SerializeToString()
    assert read_proto(ask(asked)) == {
        "strategyType": "RATE_LIMITING",
        "rateLimitingSampling": {"maxTracesPerSecond": 7},
    }
    # A field that comes with a later version, a name that is no text, and none at all: services that nobody knows.
    everything = {"strategyType": "PROBABILISTIC", "probabilisticSampling": {"samplingRate": 1.0}}
    for unknown in (b"\x12\x01x", b"\x0a\x02\xff\xfe", b"\x0a\x01\0", b""):
        assert read_proto(ask(unknown)) == everything, unknown


def test_what_is_no_question_is_refused(ask: Ask) -> None:
    no_message = "The request is not the message that this method takes."
    for body, sentence in (
        (b"\xff\xff", no_message),
        (b"\x0a\x7fshop", no_message),
        (b"\x0a\xff\xff\xff\xff\x07", no_message),
        (b"\x0b" * 10_000, no_message),
        (b'{"serviceName":"shop"}', no_message),
        (Parameters(serviceName="x" * 100_000).SerializeToString(), "A question has at most 65,536 bytes."),
    ):
        assert refusal(ask, body) == (grpc.StatusCode.INVALID_ARGUMENT, sentence)


def test_spans_and_what_is_not_there_are_others_business(ask: Ask) -> None:
    assert refusal(ask, b"", SERVICE + "SetSamplingStrategy")[0] is grpc.StatusCode.UNIMPLEMENTED
    assert refusal(ask, b"", "/jaeger.api_v2.Baggage/Get")[0] is grpc.StatusCode.UNIMPLEMENTED
    code, sentence = refusal(ask, b"\xff", "/jaeger.api_v2.CollectorService/PostSpans")
    assert (code, bool(sentence)) == (grpc.StatusCode.INVALID_ARGUMENT, True)
