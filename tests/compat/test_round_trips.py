"""What Jaeger's API says of a span makes the same span again, where Jaeger has a word for everything in it."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from django.test import Client

from tests.builders import MS, NOW_NS, make_event, make_link, make_request, make_span, trace_id, write_request
from tests.ingest.conftest import collector_behind as collector_behind
from traces.domain.span import Span
from traces.ingest.files.importing import import_file
from traces.ingest.handing_on import hand_on
from traces.ingest.translate.jaeger.proto import translate_proto
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from traces.wire import jaeger_pb2 as jaeger
from tracing_ui.compat.jaeger.model_proto import encode_spans

pytestmark = pytest.mark.any_engine

CALLER = make_span(
    1,
    1,
    name="GET /cart",
    kind=3,
    duration_ns=30 * MS,
    attributes={"text": "é", "empty": "", "whole": -(2**62), "ratio": 0.5, "is_cached": False, "raw": b"\x00\xff"},
    events=[make_event("exception", NOW_NS + MS, {"exception.type": "Timeout", "attempt": 2})],
    links=[make_link(9, 8, {"opentracing.ref_type": "follows_from"})],
    status=2,
    status_message="upstream failed",
    trace_state="a=1",
    flags=1,
)
CALLED = make_span(1, 2, 1, name="/cart", kind=2, duration_ns=5 * MS, status=1, flags=1)


def carry_as_json(spans: list[Span]) -> None:
    answer = Client().get(f"/api/traces/{trace_id(1).hex()}?raw=true")
    assert answer.status_code == 200, answer.content
    assert import_file(BytesIO(answer.getvalue()), "trace.json").spans_stored == len(spans)


def carry_as_protobuf(spans: list[Span]) -> None:
    batch = jaeger.Batch(spans=[jaeger.Span.FromString(body) for body in encode_spans(spans)])
    hand_on(translate_proto(jaeger.PostSpansRequest(batch=batch).SerializeToString()), "jaeger grpc")


@pytest.mark.parametrize("carry", [carry_as_json, carry_as_protobuf])
def test_a_span_comes_back_as_it_was(carry: Callable[[list[Span]], None], collector_behind: str) -> None:
    # With another trace's span, or what comes back might be taken for the same request.
    spans = [CALLER, CALLED, make_span(2, 1)]
    write_request(make_request(*spans, resource={"host.name": "a", "process.pid": 7}, scope_version="2"))
    sent = read_spans()
    carry(sent)
    for first, second in zip(*[iter(read_spans())] * 2, strict=True):
        assert plain(second) == plain(first)


def read_spans() -> list[Span]:
    """Each beside its repetition."""
    spans = get_store().read_spans(DEFAULT_PROJECT, get_store().read_trace(DEFAULT_PROJECT, trace_id(1)))
    return sorted(spans, key=lambda span: span.span_id)


def plain(span: Span) -> Span:
    """Attributes have no order."""
    return replace(span, attributes=dict(sorted(span.attributes.items())))
