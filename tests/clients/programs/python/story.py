"""What every client of OpenTelemetry tells: a ticket is bought, and the card is declined.

Ids and times are given from outside (TRACE_ID, START_NS), so that the same program always sends the same bytes. Runs
with the newest SDK and with that of 2023.
"""

import json
import os

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, set_span_in_context

MS = 1_000_000
# The highest bit is set: a reader that takes ids as signed numbers would show it.
FIRST_SPAN_ID = 0xF1D2_0000_0000_0001
YESTERDAYS_TRACE_ID = 0x0AF7_6519_16CD_43DD_8448_EB21_1C80_319C


class GivenIds(IdGenerator):
    """The trace id given, and span ids that count up."""

    def __init__(self) -> None:
        self.next_span_id = FIRST_SPAN_ID

    def generate_trace_id(self) -> int:
        return int(os.environ["TRACE_ID"], 16)

    def generate_span_id(self) -> int:
        self.next_span_id += 1
        return self.next_span_id - 1


class Kept(SpanExporter):
    """Keeps finished spans, the one that ended first before others."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


def tell() -> list[ReadableSpan]:
    """The four spans, in the order in which they ended."""
    start_ns = int(os.environ["START_NS"])
    kept = Kept()
    named = {"service.name": "box-office", "service.version": "1.4.2", "service.instance.id": "till-3"}
    resource = Resource.create({**named, "shelf": 7})
    provider = TracerProvider(resource=resource, id_generator=GivenIds())
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("tickets", "0.3.1")

    root = tracer.start_span(
        "POST /tickets",
        kind=SpanKind.SERVER,
        start_time=start_ns,
        attributes={
            "seat.row": "F",
            "seat.count": 2,
            "seat.serial": 9_007_199_254_740_993,
            "price.total": 37.5,
            "member": True,
            "discounts": ["early", "pair"],
            "note": "naïve ☕ <b>&amp;",
        },
    )
    under_root = set_span_in_context(root)
    pick = tracer.start_span("pick seat", under_root, start_time=start_ns + 5 * MS + 250)
    pick.add_event("seat held", {"hold.seconds": 300, "seat": "F12"}, timestamp=start_ns + 10 * MS)
    pick.end(start_ns + 12 * MS)
    charge = tracer.start_span("charge card", under_root, kind=SpanKind.CLIENT, start_time=start_ns + 15 * MS)
    charge.set_attributes({"peer.service": "bank", "http.request.method": "POST", "http.response.status_code": 402})
    charge.add_event(
        "exception",
        {"exception.type": "CardDeclined", "exception.message": "the card has expired"},
        timestamp=start_ns + 59 * MS,
    )
    charge.set_status(Status(StatusCode.ERROR, "card declined"))
    charge.end(start_ns + 60 * MS)
    yesterday = SpanContext(YESTERDAYS_TRACE_ID, 0xB7AD_6B71_6920_3331, is_remote=True, trace_flags=TraceFlags(1))
    issue = tracer.start_span(
        "tickets.issued",
        under_root,
        kind=SpanKind.PRODUCER,
        links=[Link(yesterday, {"why": "tried before"})],
        start_time=start_ns + 62 * MS,
    )
    issue.set_status(Status(StatusCode.OK))
    issue.end(start_ns + 63 * MS)
    root.end(start_ns + 80 * MS + 789)
    return kept.spans


def send(exporter: SpanExporter) -> None:
    """Export the story, and say on standard output what it was. Raises RuntimeError if the exporter failed."""
    spans = tell()
    result = exporter.export(spans)
    exporter.shutdown()
    if result is not SpanExportResult.SUCCESS:
        raise RuntimeError(f"the exporter says {result}")
    print(json.dumps([describe(span) for span in spans]))


def describe(span: ReadableSpan) -> dict[str, object]:
    """What must be read back of a span."""
    return {
        "trace_id": f"{span.context.trace_id:032x}",
        "span_id": f"{span.context.span_id:016x}",
        "parent_span_id": f"{span.parent.span_id:016x}" if span.parent else "",
        "service": span.resource.attributes["service.name"],
        "name": span.name,
        "kind": span.kind.name.lower(),
        "is_error": span.status.status_code is StatusCode.ERROR,
        "start_ns": span.start_time,
        "end_ns": span.end_time,
    }
