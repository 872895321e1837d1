"""What is done to roll-ups beside counting: old rows go, and everything can be counted anew."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from django.db.models import F

from services_map.domain.latency.levels import DAY, align_down, align_up
from services_map.models import RollUpState
from services_map.storage import open_ends
from services_map.storage import rows as rollup_rows
from traces.storage import get_store
from traces.storage.base import ProjectId

#: How long a span is kept that was counted without its partner, in case that comes after all.
FORGET_AFTER_SECONDS: Final = 900
_ROWS_A_PORTION: Final = 2_000
_NANOSECONDS: Final = 10**9


def rebuild(project: ProjectId) -> int:
    """Forget what was counted of the spans that are still kept, and queue them to be counted anew; how many blocks.

    Where older spans were dropped already, what is counted of them stays: it begins with the first day (UTC) of which
    every span is kept.
    """
    store = get_store()
    with store.writing():
        RollUpState.objects.get_or_create(project_id=project)
        RollUpState.objects.filter(project_id=project).update(generation=F("generation") + 1, held_until=None)
        from_s = align_up(-(-store.kept_from_ns() // _NANOSECONDS), DAY)
        rollup_rows.delete_from(project, from_s)
        open_ends.forget_all(project)
        return store.mark_all_new(project, from_s * _NANOSECONDS)


def prune(now_s: int, kept_s: Mapping[int, int]) -> int:
    """Delete the rows of each level that are older than `kept_s` says for it, and ends nobody will come for; how many.

    Of a level that it does not name all rows stay.
    """
    forgotten = _in_portions(lambda most: open_ends.forget_settled(now_s - FORGET_AFTER_SECONDS, most))
    return forgotten + sum(
        _in_portions(partial(rollup_rows.delete_before, level_s, align_down(now_s - seconds, level_s)))
        for level_s, seconds in kept_s.items()
    )


def _in_portions(delete: Callable[[int], int]) -> int:
    """Delete until nothing is left, and let other writers through in between."""
    store, deleted = get_store(), 0
    while True:
        with store.writing():
            found = delete(_ROWS_A_PORTION)
        deleted += found
        if found < _ROWS_A_PORTION:
            return deleted


def list_projects() -> list[ProjectId]:
    """The projects that have spans to be counted, or ends that wait."""
    waiting = open_ends.list_projects()
    return sorted({*get_store().list_projects_to_roll_up(), *map(ProjectId, waiting)})
