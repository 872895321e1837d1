"""One part of a map, whose nodes hang together: placed afresh, or as it was before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services_map.domain.map.layout.coordinates import heights, settle
from services_map.domain.map.layout.crossings import thread, untangle
from services_map.domain.map.layout.cycles import against
from services_map.domain.map.layout.graph import Pair
from services_map.domain.map.layout.keeping import added_columns, kept_columns, kept_tops
from services_map.domain.map.layout.layers import divide, layers, merge, most_layers, parts_of
from services_map.domain.map.layout.shapes import COLUMN_WIDTH, SLOT_HEIGHT

#: What was there is kept until its lines are so much longer than fresh ones, or a column has so many boxes.
_TOO_LONG: Final = 1.5
_SLACK: Final = 4 * SLOT_HEIGHT
_TOO_MANY_BOXES: Final = 32
#: Merged layers are parted when there are at most so much of the layers that there may be.
_SHALLOW: Final = 0.75


@dataclass(frozen=True, slots=True)
class Part:
    """`count` nodes by number; `user` is the user's, if it is one of them."""

    count: int
    edges: Sequence[Pair]
    user: int | None


@dataclass(frozen=True, slots=True)
class Placed:
    """Column, from 0, and top of each node; `pairs` are all edges, from left to right or within a column.

    `depth` is the number of layers that there would be with every caller left of its callees; where that is too many
    (`is_merged`), some callees stand in their callers' column, or left of it.
    """

    columns: list[int]
    tops: list[int]
    pairs: list[Pair]
    depth: int

    @property
    def is_merged(self) -> bool:
        return self.depth > most_layers(len(self.columns))

    @property
    def length(self) -> int:
        """Of all lines, in pixels."""
        return sum(
            abs(self.tops[one] - self.tops[other]) + COLUMN_WIDTH * (self.columns[other] - self.columns[one])
            for one, other in self.pairs
        )


def place(part: Part, known: Mapping[int, tuple[int, int]]) -> tuple[Placed, bool]:
    """Where the nodes stand, and whether `known` columns and tops were followed.

    They are if they are those of more than half of the nodes, and a fresh start would not be much tidier.
    """
    fresh = _fresh(part)
    if 2 * len(known) > part.count:
        kept = _kept_merged(part, known, fresh) if _is_deep(part, known, fresh) else _kept(part, known)
        if _is_tidy(kept, fresh):
            return kept, True
    return fresh, False


def _is_deep(part: Part, known: Mapping[int, tuple[int, int]], fresh: Placed) -> bool:
    """Whether layers are merged, or nearly would have to be, and were."""
    if fresh.depth <= _SHALLOW * most_layers(part.count):
        return False
    were_merged = any(known[one][0] == known[other][0] for one, other in part.edges if one in known and other in known)
    return fresh.is_merged or were_merged


def _fresh(part: Part) -> Placed:
    pairs = _from_left(part, [])
    layer = layers(part.count, pairs)
    _put_first(layer, part.user)
    depth, most = max(layer) + 1, most_layers(part.count)
    if depth > most:
        layer = merge(layer, pairs, most, is_first_kept=part.user is not None)
        pairs = _by_column(pairs, layer)
    parts = parts_of(layer)
    threads = thread(layer, [(one, other) for one, other in pairs if layer[one] != layer[other]])
    middles = heights(threads, untangle(threads), parts, part.count)[: part.count].tolist()
    columns = divide(layer, parts, middles, pairs)
    _put_first(columns, part.user)
    tops = settle(columns, [int(y // 1) for y in middles])
    lowest = min(tops)
    return Placed(columns, [top - lowest for top in tops], _by_column(pairs, columns), depth)


def _kept(part: Part, known: Mapping[int, tuple[int, int]]) -> Placed:
    doubtful = [
        (one, other)
        for one, other in part.edges
        if one in known and other in known and known[one][0] >= known[other][0]
    ]
    pairs = _from_left(part, doubtful)
    columns = kept_columns(part.count, pairs, {node: column for node, (column, _) in known.items()})
    _put_first(columns, part.user)
    return _finish(columns, pairs, known)


def _kept_merged(part: Part, known: Mapping[int, tuple[int, int]], fresh: Placed) -> Placed:
    """Whoever is known keeps its column, whatever its edges: they did not decide it before."""
    columns = added_columns(part.edges, {node: column for node, (column, _) in known.items()}, fresh.columns)
    _put_first(columns, part.user)
    return _finish(columns, part.edges, known)


def _finish(columns: list[int], edges: Sequence[Pair], known: Mapping[int, tuple[int, int]]) -> Placed:
    """Without columns that nobody stands in any more."""
    dense = {column: index for index, column in enumerate(sorted(set(columns)))}
    columns = [dense[column] for column in columns]
    pairs = _by_column(edges, columns)
    tops = kept_tops(columns, pairs, {node: top for node, (_, top) in known.items()})
    return Placed(columns, tops, pairs, max(columns) + 1)


def _by_column(edges: Sequence[Pair], columns: Sequence[int]) -> list[Pair]:
    """From left to right; within a column the lower number first."""
    return sorted(
        {(one, other) if (columns[one], one) < (columns[other], other) else (other, one) for one, other in edges}
    )


def _from_left(part: Part, doubtful: Sequence[Pair]) -> list[Pair]:
    """All edges from left to right; nobody stands left of the user."""
    to_user = {edge for edge in part.edges if edge[1] == part.user}
    asked = [edge for edge in part.edges if edge not in to_user]
    backward = to_user | against(part.count, asked, [edge for edge in doubtful if edge not in to_user])
    return sorted({edge[::-1] if edge in backward else edge for edge in part.edges})


def _put_first(columns: list[int], user: int | None) -> None:
    if user is not None:
        columns[user] = min(columns)


def _is_tidy(kept: Placed, fresh: Placed) -> bool:
    boxes = [0] * (max(kept.columns) + 1)
    for column in kept.columns:
        boxes[column] += 1
    return max(boxes) <= _TOO_MANY_BOXES and kept.length <= _TOO_LONG * fresh.length + _SLACK
