"""`jaeger_client_spans.py CLIENT HOST:PORT`: Jaeger's own client for Python, which sends compact Thrift over UDP.

It is the last before OpenTelemetry and speaks OpenTracing's words: tags, logs, references.
"""

import json
import os
import sys
import time

import opentracing
from jaeger_client import ConstSampler, Tracer
from jaeger_client.local_agent_net import LocalAgentSender
from jaeger_client.reporter import Reporter
from opentracing.ext import tags

FIRST_SPAN_ID = 0xF1D2_0000_0000_0001


class GivenIds:
    """In the place of the tracer's source of chance: the trace id given, then span ids that count up."""

    def __init__(self) -> None:
        self.next_span_id = FIRST_SPAN_ID

    def getrandbits(self, bits: int) -> int:
        if bits == 128:
            return int(os.environ["TRACE_ID"], 16)
        self.next_span_id += 1
        return self.next_span_id - 1


class Remembering(Reporter):
    """The client's reporter, which also remembers what it was given."""

    def report_span(self, span) -> None:
        self.told = [*getattr(self, "told", []), span]
        super().report_span(span)


def main(address: str) -> None:
    host, port = address.rsplit(":", 1)
    sender = LocalAgentSender(host=host, sampling_port=5778, reporting_port=int(port))
    reporter = Remembering(channel=sender, flush_interval=0.05)
    tracer = Tracer(
        service_name="box-office",
        reporter=reporter,
        sampler=ConstSampler(True),
        generate_128bit_trace_id=True,
        tags={"hostname": "till-3", "ip": "192.0.2.7", "client-uuid": "0f0e0d0c"},
    )
    tracer.random = GivenIds()
    start = int(os.environ["START_NS"]) / 1e9
    root = tracer.start_span(
        "POST /tickets",
        tags={tags.SPAN_KIND: tags.SPAN_KIND_RPC_SERVER, "seat.row": "F", "seat.count": 2, "price.total": 37.5},
        start_time=start,
    )
    root.set_tag("member", True).set_tag("note", "naïve ☕")
    pick = tracer.start_span("pick seat", child_of=root, start_time=start + 0.005)
    pick.log_kv({"event": "seat held", "hold.seconds": 300, "seat": "F12"}, timestamp=start + 0.010)
    pick.log_kv({"message": "no event field"}, timestamp=start + 0.011)
    pick.finish(start + 0.012)
    charge = tracer.start_span("charge card", child_of=root, start_time=start + 0.015)
    charge.set_tag(tags.SPAN_KIND, tags.SPAN_KIND_RPC_CLIENT).set_tag("peer.service", "bank")
    charge.set_tag(tags.ERROR, True)
    charge.log_kv({"event": "error", "error.kind": "CardDeclined"}, timestamp=start + 0.059)
    charge.finish(start + 0.060)
    issue = tracer.start_span(
        "tickets.issued",
        references=[opentracing.follows_from(pick.context)],
        start_time=start + 0.062,
    )
    issue.finish(start + 0.063)
    root.finish(start + 0.080)
    told = reporter.told
    time.sleep(0.5)  # the reporter has a loop of its own
    tracer.close()
    time.sleep(0.2)
    print(json.dumps([describe(span) for span in told]))


def describe(span) -> dict[str, object]:
    """What must be read back of a span."""
    words = {tag.key: tag.vStr for tag in span.tags}
    return {
        "trace_id": f"{span.trace_id:032x}",
        "span_id": f"{span.span_id:016x}",
        "parent_span_id": f"{span.parent_id:016x}" if span.parent_id else "",
        "service": "box-office",
        "name": span.operation_name,
        "kind": words.get("span.kind", "unspecified"),
        "is_error": any(tag.key == "error" and tag.vBool for tag in span.tags),
        "start_ns": int(span.start_time * 1e6) * 1000,
        "end_ns": (int(span.start_time * 1e6) + int((span.end_time - span.start_time) * 1e6)) * 1000,
    }


if __name__ == "__main__":
    main(sys.argv[2])
