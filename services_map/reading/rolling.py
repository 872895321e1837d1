"""How operations of some kinds ran, moment by moment: what other systems' APIs of metrics ask for."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services_map.domain.latency import summing
from services_map.domain.latency.rolling import Roll, Rolled, plan_roll, roll
from services_map.models import Subject
from services_map.reading.frame import kept_seconds, load_rows
from traces.domain.query import Window
from traces.storage import get_store
from traces.storage.base import ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledSeries:
    """Of a service, or of its operations of one name."""

    service: str
    operation: str | None
    rolled: Rolled


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledWindow:
    """Series of those that were called in the window, by service and operation."""

    roll: Roll
    series: list[RolledSeries]


def load_rolled(
    project: ProjectId,
    window: Window,
    *,
    step_ns: int,
    width_ns: int,
    services: Sequence[str],
    kinds: Collection[int],
    now_ns: int,
    is_by_operation: bool = False,
    share: float | None = None,
) -> RolledWindow:
    """Spans of these kinds, a moment every `step_ns`, each of the `width_ns` before it; `share` is a percentile's."""
    groups: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for id_, operation in get_store().read_operations(project).items():
        if operation.service.name in services and operation.kind in kinds:
            groups[operation.service.name, operation.name if is_by_operation else None].append(id_)
    every = sorted(id_ for ids in groups.values() for id_ in ids)
    over = plan_roll(window, step_ns, width_ns, len(every), kept_seconds(), now_ns)
    rows = load_rows(project, Subject.OPERATION, every, [over.piece])
    called = set(summing.list_subjects(rows))
    names = sorted((name for name, ids in groups.items() if called.intersection(ids)), key=_precedence)
    found = roll(summing.tally(rows, [groups[name] for name in names]), over, share)
    series = [
        RolledSeries(service=service, operation=operation, rolled=rolled)
        for (service, operation), rolled in zip(names, found, strict=True)
    ]
    return RolledWindow(roll=over, series=series)


def _precedence(name: tuple[str, str | None]) -> tuple[str, str]:
    return name[0], name[1] or ""
