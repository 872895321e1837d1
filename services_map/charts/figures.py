"""What charts over time have in common: a figure with its legend, ticks, marks, links and table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from services_map.charts.paths import HEIGHT, percent
from services_map.charts.scales import Scale
from services_map.charts.time_ticks import TimeAxis

_MARK_LANES = 2
_MOST_MARKS = 8

#: The address of examples for spans of a slot (seconds since 1970), of a row of the heatmap if one is given.
FindAddress = Callable[[int, int, int | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`name` is text for people, `tone` a class of chart.css: rate, failed, p50, p95, p99; one value a slot."""

    name: str
    tone: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Something that happened: `v1.42 first seen`."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A vertical line with text beside it; `is_left` where there is no room right of it. `y` is the text's."""

    at: str
    text: str
    y: int
    is_left: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A slot of the axis: a row of the table, and a strip of the drawing that leads to its examples ("" for none)."""

    time: str
    x: str
    width: str
    address: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is drawn of one series."""

    name: str
    tone: str
    line: str
    dots: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure over time; `kind` is `lines` or `stacked`. `label` says in a sentence what it shows.

    `values` are the series as drawn, `name` is a word that is used once in a page.
    """

    name: str
    kind: str
    title: str
    label: str
    axis: TimeAxis
    scale: Scale
    shapes: tuple[Shape, ...]
    values: tuple[Sequence[float | None], ...]
    marks: tuple[Mark, ...]
    slots: tuple[Slot, ...]
    height: int = HEIGHT

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return all(value is None for series in self.values for value in series)


def place_marks(axis: TimeAxis, marked: Iterable[Marked]) -> tuple[Mark, ...]:
    """Those within the axis, the latest few of them, their texts in turn on two lines."""
    inside = sorted((each for each in marked if axis.start_s <= each.at_s < axis.end_s), key=lambda each: each.at_s)
    return tuple(
        Mark(
            at=percent(axis.share(each.at_s)),
            text=each.text,
            y=10 + 12 * (number % _MARK_LANES),
            is_left=axis.share(each.at_s) > 0.7,
        )
        for number, each in enumerate(inside[-_MOST_MARKS:])
    )


def make_slots(
    axis: TimeAxis, texts: Iterable[tuple[str, ...]], has_spans: Iterable[bool], address: FindAddress | None
) -> tuple[Slot, ...]:
    """One for each slot of the axis; those without spans lead nowhere."""
    width = 1 / len(axis.starts_s)
    return tuple(
        Slot(
            time=axis.times[number],
            x=percent(number * width),
            width=percent(width),
            address=address(start_s, start_s + axis.step_s, None) if address and has else "",
            texts=row,
        )
        for number, (start_s, row, has) in enumerate(zip(axis.starts_s, texts, has_spans, strict=True))
    )
