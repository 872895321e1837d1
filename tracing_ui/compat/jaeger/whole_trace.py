"""Whole traces of our store as Jaeger's APIs answer with them: repaired, in portions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings

from traces import reading
from traces.domain.columns import SpanColumns
from traces.domain.errors import TraceNotFound
from traces.domain.repairs import drop_identical_twins, repair
from traces.domain.shared_ids import Ids, tell_apart
from traces.domain.span import Span
from traces.portions import read_portions
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.jaeger.adjust import adjust


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTrace:
    """A trace whose spans can be read. `warnings` are sentences about spans that are not among them.

    `ids` are the new ids of spans that shared theirs, by index in `columns`; raw spans are as they were sent.
    """

    columns: SpanColumns
    warnings: tuple[str, ...]
    is_raw: bool
    ids: Mapping[int, Ids] = field(default_factory=dict)

    @property
    def trace_id(self) -> bytes:
        return self.columns.trace_id

    def read_portions(self) -> Iterator[list[Span]]:
        """Every span with its attributes, as `read_portions` reads them.

        Raises StoreUnavailable, also where spans went or moved meanwhile: what was read is not the trace then.
        """
        for indexes, spans in read_portions(DEFAULT_PROJECT, self.columns):
            if self.is_raw:
                yield spans
            else:
                pairs = zip(indexes, spans, strict=True)
                yield [adjust(span, self.trace_id, self.ids.get(index)) for index, span in pairs]


def load_whole_trace(trace_id: bytes, raw: bool = False) -> WholeTrace:
    """A trace, repaired unless `raw`: what came twice is there once, and ids are unique. Raises TraceNotFound."""
    columns = get_store().read_trace(DEFAULT_PROJECT, trace_id)
    if not columns:
        raise TraceNotFound("trace not found", trace_id)
    left_out = _describe_left_out(columns)
    if raw:
        return WholeTrace(columns=columns, warnings=tuple(filter(None, [left_out])), is_raw=True)
    columns, twins = drop_identical_twins(columns)
    columns, _ = repair(columns)
    warnings = tuple(filter(None, [left_out, twins]))
    return WholeTrace(columns=columns, warnings=warnings, is_raw=False, ids=tell_apart(columns))


def _describe_left_out(columns: SpanColumns) -> str | None:
    if len(columns) < settings.TRACE_MAX_SPANS:
        return None
    kept = reading.count_spans(DEFAULT_PROJECT, columns.trace_id)
    if kept <= len(columns):
        return None
    return f"Of {kept:,} spans of this trace {len(columns):,} are read: those that arrived first (TRACE_MAX_SPANS)."


def read_whole_spans(trace_id: bytes, raw: bool = False) -> Iterator[list[Span]]:
    """The spans of `load_whole_trace`, in portions. Raises TraceNotFound before the first."""
    return load_whole_trace(trace_id, raw).read_portions()
