"""When something was last counted."""

from django.db.models import Max

from services_map.domain.latency.levels import DAY, LEVELS
from services_map.models import LatencyHistogram, Subject
from traces.storage.guards import guarded

#: Of the services of the newest day so many are asked for their newest minute.
_SUBJECTS = 200


@guarded
def read_newest_slot(project: int, until_s: int) -> tuple[int, int] | None:
    """The start of the newest slot before `until_s` in which a service was called, and its length, both in seconds.

    The finest slot that is still kept. None where nothing was ever counted.
    """
    rows = LatencyHistogram.objects.filter(project_id=project, subject_kind=Subject.SERVICE, start_s__lt=until_s)
    newest = rows.filter(level_s=DAY).aggregate(start_s=Max("start_s"))["start_s"]
    if newest is None:
        return None
    subjects = list(rows.filter(level_s=DAY, start_s=newest).values_list("subject", flat=True)[:_SUBJECTS])
    of_day = rows.filter(subject__in=subjects, start_s__gte=newest)
    for level_s in LEVELS[:-1]:
        start_s = of_day.filter(level_s=level_s).aggregate(start_s=Max("start_s"))["start_s"]
        if start_s is not None:
            return start_s, level_s
    return newest, DAY
