"""Blocks without the spans of some traces, or with nothing else. Pure: what is to be copied goes in, what is copied
comes out.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Generic, TypeVar

from traces.wire import otlp_pb2 as wire

_Listed = TypeVar("_Listed")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The block that spans were left out of, and which ones."""

    shell: wire.Shell
    ordinals: Collection[int]


class Leaver(Generic[_Listed]):
    """Leaves the spans of some traces, by project, out of blocks, and counts them in `left_out`.

    `note` is told of each block that loses some: project, block, spans.
    """

    def __init__(
        self, traces: Mapping[int, Set[bytes]], note: Callable[[int, _Listed, LeftOut], None] = lambda *_: None
    ) -> None:
        self._traces = traces
        self._note = note
        self.left_out = 0

    def leave_out(self, project: int, blocks: Iterable[tuple[_Listed, bytes]]) -> Iterator[tuple[_Listed, bytes]]:
        """Blocks with their OTLP; those of which nothing is left are passed over."""
        traces = self._traces.get(project)
        for listed, body in blocks:
            ordinals = find_ordinals(body, traces) if traces else set()
            if not ordinals:
                yield listed, body
                continue
            shell = wire.Shell.FromString(body)
            self.left_out += len(ordinals)
            self._note(project, listed, LeftOut(shell, ordinals))
            if left := pick_spans(shell, ordinals, is_without=True):
                yield listed, left


def keep_only(body: bytes, trace_ids: Set[bytes]) -> bytes:
    """The request of only the spans of these traces; empty if there are none. Raises DecodeError."""
    ordinals = find_ordinals(body, trace_ids)
    return pick_spans(wire.Shell.FromString(body), ordinals) if ordinals else b""


def find_ordinals(body: bytes, trace_ids: Set[bytes]) -> set[int]:
    """Which spans of a request are of these traces."""
    groups = wire.Envelope.FromString(body).resource_spans
    spans = (span for group in groups for of_scope in group.scope_spans for span in of_scope.spans)
    return {ordinal for ordinal, span in enumerate(spans) if span.trace_id in trace_ids}


def pick_spans(shell: wire.Shell, ordinals: Set[int], *, is_without: bool = False) -> bytes:
    """The request of these spans of another, or of all but these. They are the bytes that they were; empty if none."""
    kept, first = wire.Shell(), 0
    for of_resource in shell.resource_spans:
        target = wire.ResourceShell(resource=of_resource.resource, schema_url=of_resource.schema_url)
        for of_scope in of_resource.scope_spans:
            numbered = enumerate(of_scope.spans, start=first)
            spans = [span for ordinal, span in numbered if (ordinal in ordinals) is not is_without]
            first += len(of_scope.spans)
            if spans:
                target.scope_spans.add(scope=of_scope.scope, schema_url=of_scope.schema_url, spans=spans)
        if target.scope_spans:
            kept.resource_spans.append(target)
    return kept.SerializeToString()
