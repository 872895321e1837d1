"""Counts what a file holds, portion by portion, in memory that does not grow with its texts."""

from array import array
from collections import Counter
from collections.abc import Iterable

import numpy as np

from traces.ingest.files.outcome import Preview, Problem
from traces.ingest.files.portion import Portion
from traces.wire import otlp_pb2 as wire

MAX_PROBLEMS = 100
_MAX_SERVICES = 100
# Services that are told apart; spans of the others count under _MORE.
_MAX_NAMES = 10_000
_MAX_NAME_BYTES = 200
_MAX_REASON_CHARS = 300
_MAX_TRACE_IDS = 20
_MORE = "…"
_SERVICE_NAME = b"service.name"


class Problems:
    """The first hundred, and how many there are."""

    def __init__(self) -> None:
        self.first: list[Problem] = []
        self.count = 0

    def add(self, found: Iterable[Problem]) -> None:
        for problem in found:
            self.count += 1
            if len(self.first) < MAX_PROBLEMS:
                self.first.append(Problem(where=problem.where, reason=problem.reason[:_MAX_REASON_CHARS]))


class Tally:
    """8 bytes a span tell which are the same, 8 bytes each time the trace changes tell how many traces there are."""

    def __init__(self) -> None:
        self.problems = Problems()
        self.span_count = 0
        self._formats: set[str] = set()
        self._services: Counter[str] = Counter()
        self._start_ns, self._end_ns = 0, 0
        self._identities, self._traces = array("q"), array("q")
        self._trace_ids: dict[bytes, None] = {}
        self._last_trace_id = b""

    def add(self, portion: Portion) -> None:
        self.problems.add(portion.problems)
        self._formats |= portion.formats
        self.span_count += portion.span_count
        for of_resource in portion.request.resource_spans:
            service = _find_service(of_resource.resource)
            for of_scope in of_resource.scope_spans:
                self._count_service(service, len(of_scope.spans))
                self._add_spans(service, of_scope.spans)

    def preview(self) -> Preview:
        """What was added so far."""
        return Preview(
            format=" and ".join(sorted(self._formats)),
            trace_count=_count_distinct(self._traces),
            span_count=self.span_count,
            services=tuple(self._services.most_common(_MAX_SERVICES)),
            service_count=len(self._services),
            start_ns=self._start_ns,
            end_ns=self._end_ns,
            problems=tuple(self.problems.first),
            problem_count=self.problems.count,
            twin_count=len(self._identities) - _count_distinct(self._identities),
            trace_ids=tuple(self._trace_ids),
        )

    def _count_service(self, service: str, span_count: int) -> None:
        is_known = service in self._services or len(self._services) < _MAX_NAMES
        self._services[service if is_known else _MORE] += span_count

    def _add_spans(self, service: str, spans: Iterable[wire.Span]) -> None:
        for span in spans:
            trace_id, start_ns, end_ns = span.trace_id, span.start_time_unix_nano, span.end_time_unix_nano
            self._add_trace(trace_id)
            if start_ns:
                self._start_ns = min(self._start_ns or start_ns, start_ns)
                self._end_ns = max(self._end_ns, start_ns, end_ns)
            identity = (trace_id, span.span_id, span.parent_span_id, span.name, span.kind, service, start_ns, end_ns)
            self._identities.append(hash(identity))

    def _add_trace(self, trace_id: bytes) -> None:
        if trace_id == self._last_trace_id:
            return
        self._last_trace_id = trace_id
        self._traces.append(hash(trace_id))
        if len(self._trace_ids) < _MAX_TRACE_IDS:
            self._trace_ids[trace_id] = None


def _find_service(resource: wire.Resource) -> str:
    names = [pair.value.string_value for pair in resource.attributes if pair.key == _SERVICE_NAME]
    return names[0][:_MAX_NAME_BYTES].decode("utf-8", "replace") if names else ""


def _count_distinct(hashes: "array[int]") -> int:
    if not hashes:
        return 0
    ordered = np.sort(np.frombuffer(hashes, np.int64))
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + 1
