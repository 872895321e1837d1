"""The rows of a trace: pre-order, children by start, on the clock that was asked for."""

from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import eq

from traces.domain.clock import Clock, ClockCorrection, correct, list_corrections
from traces.domain.clock_skew import measure_skew
from traces.domain.columns import INTEGER, SpanColumns, picker
from traces.domain.shared_ids import Ids
from traces.domain.tree import Tree, build_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`order[row]` is the index in `spans` of the span in that row; depths and sizes go by rows, too.

    `corrections` are made in `spans` if the clock was CORRECTED, and could be made if not.
    """

    spans: SpanColumns
    order: "array[int]"
    depths: "array[int]"
    subtree_sizes: "array[int]"
    corrections: tuple[ClockCorrection, ...]


def lay_out(spans: SpanColumns, clock: Clock, told_apart: Mapping[int, Ids]) -> Layout:
    """Who is below whom does not depend on the clock: it is decided on the times that were sent.

    `told_apart` are the ids of `spans` that share one, as `tell_apart` says.
    """
    by_start, starts_ns = _sort_by_start(spans)
    tree = _build_tree(spans, by_start, told_apart)
    skew = measure_skew(spans, by_start, starts_ns, tree)
    corrections = list_corrections(spans, skew)
    if corrections and clock is Clock.CORRECTED:
        spans = correct(spans, skew)
        numbers = dict(zip(by_start, range(len(by_start)), strict=True))
        by_start, _ = _sort_by_start(spans)
        tree = tree.renumber([numbers[index] for index in by_start])
    return Layout(
        spans=spans,
        order=array(INTEGER, [by_start[number] for number in tree.order]),
        depths=array(INTEGER, tree.depths),
        subtree_sizes=array(INTEGER, tree.subtree_sizes),
        corrections=corrections,
    )


def _build_tree(spans: SpanColumns, by_start: Sequence[int], told_apart: Mapping[int, Ids]) -> Tree:
    span_ids, parent_span_ids = spans.span_ids, spans.parent_span_ids
    if told_apart:
        span_ids, parent_span_ids = span_ids[:], parent_span_ids[:]
        for index, ids in told_apart.items():
            span_ids[index], parent_span_ids[index] = ids.span_id, ids.parent_span_id
    pick = picker(by_start)
    return build_tree(pick(span_ids), pick(parent_span_ids))


def _sort_by_start(spans: SpanColumns) -> tuple[list[int], Sequence[int]]:
    """Indexes and starts. Of those that start together the longer comes first, then the lesser id."""
    starts_ns, durations_ns, span_ids = spans.starts_ns.tolist(), spans.durations_ns, spans.span_ids
    indexes = sorted(range(len(spans)), key=starts_ns.__getitem__)
    in_order = picker(indexes)(starts_ns)
    end = 0
    for second in compress(range(1, len(indexes)), map(eq, in_order, in_order[1:])):
        if second < end:
            continue
        end = bisect_right(in_order, in_order[second], second)
        together = indexes[second - 1 : end]
        together.sort(key=lambda index: (-durations_ns[index], span_ids[index]))
        indexes[second - 1 : end] = together
    return indexes, in_order
