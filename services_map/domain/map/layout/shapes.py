"""What a layout says, and its measures in pixels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from services_map.domain.calls.nodes import Node

BOX_WIDTH: Final = 148
BOX_HEIGHT: Final = 40
#: A box and the room below it: what one box more moves the others by at most.
SLOT_HEIGHT: Final = 56
#: From the left side of a column to that of the next.
COLUMN_WIDTH: Final = 280
#: Around all boxes: lines run there too.
MARGIN: Final = 24


class Point(NamedTuple):
    """Pixels from the left and from the top."""

    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Boxes of BOX_WIDTH × BOX_HEIGHT that do not overlap, and lines between them.

    `positions` are top-left corners. `order` is what to keep and to give back as `previous`: whole numbers, else
    opaque. A route is a chain of cubic Béziers: a first point, then three for each curve (two handles, one end).
    It starts at the caller and ends at the callee, also where the callee stands further left (`backward` has it). Very
    deep maps have callees in the column of their callers: such routes run from right side to right side.
    `is_rearranged`: `previous` was given and not followed, because a fresh layout is much tidier.
    """

    positions: Mapping[Node, Point]
    order: Mapping[Node, tuple[int, int]]
    routes: Mapping[tuple[Node, Node], tuple[Point, ...]]
    backward: frozenset[tuple[Node, Node]]
    width: int
    height: int
    is_rearranged: bool
