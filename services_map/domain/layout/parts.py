"""One part of a map, whose nodes hang together: placed afresh, or as it was before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services_map.domain.layout.coordinates import heights, settle
from services_map.domain.layout.crossings import thread, untangle
from services_map.domain.layout.cycles import against
from services_map.domain.layout.graph import Pair
from services_map.domain.layout.keeping import kept_columns, kept_tops
from services_map.domain.layout.layers import divide, layers, parts_of
from services_map.domain.layout.shapes import COLUMN_WIDTH, SLOT_HEIGHT

#: What was there is kept until its lines are so much longer than fresh ones, or a column has so many boxes.
_TOO_LONG: Final = 1.5
_SLACK: Final = 4 * SLOT_HEIGHT
_TOO_MANY_BOXES: Final = 32


@dataclass(frozen=True, slots=True)
class Part:
    """`count` nodes by number; `user` is the user's, if it is one of them."""

    count: int
    edges: Sequence[Pair]
    user: int | None


@dataclass(frozen=True, slots=True)
class Placed:
    """Column, from 0, and top of each node; `pairs` are all edges, from left to right."""

    columns: list[int]
    tops: list[int]
    pairs: list[Pair]

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
        kept = _kept(part, known)
        if _is_tidy(kept, fresh):
            return kept, True
    return fresh, False


def _fresh(part: Part) -> Placed:
    pairs = _from_left(part, [])
    layer = layers(part.count, pairs)
    _put_first(layer, part.user)
    parts = parts_of(layer)
    threads = thread(layer, pairs)
    middles = heights(threads, untangle(threads), parts, part.count)[: part.count].tolist()
    columns = divide(layer, parts, middles, pairs)
    _put_first(columns, part.user)
    tops = settle(columns, [int(y // 1) for y in middles])
    lowest = min(tops)
    return Placed(columns, [top - lowest for top in tops], pairs)


def _kept(part: Part, known: Mapping[int, tuple[int, int]]) -> Placed:
    doubtful = [
        (one, other)
        for one, other in part.edges
        if one in known and other in known and known[one][0] >= known[other][0]
    ]
    pairs = _from_left(part, doubtful)
    columns = kept_columns(part.count, pairs, {node: column for node, (column, _) in known.items()})
    _put_first(columns, part.user)
    dense = {column: index for index, column in enumerate(sorted(set(columns)))}
    columns = [dense[column] for column in columns]
    return Placed(columns, kept_tops(columns, pairs, {node: top for node, (_, top) in known.items()}), pairs)


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
