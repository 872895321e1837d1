"""Whole traces of our store as Zipkin's API answers with them, in portions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from traces.domain.columns import SpanColumns
from traces.domain.errors import TraceNotFound
from traces.domain.repairs import drop_identical_twins
from traces.domain.shared_ids import tell_apart
from traces.portions import read_portions
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.zipkin.model_json import JsonObject, encode_span, format_trace_id
from tracing_ui.compat.zipkin.pieces import find_pieces, join_pieces
from tracing_ui.compat.zipkin.showing import Showing, ShownSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTrace:
    """A trace whose spans can be read; what came twice is in it once. All raise what `read_portions` raises."""

    columns: SpanColumns
    showing: Showing

    def read_shown(self, rows: Sequence[int]) -> Iterator[list[ShownSpan]]:
        """Some of its spans (one at least), in portions."""
        for indexes, spans in read_portions(DEFAULT_PROJECT, self.columns.pick(rows)):
            yield [self.showing.show(rows[index], span) for index, span in zip(indexes, spans, strict=True)]

    def read_spans(self) -> Iterator[list[JsonObject]]:
        """Every span, in the order of arrival, in portions; the pieces of one are a span."""
        pieces = find_pieces(self.columns, self.showing.told)
        held: dict[int, list[JsonObject]] = {}
        for indexes, spans in read_portions(DEFAULT_PROJECT, self.columns):
            portion: list[JsonObject] = []
            for index, span in zip(indexes, spans, strict=True):
                fields = self.showing.show(index, span).fields
                portion += _hold(held, pieces[index], fields) if index in pieces else [fields]
            yield portion


def _hold(held: dict[int, list[JsonObject]], pieces: Sequence[int], fields: JsonObject) -> list[JsonObject]:
    """Nothing until the last piece is there, then the span."""
    found = held.setdefault(pieces[0], [])
    found.append(fields)
    return [join_pieces(held.pop(pieces[0]))] if len(found) == len(pieces) else []


def load_whole_trace(trace_id: bytes) -> WholeTrace:
    """A trace under the id asked for. Raises TraceNotFound."""
    columns, _ = drop_identical_twins(_read_columns(trace_id))
    return WholeTrace(columns=columns, showing=Showing(columns=columns, told=tell_apart(columns)))


def read_traces(trace_ids: Sequence[bytes]) -> Iterator[Iterator[list[JsonObject]]]:
    """The spans of several traces; those that are not here, or went meanwhile, are left out."""
    for trace_id in trace_ids:
        try:
            trace = load_whole_trace(trace_id)
        except TraceNotFound:
            continue
        yield trace.read_spans()


def read_as_sent(trace_id: bytes) -> Iterator[Iterator[JsonObject]]:
    """Every span of a trace as its sender wrote it, in portions. Raises TraceNotFound."""
    columns, _ = drop_identical_twins(_read_columns(trace_id))
    return (map(encode_span, spans) for _, spans in read_portions(DEFAULT_PROJECT, columns))


def _read_columns(trace_id: bytes) -> SpanColumns:
    columns = get_store().read_trace(DEFAULT_PROJECT, trace_id)
    if not columns:
        raise TraceNotFound(f"{format_trace_id(trace_id)} not found", trace_id)
    return columns
