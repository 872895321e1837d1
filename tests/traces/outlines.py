"""Outlines of spans of one trace, written short."""

from collections.abc import Sequence

from traces.domain.span import Operation, Service, SpanFlag, SpanKind, SpanOutline
from traces.domain.trace import Trace, build_trace

TRACE_ID = bytes(range(16))


def make_outline(
    number: int,
    parent: int | None = None,
    service: str = "shop",
    start_ns: int = 0,
    duration_ns: int = 0,
    name: str = "op",
    kind: int = SpanKind.INTERNAL,
) -> SpanOutline:
    return SpanOutline(
        address=(0, number),
        trace_id=TRACE_ID,
        span_id=number.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else None,
        operation=Operation(service=Service(name=service, slot=0), name=name, kind=kind),
        start_ns=start_ns,
        duration_ns=duration_ns,
        status=0,
        flags=SpanFlag(0),
    )


def make_trace(spans: Sequence[SpanOutline]) -> Trace:
    return build_trace(TRACE_ID, spans)
