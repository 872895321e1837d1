"""Blocks without the spans of some traces. Pure: what is to be copied goes in, what is copied comes out."""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import TypeVar

from traces.wire import otlp_pb2 as wire

_Listed = TypeVar("_Listed")


class Leaver:
    """Leaves the spans of some traces, by project, out of blocks, and counts them in `left_out`."""

    def __init__(self, traces: Mapping[int, Set[bytes]]) -> None:
        self._traces = traces
        self.left_out = 0

    def leave_out(self, project: int, blocks: Iterable[tuple[_Listed, bytes]]) -> Iterator[tuple[_Listed, bytes]]:
        """Blocks with their OTLP; those of which nothing is left are passed over."""
        traces = self._traces.get(project)
        for listed, body in blocks:
            left, count = without_traces(body, traces) if traces else (body, 0)
            self.left_out += count
            if left:
                yield listed, left


def without_traces(body: bytes, trace_ids: Set[bytes]) -> tuple[bytes, int]:
    """A request without the spans of some traces, and how many those were; empty if none is left.

    The spans that stay are the bytes that they were.
    """
    shell, outline, kept = wire.Shell.FromString(body), wire.Envelope.FromString(body), wire.Shell()
    left_out = 0
    for of_resource, resource in zip(shell.resource_spans, outline.resource_spans, strict=True):
        target = wire.ResourceShell(resource=of_resource.resource, schema_url=of_resource.schema_url)
        for of_scope, scope in zip(of_resource.scope_spans, resource.scope_spans, strict=True):
            pairs = zip(of_scope.spans, scope.spans, strict=True)
            spans = [span for span, parsed in pairs if parsed.trace_id not in trace_ids]
            left_out += len(of_scope.spans) - len(spans)
            if spans:
                target.scope_spans.add(scope=of_scope.scope, schema_url=of_scope.schema_url, spans=spans)
        if target.scope_spans:
            kept.resource_spans.append(target)
    return (kept.SerializeToString(), left_out) if left_out else (body, 0)
