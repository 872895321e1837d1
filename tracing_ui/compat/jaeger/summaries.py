"""Lines of a result list as version 3 of Jaeger's API has them."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import compress
from operator import add

from django.conf import settings

from traces.domain.columns import SpanColumns
from traces.domain.errors import TooBusy, TraceNotFound
from traces.domain.query import TraceSummary
from traces.domain.shared_ids import Ids
from traces.domain.span import Operation, StatusCode
from tracing_ui.compat.jaeger.whole_trace import load_whole_trace


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    name: str
    span_count: int
    error_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`root` is the operation of the earliest span without a parent; orphans name a parent that is not there."""

    trace_id: bytes
    root: Operation | None
    start_ns: int
    end_ns: int
    span_count: int
    error_count: int
    orphan_count: int
    services: tuple[ServiceSummary, ...]  # by name


def load_summaries(found: Iterable[TraceSummary]) -> Iterator[Summary]:
    """Those of found traces, in their order; one that went meanwhile is left out.

    Raises TooBusy where reading them takes longer than SEARCH_TIMEOUT_SECONDS: traces may be of any size.
    """
    seconds = settings.SEARCH_TIMEOUT_SECONDS
    end = time.monotonic() + seconds
    for trace in found:
        if time.monotonic() > end:
            raise TooBusy(f"the traces found take longer than {seconds:g} seconds to read: ask for fewer")
        try:
            whole = load_whole_trace(trace.trace_id)
        except TraceNotFound:
            continue
        yield summarise(whole.columns, whole.ids)


def summarise(spans: SpanColumns, ids: Mapping[int, Ids]) -> Summary:
    """Of the spans (at least one) of a trace; `ids` are the new ones of those that shared theirs."""
    failed = list(map(StatusCode.ERROR.value.__eq__, spans.statuses))
    parents = [*spans.parent_span_ids]
    present = set(spans.span_ids)
    for index, own in ids.items():
        parents[index] = own.parent_span_id
        present.add(own.span_id)
    roots = [index for index, parent in enumerate(parents) if parent is None]
    root = min(roots, key=spans.starts_ns.__getitem__, default=None)
    return Summary(
        trace_id=spans.trace_id,
        root=None if root is None else spans.operations[spans.operation_ids[root]],
        start_ns=min(spans.starts_ns),
        end_ns=max(map(add, spans.starts_ns, spans.durations_ns)),
        span_count=len(spans),
        error_count=sum(failed),
        orphan_count=sum(parent is not None and parent not in present for parent in parents),
        services=_summarise_services(spans, failed),
    )


def _summarise_services(spans: SpanColumns, failed: list[bool]) -> tuple[ServiceSummary, ...]:
    all_spans: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for counts, operation_ids in ((all_spans, spans.operation_ids), (errors, compress(spans.operation_ids, failed))):
        for operation_id, count in Counter(operation_ids).items():
            counts[spans.operations[operation_id].service.name] += count
    return tuple(ServiceSummary(name, all_spans[name], errors[name]) for name in sorted(all_spans))
