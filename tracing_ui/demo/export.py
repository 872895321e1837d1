"""The spans of an hour as the export requests that its processes would have sent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from traces.wire import otlp_pb2 as wire
from tracing_ui.demo.fleet import Process, describe
from tracing_ui.demo.scopes import SCHEMA_URL, Scope
from tracing_ui.demo.values import parse_attributes
from tracing_ui.demo.world import Exported

# What an SDK puts into one request is 512 at most; a Collector beside it that batches again sends more.
SPANS_A_REQUEST = 2_048


@dataclass(frozen=True, slots=True)
class Request:
    """An OTLP request of one process."""

    body: bytes
    span_count: int


def make_requests(spans: Iterable[Exported]) -> Iterator[Request]:
    """Each process exports its spans in the order in which they ended."""
    by_process: dict[Process, list[Exported]] = defaultdict(list)
    for span in spans:
        by_process[span.process].append(span)
    for process, of_process in by_process.items():
        of_process.sort(key=lambda span: span.end_ns)
        for start in range(0, len(of_process), SPANS_A_REQUEST):
            yield _make_request(process, of_process[start : start + SPANS_A_REQUEST])


def _make_request(process: Process, spans: Sequence[Exported]) -> Request:
    by_scope: dict[Scope, list[bytes]] = defaultdict(list)
    for span in spans:
        by_scope[span.scope].append(span.content)
    resource = wire.Resource(attributes=parse_attributes(describe(process)))
    group = wire.ResourceShell(resource=resource.SerializeToString(), schema_url=SCHEMA_URL.encode())
    for scope, contents in by_scope.items():
        message = wire.Scope(name=scope.name.encode(), version=scope.version.encode())
        group.scope_spans.add(scope=message.SerializeToString(), spans=contents, schema_url=SCHEMA_URL.encode())
    return Request(wire.Shell(resource_spans=[group]).SerializeToString(), len(spans))
