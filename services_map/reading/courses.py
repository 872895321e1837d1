"""The small charts of a list: how each of many subjects ran, from not too many rows."""

from collections.abc import Sequence
from typing import Final

from services_map.domain.latency import summing
from services_map.domain.summary import Series
from services_map.models import Subject
from services_map.reading.frame import Frame

#: In rows of a minute. Those of an operation have few cells, those of a service have many.
MOST_COST: Final = {Subject.OPERATION: 25_000, Subject.SERVICE: 7_500, Subject.LINK: 7_500}


def load_courses(
    frame: Frame, kind: Subject, groups: Sequence[Sequence[int]], uses_entries: summing.Flags | None = None
) -> list[Series]:
    """The series of each group of subjects, in the finest slots that are not too many rows in all."""
    ids = sorted(id_ for group in groups for id_ in group)
    slots = frame.choose_course(len(ids), MOST_COST[kind])
    cells = summing.tally(frame.load_slots(kind, ids, slots), groups)
    if uses_entries is not None:
        cells = summing.keep_entries(cells, uses_entries)
    return summing.make_series(cells, slots, frame.now_ns)
