"""Spans of the last minute: what a page shows without being asked for a time."""

import time
from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests import builders
from tests.builders import MS

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
HALF_A_MINUTE_AGO = time.time_ns() - 30_000 * MS


def span_id(number: int) -> str:
    return f"{number:016x}"


def make_span(number: int, parent: int | None = None, *, trace: int = int(TRACE_ID, 16), **more: Any) -> Span:
    """Span `number` of a trace begins `number` ms after half a minute ago; `more` as in `builders.make_span`."""
    usual: dict[str, Any] = {"name": f"operation {number}", "kind": 1, "start_ns": HALF_A_MINUTE_AGO + number * MS}
    return builders.make_span(trace, number, parent, **(usual | more))


def send_spans(*spans: Span, service: str | None = "shop", resource: Mapping[str, Any] | None = None) -> None:
    """Commit spans of one service that arrive now."""
    builders.write_request(
        builders.make_request(*spans, service=service, resource=resource), received_ns=time.time_ns()
    )
