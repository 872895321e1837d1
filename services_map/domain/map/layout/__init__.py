"""Where the boxes of a dependency map stand and how its lines run: callers left, callees right, and nothing jumps."""

from services_map.domain.map.layout.arrange import lay_out
from services_map.domain.map.layout.shapes import (
    BOX_HEIGHT,
    BOX_WIDTH,
    COLUMN_WIDTH,
    MARGIN,
    SLOT_HEIGHT,
    Layout,
    Point,
)

__all__ = ["BOX_HEIGHT", "BOX_WIDTH", "COLUMN_WIDTH", "MARGIN", "SLOT_HEIGHT", "Layout", "Point", "lay_out"]
