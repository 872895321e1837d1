"""Boxes by kind: who cannot tell colours apart sees what stands there."""

from dataclasses import dataclass

from services_map.domain.calls.nodes import NodeKind
from services_map.domain.map.layout import BOX_HEIGHT, BOX_WIDTH

W, H = BOX_WIDTH, BOX_HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`outline` is filled and stroked, `more` only stroked; both are paths from the box's top-left corner."""

    name: str
    outline: str
    more: str = ""


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> str:
    turn = f"a{radius},{radius} 0 0 1 "
    across, down = width - 2 * radius, height - 2 * radius
    return (
        f"M{x + radius},{y}h{across}{turn}{radius},{radius}v{down}{turn}{-radius},{radius}"
        f"h{-across}{turn}{-radius},{-radius}v{-down}{turn}{radius},{-radius}z"
    )


_CYLINDER = f"M0,0a{W / 2},5 0 0 1 {W},0v{H}a{W / 2},5 0 0 1 {-W},0z"
_LID = f"M0,0a{W / 2},5 0 0 0 {W},0"
_BEHIND = f"M6,0v-4h{W - 2}v{H - 2}h-4"

_SHAPES = {
    NodeKind.SERVICE: Shape(name="service", outline=_rounded(0, 0, W, H, 4)),
    NodeKind.DATABASE: Shape(name="database", outline=_CYLINDER, more=_LID),
    NodeKind.QUEUE: Shape(name="queue", outline=_rounded(0, 0, W, H, 4), more=_rounded(3, 3, W - 6, H - 6, 2)),
    NodeKind.EXTERNAL: Shape(name="external", outline=_rounded(0, 0, W, H, 4)),
    NodeKind.USER: Shape(name="user", outline=_rounded(0, 0, W, H, 20)),
    NodeKind.GROUP: Shape(name="group", outline=_rounded(0, 0, W, H, 4), more=_BEHIND),
}


def shape_of(kind: NodeKind) -> Shape:
    """What a node of a kind looks like; its `name` is its CSS class."""
    return _SHAPES[kind]
