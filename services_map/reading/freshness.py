"""How far the roll-ups of a project are: what is not counted yet, and what was counted last."""

from dataclasses import dataclass
from typing import Final

from services_map.storage.newest import read_newest_slot
from traces import reading
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND
from traces.storage import get_store
from traces.storage.base import Backlog, ProjectId

#: A block waits for the spans around it. What arrived since is no news, on a page that says of when it is.
USUAL_DELAY_NS: Final = 30 * NS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCounted:
    """Why a window may be empty: whether any span ever came, and the newest slot with calls in it."""

    has_spans: bool
    newest: Window | None


def load_backlog(project: ProjectId, now_ns: int) -> Backlog | None:
    """What should be in the figures by now, and is not; None where that is nothing."""
    found = get_store().read_backlog(project)
    is_late = found.oldest_received_ns is not None and now_ns - found.oldest_received_ns > USUAL_DELAY_NS
    return found if is_late else None


def load_last_counted(project: ProjectId, now_ns: int) -> LastCounted:
    """For a page that has nothing to show."""
    found = read_newest_slot(project, now_ns // NS_PER_SECOND)
    if found is None:
        return LastCounted(has_spans=reading.find_first_span(project) is not None, newest=None)
    start_s, length_s = found
    newest = Window(start_ns=start_s * NS_PER_SECOND, end_ns=(start_s + length_s) * NS_PER_SECOND)
    return LastCounted(has_spans=True, newest=newest)
