"""`py_zipkin_spans.py CLIENT HOST:PORT`: Yelp's client, with the encodings that Zipkin took over the years.

The server of a call shares the id of its client's span, as Zipkin's own propagation has it.
"""

import json
import os
import sys
import urllib.request

from py_zipkin import Encoding, Kind
from py_zipkin.encoding import create_endpoint, get_encoder
from py_zipkin.encoding._helpers import Span

CLIENTS = {
    "py-zipkin-v1-thrift": (Encoding.V1_THRIFT, "/api/v1/spans", "application/x-thrift"),
    "py-zipkin-v1-json": (Encoding.V1_JSON, "/api/v1/spans", "application/json"),
    "py-zipkin-v2-json": (Encoding.V2_JSON, "/api/v2/spans", "application/json"),
    "py-zipkin-v2-proto": (Encoding.V2_PROTO3, "/api/v2/spans", "application/x-protobuf"),
}
OFFICE = create_endpoint(8080, "box-office", "192.0.2.7")
BANK = create_endpoint(443, "bank", "2001:db8::8")
BEGIN, PICK, CHARGE, ISSUE = (f"{0xF1D2_0000_0000_0001 + number:016x}" for number in range(4))


def tell() -> list[Span]:
    trace_id = os.environ["TRACE_ID"]
    start = int(os.environ["START_NS"]) / 1e9

    def span(name, span_id, parent_id, kind, begin_ms, end_ms, **more) -> Span:
        begin, length = start + begin_ms / 1e3, (end_ms - begin_ms) / 1e3
        return Span(trace_id, name, parent_id, span_id, kind, begin, length, **{"local_endpoint": OFFICE, **more})

    return [
        span("pick seat", PICK, BEGIN, Kind.LOCAL, 5, 12, annotations={"seat held": start + 0.010}),
        span(
            "charge card",
            CHARGE,
            BEGIN,
            Kind.CLIENT,
            15,
            60,
            remote_endpoint=BANK,
            tags={"error": "card declined", "http.status_code": "402"},
        ),
        span("charge card", CHARGE, BEGIN, Kind.SERVER, 20, 55, local_endpoint=BANK, shared=True, tags={"risk": "low"}),
        span("tickets issued", ISSUE, BEGIN, Kind.PRODUCER, 62, 63),
        span("POST /tickets", BEGIN, None, Kind.SERVER, 0, 80, tags={"seat.row": "F", "note": "naïve ☕"}),
    ]


def main(client: str, address: str) -> None:
    encoding, path, content_type = CLIENTS[client]
    spans = tell()
    encoder = get_encoder(encoding)
    body = encoder.encode_queue([encoder.encode_span(span) for span in spans])
    data = body if isinstance(body, bytes) else body.encode()
    request = urllib.request.Request(f"http://{address}{path}", data, {"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=30) as answer:
        if answer.status != 202:
            raise RuntimeError(f"answered {answer.status}")
    print(json.dumps([describe(span) for span in spans]))


def describe(span: Span) -> dict[str, object]:
    """What must be read back of a span."""
    start_us = int(span.timestamp * 1_000_000)
    return {
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_span_id": span.parent_id or "",
        "service": span.local_endpoint.service_name,
        "name": span.name,
        "kind": "unspecified" if span.kind is Kind.LOCAL else span.kind.value.lower(),
        "is_error": "error" in span.tags,
        "start_ns": start_us * 1000,
        "end_ns": (start_us + int(span.duration * 1_000_000)) * 1000,
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
