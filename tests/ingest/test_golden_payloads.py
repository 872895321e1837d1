"""What real clients sent becomes the OTLP that stands beside it in tests/payloads/.

That text was written once (`python -m tests.ingest.test_golden_payloads`) and read by a person against the mapping of
its protocol. What the client itself said about its spans is compared too, and knows nothing of our code.
"""

from collections.abc import Callable

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.clients.running import Told
from tests.clients.table import Door
from tests.ingest.otlp_text import write_text
from tests.ingest.payloads import Payload, list_payloads, read_payload
from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.proto import translate_proto as translate_jaeger_proto
from traces.ingest.translate.jaeger.thrift import translate_datagram, translate_thrift
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.ingest.translate.zipkin.json_v1 import translate_json_v1
from traces.ingest.translate.zipkin.json_v2 import translate_json_v2
from traces.ingest.translate.zipkin.proto import translate_proto as translate_zipkin_proto
from traces.ingest.translate.zipkin.thrift_v1 import translate_thrift as translate_zipkin_thrift
from traces.wire.thrift import Protocol

PAYLOADS = list_payloads(*Door)
OTLP = list_payloads(Door.OTLP_HTTP, Door.OTLP_GRPC)
US = 1_000


def name(payload: Payload) -> str:
    return payload.client


def translate(payload: Payload) -> Translated:
    """All that the client sent, by the translator that its door takes. Each client sent one request."""
    (body,) = payload.bodies
    return find_translator(payload)(body)


def find_translator(payload: Payload) -> Callable[[bytes], Translated]:
    is_json = "json" in payload.content_type
    match payload.door:
        case Door.OTLP_HTTP | Door.OTLP_GRPC:
            return translate_otlp_json if is_json else translate_otlp
        case Door.ZIPKIN if payload.target.startswith("/api/v1/"):
            return translate_json_v1 if is_json else translate_zipkin_thrift
        case Door.ZIPKIN:
            return translate_json_v2 if is_json else translate_zipkin_proto
        case Door.JAEGER_GRPC:
            return translate_jaeger_proto
        case Door.JAEGER_HTTP:
            return lambda body: translate_thrift(body, Protocol.BINARY)
        case Door.JAEGER_COMPACT:
            return lambda body: translate_datagram(body, Protocol.COMPACT)
        case Door.JAEGER_BINARY:
            return lambda body: translate_datagram(body, Protocol.BINARY)


def read_spans(body: bytes) -> list[tuple[str, Span]]:
    """Each with the name of its service."""
    return [
        (next(each.value.string_value for each in group.resource.attributes if each.key == "service.name"), span)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def describe(service: str, span: Span) -> tuple[object, ...]:
    """What every protocol can say of a span: times in µs; internal is not told apart from no kind at all."""
    kind = Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower()
    return (
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        service,
        span.name,
        "" if kind in ("internal", "unspecified") else kind,
        span.status.code == 2,
        span.start_time_unix_nano // US,
    )


def describe_told(told: Told) -> tuple[object, ...]:
    kind = "" if told.kind in ("internal", "unspecified") else told.kind
    ids = (told.trace_id, told.span_id, told.parent_span_id)
    return (*ids, told.service, told.name, kind, told.is_error, told.start_ns // US)


@pytest.mark.parametrize("payload", PAYLOADS, ids=name)
def test_a_payload_becomes_the_otlp_beside_it(payload: Payload) -> None:
    translated = translate(payload)
    assert write_text(translated.body) == payload.translation.read_text()
    assert translated.span_count == len(payload.told)
    assert translated.rejected.total() == 0


@pytest.mark.parametrize("payload", PAYLOADS, ids=name)
def test_its_spans_are_those_that_the_client_made(payload: Payload) -> None:
    spans = read_spans(translate(payload).body)
    assert sorted(describe(*span) for span in spans) == sorted(map(describe_told, payload.told))
    # A protocol in µs cuts or rounds the start and the duration, each by less than one.
    ends = {(span.span_id.hex(), span.kind == 2): span.end_time_unix_nano for _, span in spans}
    away = [told.end_ns - ends[told.span_id, told.kind == "server"] for told in payload.told]
    assert max(map(abs, away)) < 2 * US


@pytest.mark.parametrize("payload", PAYLOADS, ids=name)
def test_the_collector_keeps_a_translation_as_it_is(payload: Payload) -> None:
    """Translators hand on to it: it finds nothing to reject or to mend."""
    body = translate(payload).body
    kept = translate_otlp(body)
    assert write_text(kept.body) == write_text(body)
    assert (kept.rejected.total(), kept.cuts) == (0, {})


@pytest.mark.parametrize("payload", [each for each in OTLP if "json" not in each.content_type], ids=name)
def test_otlp_is_kept_as_it_came(payload: Payload) -> None:
    (body,) = payload.bodies
    assert ExportTraceServiceRequest.FromString(translate(payload).body) == ExportTraceServiceRequest.FromString(body)


@pytest.mark.parametrize(
    "clients",
    [
        ("python-otlp-http", "python-otlp-http-gzip", "python-otlp-grpc"),
        ("go-otlp-http", "go-otlp-grpc"),
        ("node-otlp-http", "node-otlp-proto", "node-otlp-grpc"),
        ("python-zipkin-json", "python-zipkin-proto"),
        ("py-zipkin-v1-json", "py-zipkin-v1-thrift", "py-zipkin-v2-json", "py-zipkin-v2-proto"),
        ("java-brave-v1-json", "java-brave-v1-thrift", "java-brave-json", "java-brave-proto"),
        ("python-jaeger-http", "python-jaeger-udp"),
        ("go-otel-jaeger-http", "go-otel-jaeger-udp"),
        ("go-jaeger-client-http", "go-jaeger-client-udp"),
        ("node-otel-jaeger-http", "node-otel-jaeger-udp"),
        ("node-jaeger-client-http", "node-jaeger-client-udp"),
    ],
    ids=lambda clients: clients[0],
)
def test_it_does_not_matter_in_which_form_a_client_sends(clients: tuple[str, ...]) -> None:
    assert len({write_text(translate(read_payload(client)).body) for client in clients}) == 1


def write_translations() -> None:
    """Write the text beside every payload anew, to be read before it is committed."""
    for payload in PAYLOADS:
        payload.translation.write_text(write_text(translate(payload).body))


if __name__ == "__main__":
    write_translations()
