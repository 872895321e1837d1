"""Deleting traces by their ids: the partitions that hold them are written anew without them. docs/adr/0010 says why."""

import time
from collections.abc import Iterable, Sequence

import structlog
from django.db import transaction
from django.utils import timezone

from traces.domain.errors import StoreUnavailable
from traces.models import Partition, StoredRequest
from traces.storage import partitions, todo
from traces.storage.catalogue import Catalogue
from traces.storage.copying import LEASE, Abandoned, Unreadable
from traces.storage.engine import Engine
from traces.storage.merge import leave_out
from traces.storage.pins import unpin_traces
from traces.storage.rows import PartitionGone, read_parts

log = structlog.get_logger(__name__)
_ROUNDS = 5
_SECONDS_BETWEEN_ROUNDS = 0.5
_TRACES_A_LOOK = 1_000


def delete_traces(project: int, trace_ids: Iterable[bytes], engine: Engine, catalogue: Catalogue) -> int:
    """See `SpanStore.delete_traces`. Idempotent: what an earlier call left is found and deleted."""
    traces = frozenset(trace_ids)
    # First: retention must not write anew what is to go.
    unpin_traces(project, traces, engine)
    deleted = 0
    # A request that is sent again is no repetition any more. Before, in case this is ended in the middle; and after,
    # because of what came meanwhile.
    _forget_requests(project, engine)
    for _ in range(_ROUNDS):
        holding = _find_holding(project, list(traces))
        if not holding:
            break
        deleted += sum(_rewrite(number, project, traces, engine, catalogue) for number in holding)
    else:
        if _find_holding(project, list(traces)):
            raise StoreUnavailable("The traces are being written or merged at the moment. Try again.")
    # Whoever pinned one meanwhile pinned what is gone by now.
    unpin_traces(project, traces, engine)
    _forget_requests(project, engine)
    with engine.take_turn():
        todo.release_withdrawn(project)
    return deleted


def _forget_requests(project: int, engine: Engine) -> None:
    with engine.take_turn():
        StoredRequest.objects.filter(project_id=project).delete()


def _find_holding(project: int, traces: Sequence[bytes]) -> list[int]:
    """The partitions in use that hold spans of these traces."""
    numbers = [stretch.id for stretch in partitions.list_stretches()]
    return [number for number in numbers if _holds(number, project, traces)]


def _holds(partition: int, project: int, traces: Sequence[bytes]) -> bool:
    starts = range(0, len(traces), _TRACES_A_LOOK)
    return any(read_parts(project, traces[start : start + _TRACES_A_LOOK], [partition]) for start in starts)


def _rewrite(number: int, project: int, traces: frozenset[bytes], engine: Engine, catalogue: Catalogue) -> int:
    """How many spans that took away; 0 where somebody was faster or a writer is busy: look again."""
    partition = _close(number, engine)
    try:
        return leave_out(partition, engine, catalogue, {project: traces}) if partition else 0
    except Abandoned as problem:
        log.info("a partition is written anew later", partition=number, reason=str(problem))
        time.sleep(_SECONDS_BETWEEN_ROUNDS)
        return 0
    except PartitionGone:
        return 0
    except Unreadable as problem:
        raise StoreUnavailable(f"A block beside these traces is damaged, so they stay: {problem}") from problem


def _close(number: int, engine: Engine) -> Partition | None:
    """The partition, closed and claimed, so that no worker begins to merge it; None if it is out of use."""
    now = timezone.now()
    with engine.take_turn(), transaction.atomic():
        partitions.take_turn()
        in_use = partitions.in_use().filter(pk=number)
        in_use.filter(closed_at=None).update(closed_at=now)
        in_use.update(claimed_until=now + LEASE)
        return in_use.first()
