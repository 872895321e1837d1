"""When something was counted last."""

from django.db.models import Max

from services_map.domain.levels import DAY, HOUR
from services_map.models import LatencyHistogram, Subject
from traces.storage.guards import guarded


@guarded
def find_latest_slot(project: int) -> int | None:
    """The start, in seconds since 1970, of the last hour with spans of a service; of the day where hours are gone."""
    rows = LatencyHistogram.objects.filter(project_id=project, subject_kind=Subject.SERVICE)
    day = rows.filter(level_s=DAY).aggregate(last=Max("start_s"))["last"]
    if day is None:
        return None
    hour = rows.filter(level_s=HOUR, start_s__gte=day).aggregate(last=Max("start_s"))["last"]
    return int(day if hour is None else hour)
