"""What is usual for an operation, for pages of one trace: they ask through the port `traces.usual_times`."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services_map.domain.latency import summing
from services_map.domain.latency.cells import Example
from services_map.domain.latency.covering import cover
from services_map.domain.latency.levels import DAY
from services_map.domain.latency.usual import NOTHING, make_usual
from services_map.domain.summary import Baseline
from services_map.models import Subject
from services_map.reading.frame import Frame, open_frame
from services_map.storage.joined_rows import read_examples_of
from traces import reading
from traces.domain.links import TraceFacts
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND
from traces.domain.span import Operation
from traces.domain.usual import Usual
from traces.storage import get_store
from traces.storage.base import ProjectId

Name = tuple[str, str, int]
DAY_NS: Final = DAY * NS_PER_SECOND
#: So many examples are looked up at most, those nearest to the median first.
_MOST_EXAMPLES: Final = 50


class RolledUpTimes:
    """The port's answers from roll-ups; `read_now_ns` says when it is, which decides what is still kept."""

    def __init__(self, read_now_ns: Callable[[], int]) -> None:
        self._read_now_ns = read_now_ns

    def load(self, project: ProjectId, operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
        """As the port says. The day is aligned outwards to slots of ten minutes, or coarser where those are gone."""
        if not operations:
            return {}
        names = [_name(operation) for operation in operations]
        found = load_usual(project, day_before(until_ns), names, self._read_now_ns())
        return {operation: usual for operation, usual in zip(operations, found, strict=True) if usual.span_count}

    def find_typical_trace(self, project: ProjectId, operation: Operation, until_ns: int) -> bytes | None:
        """As the port says: of the roll-ups' examples between the quartiles that are kept, without any failed span
        before others, with the operation as its root before others, nearest to the median before others.
        """
        frame = open_frame(project, day_before(until_ns), now_ns=self._read_now_ns())
        ids = _find_ids(project, [_name(operation)])[0]
        [usual] = _sum_up(frame, [ids])
        examples = read_examples_of(project, Subject.OPERATION, ids, cover(frame.slots)) if usual.span_count else []
        nearest = _list_nearest(examples, usual)
        kept = reading.describe_traces(project, list(nearest))
        return min(kept, key=lambda trace_id: (*_oddities(kept[trace_id], operation), nearest[trace_id]), default=None)


def day_before(until_ns: int) -> Window:
    """What a span that ended then is held against."""
    return Window(start_ns=until_ns - DAY_NS, end_ns=until_ns)


def load_usual(
    project: ProjectId, window: Window, operations: Sequence[Name], now_ns: int | None = None
) -> list[Usual]:
    """Of each (service, operation, kind), in this order; one that is unknown has no spans.

    Requests only, where the operation has some: as in the figures of its page.
    """
    groups = _find_ids(project, operations)
    wanted = sorted({id_ for group in groups for id_ in group})
    found = _sum_up(open_frame(project, window, now_ns=now_ns), [[id_] for id_ in wanted])
    by_id = dict(zip(wanted, found, strict=True))
    return [by_id[group[0]] if group else NOTHING for group in groups]


def load_baselines(
    project: ProjectId, window: Window, operations: Sequence[Name], now_ns: int | None = None
) -> list[Baseline]:
    """Of each (service, operation, kind), in this order; one that is unknown has no calls."""
    found = load_usual(project, window, operations, now_ns)
    return [_make_baseline(name, usual) for name, usual in zip(operations, found, strict=True)]


def _make_baseline(name: Name, usual: Usual) -> Baseline:
    service, operation, kind = name
    return Baseline(
        service=service,
        operation=operation,
        kind=kind,
        count=usual.span_count,
        weight=sum(usual.weights),
        p50_ns=usual.find_percentile_ns(0.5),
        p95_ns=usual.find_percentile_ns(0.95),
    )


def _name(operation: Operation) -> Name:
    return operation.service.name, operation.name, operation.kind


def _find_ids(project: ProjectId, names: Sequence[Name]) -> list[list[int]]:
    """The id of each, in a list; an empty list of one that is unknown."""
    ids = {_name(operation): id_ for id_, operation in get_store().read_operations(project).items()}
    return [[ids[name]] if name in ids else [] for name in names]


def _sum_up(frame: Frame, groups: Sequence[Sequence[int]]) -> list[Usual]:
    ids = [id_ for group in groups for id_ in group]
    cells = summing.tally(frame.load_whole(Subject.OPERATION, ids), groups)
    return make_usual(summing.keep_entries(cells, summing.have_entries(cells)))


def _list_nearest(examples: Sequence[Example], usual: Usual) -> Mapping[bytes, float]:
    """How far from the median (1: e times as long) is what did not fail between the quartiles, the nearest first."""
    low_ns, middle_ns, high_ns = (usual.find_percentile_ns(share) or 1.0 for share in (0.25, 0.5, 0.75))
    # What is read from buckets may be 1 % off.
    distances = sorted(
        (abs(math.log(max(1, example.duration_ns) / middle_ns)), example.trace_id)
        for example in examples
        if not example.is_error and 0.98 * low_ns <= example.duration_ns <= 1.02 * high_ns
    )
    nearest: dict[bytes, float] = {}
    for distance, trace_id in distances:
        nearest.setdefault(trace_id, distance)
    return dict(list(nearest.items())[:_MOST_EXAMPLES])


def _oddities(trace: TraceFacts, operation: Operation) -> tuple[bool, bool]:
    root = (trace.root_service, trace.root_operation)
    return trace.error_count > 0, root != (operation.service.name, operation.name)
