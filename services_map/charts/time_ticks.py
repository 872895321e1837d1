"""The axis of time: slots of equal length, and round times of the visitor's clock.

static/js/lib/time-ticks.js finds the same ones, for another zone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from services_map.charts.paths import WIDTH, percent
from traces.words import moment
from traces.zones import Zone

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400
#: Seconds from one tick to the next.
_STEPS_S = (
    *(number * _MINUTE_S for number in (1, 2, 5, 10, 15, 30)),
    *(number * _HOUR_S for number in (1, 2, 3, 6, 12)),
    *(number * _DAY_S for number in (1, 2, 7, 14)),
)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_MONTH_S = 2_629_746
_MARGIN_S = 3 * _HOUR_S
_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
MOST_TICKS = 8
# Weeks begin on Mondays; the first day of all was a Thursday.
_MONDAY_S = 4 * _DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTick:
    """`at` is per cent from the left; `more` the day (or the year) where it is not that of the tick before."""

    at_s: int
    at: str
    text: str
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """`starts_s` are the beginnings of slots of `step_s` seconds each, one after the other; at least one.

    `times` say when slots begin: `2026-11-22 03:10`, with the offset where it changes within the axis.
    """

    starts_s: Sequence[int]
    step_s: int
    ticks: tuple[TimeTick, ...]
    times: tuple[str, ...]

    @property
    def start_s(self) -> int:
        return self.starts_s[0]

    @property
    def end_s(self) -> int:
        return self.starts_s[-1] + self.step_s

    def share(self, moment_s: float) -> float:
        """How far right a moment stands, from 0 to 1."""
        return (moment_s - self.start_s) / (self.end_s - self.start_s)

    def middle(self, slot: int) -> float:
        """Where what happened in a slot is drawn, in units of the drawing."""
        return WIDTH * (slot + 0.5) / len(self.starts_s)


def time_axis(starts_s: Sequence[int], step_s: int, zone: Zone) -> TimeAxis:
    """The axis of a series, with ticks at round times of a clock in the zone."""
    bare = TimeAxis(starts_s=starts_s, step_s=step_s, ticks=(), times=())
    ticks, times = _label(bare, zone.info), _list_times(bare, zone.info)
    return TimeAxis(starts_s=starts_s, step_s=step_s, ticks=tuple(ticks), times=tuple(times))


def round_times(start_s: int, end_s: int, zone: tzinfo, most: int = MOST_TICKS) -> tuple[list[int], int]:
    """Moments between two at which a clock in the zone shows round times, and the step between them in seconds.

    An hour that the clock shows twice has its ticks twice, where a tick stands at every hour; a time that it leaves out
    has none, but a day without a midnight has one where it begins.
    """
    step_s = next((step for step in _STEPS_S if (end_s - start_s) / step <= most), 0)
    if step_s:
        walls = _walls(start_s, end_s, step_s, zone)
    else:
        months = next((m for m in _MONTHS if (end_s - start_s) / (m * _MONTH_S) <= most), _MONTHS[-1])
        walls, step_s = _firsts(start_s, end_s, months, zone), months * _MONTH_S
    found = {at_s for wall in walls for at_s in _moments(wall, zone, step_s)}
    return sorted(at_s for at_s in found if start_s <= at_s <= end_s), step_s


def _walls(start_s: int, end_s: int, step_s: int, zone: tzinfo) -> Iterator[int]:
    """Round times of the clock around the window, as if they were UTC."""
    first = start_s + _offset_s(start_s, zone) - _MARGIN_S
    last = end_s + _offset_s(end_s, zone) + _MARGIN_S
    yield from range(first - (first - _MONDAY_S) % step_s, last + 1, step_s)


def _firsts(start_s: int, end_s: int, months: int, zone: tzinfo) -> Iterator[int]:
    """The beginning of every so many months."""
    first, last = (datetime.fromtimestamp(at_s, zone) for at_s in (start_s, end_s))
    begun = 12 * first.year + first.month - 1
    for number in range(begun - begun % months, 12 * last.year + last.month, months):
        yield int(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp())


def _moments(wall_s: int, zone: tzinfo, step_s: int) -> list[int]:
    """When the clock shows that."""
    before = _offset_s(wall_s - _DAY_S, zone)
    offsets = sorted({before, _offset_s(wall_s + _DAY_S, zone)}, reverse=True)
    found = [wall_s - offset for offset in offsets if _offset_s(wall_s - offset, zone) == offset]
    if not found and step_s >= _DAY_S:
        return [wall_s - before]
    return found if step_s <= _HOUR_S else found[:1]


def _offset_s(at_s: int, zone: tzinfo) -> int:
    """What the clock is ahead of UTC."""
    offset = datetime.fromtimestamp(at_s, zone).utcoffset()
    return round(offset.total_seconds()) if offset else 0


def _label(axis: TimeAxis, zone: tzinfo) -> Iterator[TimeTick]:
    moments, step_s = round_times(axis.start_s, axis.end_s, zone)
    before = ""
    for at_s in moments:
        text, more = _spell(datetime.fromtimestamp(at_s, zone), step_s)
        yield TimeTick(at_s=at_s, at=percent(axis.share(at_s)), text=text, more="" if more == before else more)
        before = more


def _list_times(axis: TimeAxis, zone: tzinfo) -> Iterator[str]:
    changes = _offset_s(axis.start_s, zone) != _offset_s(axis.end_s, zone)
    for start_s in axis.starts_s:
        there = moment(start_s * 1_000_000_000, zone, digits=0)
        yield f"{there.day} {there.clock[:5]}" + (f" {there.offset}" if changes else "")


def _spell(clock: datetime, step_s: int) -> tuple[str, str]:
    """`14:05`, `Nov 22` within days; `Nov 22`, `2026` above them."""
    day = f"{_NAMES[clock.month - 1]} {clock.day}"
    return (f"{clock:%H:%M}", day) if step_s < _DAY_S else (day, str(clock.year))
