"""Which roll-ups answer for a window: fine enough for a chart, still kept, and as few rows as possible."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services_map.domain.latency.levels import LEVELS, align_down, align_up
from traces.domain.query import Window
from traces.domain.span import MAX_NS

NS: Final = 1_000_000_000
#: So many rows of a subject are read for a chart at most, where a coarser level is to be had.
MOST_SLOTS: Final = dict.fromkeys(LEVELS, 200)
#: Steps of a chart: more cannot be told apart, and each costs a place in the page.
MOST_STEPS: Final = 100
_MAX_S: Final = MAX_NS // NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Slots of one level, half-open, in seconds since 1970; both ends are those of slots."""

    level_s: int
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """A window cut into equal steps of whole slots; the last step ends at `end_s`, if that is earlier."""

    level_s: int
    start_s: int
    end_s: int
    step_s: int

    @property
    def count(self) -> int:
        return -(-(self.end_s - self.start_s) // self.step_s)

    @property
    def starts_s(self) -> list[int]:
        return list(range(self.start_s, self.end_s, self.step_s))

    def lengths_s(self, now_ns: int) -> list[float]:
        """How much time of each step has passed at `now_ns`; all of it in the future."""
        return [_passed_s(start_s, min(start_s + self.step_s, self.end_s), now_ns) for start_s in self.starts_s]

    @property
    def piece(self) -> Piece:
        """All of it at its level."""
        return Piece(level_s=self.level_s, start_s=self.start_s, end_s=self.end_s)

    @property
    def window(self) -> Window:
        return Window(start_ns=self.start_s * NS, end_ns=self.end_s * NS)


def choose_slots(
    window: Window, since_ns: int, kept_s: Mapping[int, int], now_ns: int, most: Mapping[int, int] = MOST_SLOTS
) -> Slots:
    """The window, aligned outwards to the finest level that has at most so many slots in it and is still kept.

    Levels are kept for `kept_s` seconds; one that has lost what came after `since_ns` is not chosen, but the coarsest
    if all have. Of more than MOST_STEPS slots (or `most`, if those are less) several make a step.
    """
    for level_s in LEVELS:
        start_s, end_s = _align(window, level_s)
        is_kept = since_ns >= now_ns - kept_s[level_s] * NS
        if is_kept and end_s - start_s <= most[level_s] * level_s:
            break
    slots_a_step = -(-(end_s - start_s) // (level_s * min(most[level_s], MOST_STEPS)))
    return Slots(level_s=level_s, start_s=start_s, end_s=end_s, step_s=level_s * slots_a_step)


def _align(window: Window, level_s: int) -> tuple[int, int]:
    start_s = align_down(max(0, window.start_ns) // NS, level_s)
    return start_s, max(start_s + level_s, align_up(-(-min(window.end_ns, MAX_NS) // NS), level_s))


def share_slots(subjects: int, most_cost: int) -> dict[int, int]:
    """How many slots of each level each of so many subjects may have; a row of a coarser level has more cells."""
    return {
        level_s: max(1, min(MOST_SLOTS[level_s], most_cost // (cost * max(1, subjects))))
        for cost, level_s in enumerate(LEVELS, 1)
    }


def align_before(before: Window, slots: Slots) -> Slots:
    """A window to compare with, aligned as `slots` are; it shares no slot with them if it ends where they begin."""
    start_s, end_s = _align(before, slots.level_s)
    if before.end_ns <= slots.start_s * NS + (slots.level_s * NS - 1) and end_s > slots.start_s >= slots.level_s:
        end_s = slots.start_s
        start_s = min(start_s, end_s - slots.level_s)
    return Slots(level_s=slots.level_s, start_s=start_s, end_s=end_s, step_s=slots.step_s)


def cover(slots: Slots) -> list[Piece]:
    """The fewest slots of any level that make up exactly the same time, in its order."""
    return list(_cover(slots.start_s, slots.end_s, [level for level in LEVELS if level >= slots.level_s]))


def _cover(start_s: int, end_s: int, levels: Sequence[int]) -> Iterator[Piece]:
    level_s, *coarser = levels
    if coarser:
        inner_start_s, inner_end_s = align_up(start_s, coarser[0]), align_down(end_s, coarser[0])
        if inner_start_s < inner_end_s:
            yield from _piece(level_s, start_s, inner_start_s)
            yield from _cover(inner_start_s, inner_end_s, coarser)
            yield from _piece(level_s, inner_end_s, end_s)
            return
    yield from _piece(level_s, start_s, end_s)


def _piece(level_s: int, start_s: int, end_s: int) -> Iterator[Piece]:
    if start_s < end_s:
        yield Piece(level_s=level_s, start_s=start_s, end_s=end_s)


def seconds_of(slots: Slots, now_ns: int) -> float:
    """How much time lies in it that has already passed; all of it, where it is in the future."""
    return _passed_s(slots.start_s, slots.end_s, now_ns)


def _passed_s(start_s: int, end_s: int, now_ns: int) -> float:
    passed_s = now_ns / NS - start_s
    return min(float(end_s - start_s), passed_s) if passed_s > 0 else float(end_s - start_s)
