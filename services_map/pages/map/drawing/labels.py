"""Figures beside an edge, where they cover least."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services_map.pages.map.drawing.geometry import XY

_LINE_HEIGHT, _GAP = 13, 6
#: Font size of labels.
LABEL_PX: Final = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Two lines of words: above and below the line of the edge, which passes (x, y)."""

    lines: tuple[str, str]
    x: float
    y: float
    width: float

    @property
    def height(self) -> int:
        return 2 * _LINE_HEIGHT + _GAP

    @property
    def baselines(self) -> list[tuple[str, float]]:
        above, below = self.lines
        return [(above, round(self.y - _GAP / 2 - 3, 1)), (below, round(self.y + _GAP / 2 + _LINE_HEIGHT - 4, 1))]

    @property
    def packed(self) -> str:
        """`x,y|line|line`, for a script that shows it when it is asked for."""
        return "|".join([f"{self.x:.0f},{self.y:.0f}", *self.lines])

    def overlaps(self, other: "Label") -> bool:
        apart_x = abs(self.x - other.x) - (self.width + other.width) / 2
        apart_y = abs(self.y - other.y) - (self.height + other.height) / 2
        return apart_x < 2 and apart_y < 2


def place_labels(labels: Iterable[tuple[Label, Sequence[XY]]], boxes: Sequence[Label]) -> list[Label]:
    """Each at one of its places: where it covers the fewest labels before it, then the fewest boxes."""
    placed: list[Label] = []
    for label, places in labels:
        choices = [replace(label, x=x, y=y) for x, y in places]
        placed.append(min(choices, key=lambda choice: (_count_covered(choice, placed), _count_covered(choice, boxes))))
    return placed


def _count_covered(label: Label, others: Iterable[Label]) -> int:
    return sum(label.overlaps(other) for other in others)
