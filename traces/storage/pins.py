"""The table of pinned traces, and where their spans are. docs/adr/0016 says how retention spares them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from typing import TypeAlias

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from traces.domain.errors import TraceNotFound
from traces.domain.ids import is_short
from traces.domain.pin import Pin, TooManyPins
from traces.models import PinnedTrace
from traces.storage import partitions
from traces.storage.engine import Engine
from traces.storage.kin import add_short, find_ids, find_longer
from traces.storage.rows import Part, chunked, read_parts

Pins: TypeAlias = Mapping[int, frozenset[bytes]]
_TRACES_A_LOOK = 1_000


def pin_trace(project: int, trace_id: bytes, note: str, engine: Engine) -> Pin:
    """See `SpanStore.pin_trace`. In turn with whoever takes a partition out of use: what is pinned is there to stay."""
    ids = find_ids(project, trace_id, partitions.list_stretches())
    with engine.take_turn(), transaction.atomic():
        partitions.take_turn()
        pinned = PinnedTrace.objects.filter(project_id=project, trace_id=trace_id).first()
        if pinned is None:
            _check_limit(project)
            if not read_parts(project, ids, [stretch.id for stretch in partitions.list_stretches()]):
                raise TraceNotFound(f"No span of trace {trace_id.hex()} is kept here.", trace_id)
            now = timezone.now()
            pinned = PinnedTrace(project_id=project, trace_id=trace_id, pinned_at=now)
        pinned.note = note
        pinned.save()
    return _as_pin(trace_id, pinned.note, pinned.pinned_at)


def _check_limit(project: int) -> None:
    most = settings.PINNED_TRACES_MAX
    if PinnedTrace.objects.filter(project_id=project).count() >= most:
        raise TooManyPins(f"{most:,} traces are pinned, which is as many as may be (PINNED_TRACES_MAX).")


def unpin_traces(project: int, trace_ids: Collection[bytes], engine: Engine) -> int:
    """How many were pinned."""
    deleted = 0
    with engine.take_turn(), transaction.atomic():
        for ids in chunked(list(trace_ids), _TRACES_A_LOOK):
            deleted += PinnedTrace.objects.filter(project_id=project, trace_id__in=ids).delete()[0]
    return deleted


def find_pins(project: int, trace_ids: Sequence[bytes]) -> dict[bytes, Pin]:
    """See `SpanStore.find_pins`."""
    return {pin.trace_id: pin for pin in _read(PinnedTrace.objects.filter(project_id=project, trace_id__in=trace_ids))}


def list_pins(project: int) -> list[Pin]:
    """See `SpanStore.list_pins`."""
    return _read(PinnedTrace.objects.filter(project_id=project).order_by("-pinned_at", "-pk"))


def _read(rows: QuerySet[PinnedTrace]) -> list[Pin]:
    found = rows.values_list("trace_id", "note", "pinned_at")
    return [_as_pin(bytes(trace_id), note, pinned_at) for trace_id, note, pinned_at in found]


def read_pins() -> Pins:
    """The ids of all that is pinned, by project."""
    pins: dict[int, set[bytes]] = defaultdict(set)
    for project, trace_id in PinnedTrace.objects.values_list("project_id", "trace_id"):
        pins[project].add(bytes(trace_id))
    return {project: frozenset(ids) for project, ids in pins.items()}


def find_pinned_parts(partition: int, pins: Pins) -> dict[int, list[Part]]:
    """The parts of pinned traces that a partition holds, by project, under whichever of their ids they are kept."""
    found = {
        project: _read_parts(project, _add_kin(project, ids, partition), partition) for project, ids in pins.items()
    }
    return {project: parts for project, parts in found.items() if parts}


def _add_kin(project: int, trace_ids: Set[bytes], partition: int) -> list[bytes]:
    longer = [each for short in filter(is_short, trace_ids) for each in find_longer(project, short, partition)]
    return list(dict.fromkeys([*add_short(sorted(trace_ids)), *longer]))


def _read_parts(project: int, trace_ids: Sequence[bytes], partition: int) -> list[Part]:
    looks = (read_parts(project, ids, [partition]) for ids in chunked(trace_ids, _TRACES_A_LOOK))
    return [part for found in looks for of_trace in found.values() for part in of_trace]


def _as_pin(trace_id: bytes, note: str, pinned_at: datetime) -> Pin:
    pinned_ns = int(pinned_at.timestamp() * 1_000_000) * 1_000
    return Pin(trace_id=trace_id, note=note, pinned_ns=pinned_ns)
