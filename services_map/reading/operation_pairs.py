"""The operations of a service in two windows, or of two versions: what they are compared by."""

from dataclasses import dataclass

import numpy as np

from services_map.domain.latency import summing
from services_map.domain.summary import Figures
from services_map.models import Subject
from services_map.reading.frame import open_frame
from services_map.reading.naming import find_operation_ids, find_service, find_version
from traces.domain.query import Window
from traces.domain.span import Operation
from traces.storage.base import ProjectId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperationPair:
    """An operation on both sides."""

    operation: Operation
    a: Figures
    b: Figures


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperationPairs:
    """Those with the most total time first; `count` counts also the operations beyond the limit."""

    pairs: list[OperationPair]
    count: int


def load_operation_pairs(
    project: ProjectId,
    window: Window,
    other: Window,
    service: str,
    versions: tuple[str | None, str | None] = (None, None),
    limit: int = 200,
    now_ns: int | None = None,
) -> OperationPairs:
    """Operations with spans on either side: A in `window`, B in `other`, each of its version (None: of all).

    Raises ServiceNotFound, VersionNotFound.
    """
    frame = open_frame(project, window, other, now_ns)
    service_id, _ = find_service(project, service)
    numbers = [None if version is None else find_version(project, service_id, version) for version in versions]
    names = find_operation_ids(project, service)
    rows = [load(Subject.OPERATION, sorted(names)) for load in (frame.load_whole, frame.load_before)]
    found = summing.list_subjects(*rows)
    whole = [summing.tally(part, [[id_] for id_ in found]) for part in rows]
    uses_entries = summing.decide_entries(whole[0], whole[1])
    a, b = (_keep(part, uses_entries, number) for part, number in zip(whole, numbers, strict=True))
    totals_ns = summing.sum_totals_ns(a) + summing.sum_totals_ns(b)
    count = int(np.unique(np.concatenate([a.subjects, b.subjects])).size)
    shown = np.argsort(-totals_ns, kind="stable")[: min(limit, count)].tolist()
    figures = zip(
        shown,
        summing.sum_figures(a.regroup(shown), frame.seconds),
        summing.sum_figures(b.regroup(shown), frame.before_seconds),
        strict=True,
    )
    return OperationPairs(
        pairs=[OperationPair(operation=names[found[number]], a=of_a, b=of_b) for number, of_a, of_b in figures],
        count=count,
    )


def _keep(cells: summing.Tally, uses_entries: summing.Flags, version: int | None) -> summing.Tally:
    kept = summing.keep_entries(cells, uses_entries)
    return kept if version is None else summing.keep_version(kept, version)
