"""Counters that outlive the process that counts: operators see them, whoever did the work."""

from django.db.models import F

from traces.models import Tally

#: Spans of partitions that were dropped before a roll-up had counted them, and of blocks that could not be counted.
SPANS_NOT_ROLLED_UP = "spans_not_rolled_up"
#: Spans that were deleted by their trace, and are counted no more.
SPANS_WITHDRAWN = "spans_withdrawn"
#: Spans of partitions that retention dropped.
SPANS_DROPPED = "spans_dropped"
NAMES = (SPANS_NOT_ROLLED_UP, SPANS_WITHDRAWN, SPANS_DROPPED)


def add(name: str, count: int) -> None:
    """Inside the caller's transaction, if there is one."""
    Tally.objects.get_or_create(name=name)
    Tally.objects.filter(name=name).update(count=F("count") + count)


def read_tallies() -> dict[str, int]:
    """All of them; what was never counted is 0."""
    return dict.fromkeys(NAMES, 0) | dict(Tally.objects.values_list("name", "count"))
