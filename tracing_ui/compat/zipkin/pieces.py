"""Spans that arrived in pieces, put together. Pure.

Zipkin's clients may report a span before it has ended, and what they learn later under the same id. Zipkin joins such
pieces whenever it answers. Here only those are joined that cannot be spans by themselves: all but one are without an
end or a start. Different spans that share an id by chance stay what they are.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Final

from traces.domain.attributes import Json
from traces.domain.columns import SpanColumns
from traces.domain.shared_ids import Ids
from traces.domain.span import SpanFlag, SpanKind
from tracing_ui.compat.zipkin.model_json import JsonObject

# What an honest client sends, and what is kept in memory while a trace is read.
_MAX_PIECES: Final = 16
_MAX_SPANS: Final = 1_000
_PARTIAL: Final = (SpanFlag.UNFINISHED | SpanFlag.CLOCK_IMPLAUSIBLE).value
_FIELDS: Final = (
    "traceId", "parentId", "id", "kind", "name", "timestamp", "duration", "localEndpoint", "remoteEndpoint",
    "annotations", "tags", "debug", "shared",
)  # fmt: skip


def find_pieces(columns: SpanColumns, told: Mapping[int, Ids]) -> Mapping[int, Sequence[int]]:
    """The indexes of all pieces of a span by the index of each; mostly there are none."""
    if len(set(columns.span_ids)) == len(columns):
        return {}
    counts = Counter(columns.span_ids)
    groups: dict[tuple[bytes, str, bool], list[int]] = defaultdict(list)
    for index in compress(range(len(columns)), [counts[span_id] > 1 for span_id in columns.span_ids]):
        service = columns.operations[columns.operation_ids[index]].service.name
        groups[columns.span_ids[index], service, index in told and told[index].is_half].append(index)
    found = [group for group in groups.values() if _are_pieces(columns, group)]
    return {index: group for group in found[:_MAX_SPANS] for index in group}


def _are_pieces(columns: SpanColumns, group: Sequence[int]) -> bool:
    if not 1 < len(group) <= _MAX_PIECES:
        return False
    kinds = {columns.operations[columns.operation_ids[index]].kind for index in group} - {SpanKind.UNSPECIFIED.value}
    whole = sum(not columns.flags[index] & _PARTIAL for index in group)
    return len(kinds) <= 1 and whole <= 1


def join_pieces(pieces: Sequence[JsonObject]) -> JsonObject:
    """One span with what any of its pieces says; where two disagree, the one with a duration is right."""
    ordered = sorted(pieces, key=lambda piece: ("duration" not in piece, "timestamp" not in piece))
    joined: JsonObject = {}
    for piece in ordered:
        for name, value in piece.items():
            joined[name] = _join(joined[name], value) if name in joined else value
    return order_fields(joined)


def _join(ours: Json, other: Json) -> Json:
    if isinstance(ours, dict) and isinstance(other, dict):
        return {**other, **ours}
    if isinstance(ours, list) and isinstance(other, list):
        return [*ours, *(item for item in other if item not in ours)]
    return ours


def order_fields(span: JsonObject) -> JsonObject:
    """The fields in the order in which Zipkin writes them."""
    return {name: span[name] for name in _FIELDS if name in span}
