"""Traces that arrived hours ago, some of them pinned, and a worker that expires what is old."""

from datetime import UTC, datetime, timedelta

from tests.builders import NOW_NS, SECOND, make_event, make_link, make_request, make_span, trace_id, write_request
from tests.contracts.merging import list_all
from tests.contracts.queue import roll_up
from traces.domain.query import Expression
from traces.models import Partition
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId

HOUR = 3_600 * SECOND
NOW = datetime.fromtimestamp(NOW_NS // SECOND, tz=UTC)
DAY = timedelta(hours=24)


def write_at(hours_ago: int, *traces: int, spans: int = 2, project: ProjectId = DEFAULT_PROJECT) -> None:
    """Traces in one request, which arrived some hours ago; span ids tell the hour."""
    received = NOW_NS - hours_ago * HOUR
    made = [
        make_span(
            trace,
            1_000 * hours_ago + n,
            start_ns=received - n * SECOND,
            attributes={"n": trace % 10**9, "all": "x"},
            events=[make_event(attributes={"e": trace % 10**9})],
            links=[make_link(9, 9)],
        )
        for trace in traces
        for n in range(1, spans + 1)
    ]
    write_request(make_request(*made, resource={"hour": hours_ago}), project=project, received_ns=received)


def close_partition() -> int:
    number = Partition.objects.values_list("pk", flat=True).get(closed_at=None)
    Partition.objects.filter(pk=number).update(closed_at=NOW)
    return number


def pin(*numbers: int, note: str = "") -> None:
    for number in numbers:
        get_store().pin_trace(DEFAULT_PROJECT, trace_id(number), note)


def unpin(number: int) -> bool:
    return get_store().unpin_trace(DEFAULT_PROJECT, trace_id(number))


def expire(now: datetime = NOW) -> int:
    """What a worker does by age, with nothing left to be rolled up."""
    roll_up()
    return get_store().delete_older_than(DAY, now)


def copies() -> list[int]:
    """Of partitions with what was spared: how many spans each has."""
    in_use = Partition.objects.filter(holds_pinned=True, expired_at=None).order_by("pk")
    return list(in_use.values_list("span_count", flat=True))


def find(where: Expression | None = None) -> list[int]:
    """The numbers of the traces that a search finds, newest first."""
    return [int.from_bytes(trace.trace_id, "big") for trace in list_all(where)]
