"""Windows as roll-ups know them: aligned to slots that are kept, with the rows of subjects in them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from services_map.domain.latency.covering import (
    Piece,
    Slots,
    align_before,
    choose_slots,
    cover,
    seconds_of,
    share_slots,
)
from services_map.domain.latency.joined_rows import JoinedRows
from services_map.domain.latency.levels import DAY, HOUR, MINUTE, TEN_MINUTES
from services_map.domain.summary import Coverage
from services_map.models import Subject
from services_map.reading.rows_cache import get_rows_cache
from services_map.storage.joined_rows import read_generation, read_joined_rows
from traces.domain.query import Window
from traces.storage.base import ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A window and the one that it is compared with."""

    project: ProjectId
    slots: Slots
    before: Slots
    #: How much time lies in them that has passed.
    seconds: float
    before_seconds: float
    now_ns: int

    @property
    def coverage(self) -> Coverage:
        return Coverage(covered=self.slots.window, covered_before=self.before.window, level_s=self.slots.level_s)

    def choose_course(self, subjects: int, most_cost: int) -> Slots:
        """The slots of small charts of so many subjects: coarser ones, where all of theirs would be too many rows."""
        window, most = self.slots.window, share_slots(subjects, most_cost)
        return choose_slots(window, window.start_ns, kept_seconds(), self.now_ns, most)

    def load_slots(self, kind: Subject, subjects: Sequence[int], slots: Slots | None = None) -> JoinedRows:
        """The window (or other slots) slot by slot."""
        return load_rows(self.project, kind, subjects, [(slots or self.slots).piece])

    def load_whole(self, kind: Subject, subjects: Sequence[int]) -> JoinedRows:
        """The window in as few rows as possible."""
        return load_rows(self.project, kind, subjects, cover(self.slots))

    def load_before(self, kind: Subject, subjects: Sequence[int]) -> JoinedRows:
        """The window before in as few rows as possible."""
        return load_rows(self.project, kind, subjects, cover(self.before))


def open_frame(project: ProjectId, window: Window, before: Window | None = None, now_ns: int | None = None) -> Frame:
    """The frame at `now_ns` (now); without `before` that is the window itself."""
    now_ns = time.time_ns() if now_ns is None else now_ns
    before = window if before is None else before
    since_ns = min(window.start_ns, before.start_ns)
    slots = choose_slots(window, since_ns, kept_seconds(), now_ns)
    aligned = align_before(before, slots) if before != window else slots
    return Frame(
        project=project,
        slots=slots,
        before=aligned,
        seconds=seconds_of(slots, now_ns),
        before_seconds=seconds_of(aligned, now_ns),
        now_ns=now_ns,
    )


def kept_seconds() -> dict[int, int]:
    """How long rows of each level are kept."""
    return {
        MINUTE: settings.ROLLUP_MINUTES_HOURS * HOUR,
        TEN_MINUTES: settings.ROLLUP_TEN_MINUTES_DAYS * DAY,
        HOUR: settings.ROLLUP_HOURS_DAYS * DAY,
        DAY: settings.ROLLUP_DAYS_DAYS * DAY,
    }


def load_rows(project: ProjectId, kind: Subject, subjects: Sequence[int], pieces: Sequence[Piece]) -> JoinedRows:
    """The rows of these subjects in these slots; remembered until something is rolled up."""
    key = (project, read_generation(project), kind, tuple(subjects), tuple(pieces))
    return get_rows_cache().load(key, lambda: read_joined_rows(project, kind, subjects, pieces))
