"""What was counted last: why a window may be empty."""

from dataclasses import dataclass

from services_map.storage.newest import read_newest_slot
from traces import reading
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND
from traces.storage.base import ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCounted:
    """Why a window may be empty: whether any span ever came, and the newest slot with calls in it."""

    has_spans: bool
    newest: Window | None


def load_last_counted(project: ProjectId, now_ns: int) -> LastCounted:
    """For a page that has nothing to show."""
    found = read_newest_slot(project, now_ns // NS_PER_SECOND)
    if found is None:
        return LastCounted(has_spans=reading.find_first_span(project) is not None, newest=None)
    start_s, length_s = found
    newest = Window(start_ns=start_s * NS_PER_SECOND, end_ns=(start_s + length_s) * NS_PER_SECOND)
    return LastCounted(has_spans=True, newest=newest)
