"""Services and operations: their figures, examples and histograms in a window."""

from collections.abc import Collection, Sequence

import numpy as np

from services_map.domain.latency import summing
from services_map.domain.latency.cells import Example
from services_map.domain.latency.covering import Piece
from services_map.domain.latency.histogram import Histogram
from services_map.domain.latency.joined_rows import JoinedRows
from services_map.domain.latency.levels import MINUTE
from services_map.domain.summary import (
    OperationsPage,
    OperationSummary,
    ServicesOverview,
    ServiceSummary,
    SubjectDetail,
    VersionSeen,
)
from services_map.models import Subject
from services_map.reading.courses import load_courses
from services_map.reading.frame import Frame, open_frame
from services_map.reading.links import load_peers
from services_map.reading.naming import find_operation_ids, find_service, find_subject, find_version
from services_map.storage.joined_rows import read_examples_of, read_last_starts
from services_map.storage.topology import read_versions
from traces.domain.query import Window
from traces.storage import get_store
from traces.storage.base import ProjectId

#: A sender that makes up names must not make a page nobody can load.
MOST_SERVICES = 500


def load_services(project: ProjectId, window: Window, before: Window, now_ns: int | None = None) -> ServicesOverview:
    """Every service and every database, queue and external system with calls in the window or the one before."""
    frame = open_frame(project, window, before, now_ns)
    peers, peer_count = load_peers(frame)
    services, service_count = _summarize_services(frame)
    return ServicesOverview(
        services=services,
        peers=peers,
        service_count=service_count,
        peer_count=peer_count,
        coverage=frame.coverage,
    )


def _summarize_services(frame: Frame) -> tuple[list[ServiceSummary], int]:
    names = get_store().read_service_ids(frame.project)
    every = sorted(names)
    counted, old = frame.load_whole(Subject.SERVICE, every), frame.load_before(Subject.SERVICE, every)
    found = summing.list_subjects(counted, old)
    ids = sorted(summing.choose_busiest(found, [counted, old], MOST_SERVICES), key=lambda id_: names[id_].name)
    groups = [[id_] for id_ in ids]
    cells, old_cells = summing.tally(counted, groups), summing.tally(old, groups)
    uses_entries = summing.decide_entries(cells, old_cells)
    versions = read_versions(frame.project, ids)
    seen = summing.find_versions(cells)
    last = _find_last_seen(frame, ids, [counted, old])
    cells, old_cells = summing.keep_entries(cells, uses_entries), summing.keep_entries(old_cells, uses_entries)
    parts = zip(
        ids,
        summing.sum_figures(cells, frame.seconds),
        summing.sum_figures(old_cells, frame.before_seconds),
        load_courses(frame, Subject.SERVICE, groups, uses_entries),
        uses_entries.tolist(),
        last,
        seen,
        strict=True,
    )
    return [
        ServiceSummary(
            service_id=id_,
            service=names[id_],
            figures=figures,
            before=before,
            series=series,
            uses_entries=uses,
            last_seen_s=last_seen_s,
            versions=[version.version for version in versions[id_] if version.number in numbers],
        )
        for id_, figures, before, series, uses, last_seen_s, numbers in parts
    ], len(found)


def _find_last_seen(frame: Frame, ids: Sequence[int], read: Sequence[JoinedRows]) -> list[int]:
    """The start of each service's last slot: of a minute, where those are kept, else of a row that was read."""
    minutes = Piece(level_s=MINUTE, start_s=frame.before.start_s, end_s=frame.slots.end_s)
    exact = read_last_starts(frame.project, Subject.SERVICE, ids, minutes)
    found = zip(*(summing.find_last_slots(rows, [[id_] for id_ in ids]) for rows in read), strict=True)
    return [max(exact.get(id_, 0), *starts) for id_, starts in zip(ids, found, strict=True)]


def load_operations(
    project: ProjectId,
    window: Window,
    before: Window,
    service: str,
    limit: int = 200,
    now_ns: int | None = None,
) -> OperationsPage:
    """The operations of a service that took the most time. Raises ServiceNotFound."""
    frame = open_frame(project, window, before, now_ns)
    service_id, known = find_service(project, service)
    names = find_operation_ids(project, service)
    every = sorted(names)
    counted, old = frame.load_whole(Subject.OPERATION, every), frame.load_before(Subject.OPERATION, every)
    found = summing.list_subjects(counted, old)
    groups = [[id_] for id_ in found]
    cells, old_cells = summing.tally(counted, groups), summing.tally(old, groups)
    uses_entries = summing.decide_entries(cells, old_cells)
    cells, old_cells = summing.keep_entries(cells, uses_entries), summing.keep_entries(old_cells, uses_entries)
    totals_ns = summing.sum_totals_ns(cells)
    shown = np.lexsort((np.array(found, np.int64), -totals_ns))[:limit].tolist()
    shares = totals_ns[shown] / (totals_ns.sum() or 1.0)
    parts = zip(
        [found[number] for number in shown],
        summing.sum_figures(cells.regroup(shown), frame.seconds),
        summing.sum_figures(old_cells.regroup(shown), frame.before_seconds),
        load_courses(frame, Subject.OPERATION, [groups[number] for number in shown], uses_entries[shown]),
        uses_entries[shown].tolist(),
        shares.tolist(),
        strict=True,
    )
    return OperationsPage(
        service_id=service_id,
        service=known,
        operations=[
            OperationSummary(
                operation_id=id_,
                operation=names[id_],
                figures=figures,
                before=earlier,
                series=series,
                uses_entries=uses,
                total_share=share,
            )
            for id_, figures, earlier, series, uses, share in parts
        ],
        count=len(found),
        left_out=summing.sum_rest(cells, shown, frame.seconds) if len(found) > limit else None,
        coverage=frame.coverage,
    )


def load_subject(
    project: ProjectId,
    window: Window,
    before: Window,
    service: str,
    operation: str | None = None,
    kind: int | None = None,
    version: str | None = None,
    now_ns: int | None = None,
) -> SubjectDetail:
    """A service, or its operation of that name (and kind); of one version ("": spans without one) or all.

    Raises ServiceNotFound, OperationNotFound, VersionNotFound.
    """
    frame = open_frame(project, window, before, now_ns)
    named = find_subject(project, service, operation, kind)
    number = None if version is None else find_version(project, named.service_id, version)
    cells = summing.tally(frame.load_slots(named.subject_kind, named.ids), [named.ids])
    old = summing.tally(frame.load_before(named.subject_kind, named.ids), [named.ids])
    uses_entries = summing.decide_entries(cells, old)
    seen = summing.find_versions(cells)[0]
    cells, old = (_keep(part, uses_entries, number) for part in (cells, old))
    return SubjectDetail(
        service_id=named.service_id,
        service=named.service,
        operations=named.operations,
        figures=summing.sum_figures(cells, frame.seconds)[0],
        before=summing.sum_figures(old, frame.before_seconds)[0],
        series=summing.make_series(cells, frame.slots, frame.now_ns)[0],
        heatmap=summing.make_heatmap(cells, frame.slots),
        uses_entries=bool(uses_entries[0]),
        versions=_describe_versions(project, named.service_id, seen),
        coverage=frame.coverage,
    )


def _keep(cells: summing.Tally, uses_entries: summing.Flags, version: int | None) -> summing.Tally:
    kept = summing.keep_entries(cells, uses_entries)
    return kept if version is None else summing.keep_version(kept, version)


def _describe_versions(project: ProjectId, service_id: int, numbers: Collection[int]) -> list[VersionSeen]:
    known = [version for version in read_versions(project, [service_id])[service_id] if version.number in numbers]
    if 0 in numbers:
        known.append(VersionSeen(number=0, version="", first_start_ns=None, last_start_ns=None))
    return known


def find_examples(
    project: ProjectId,
    window: Window,
    service: str,
    operation: str | None = None,
    kind: int | None = None,
    version: str | None = None,
    row: int | None = None,
    only_failed: bool = False,
    limit: int = 20,
    now_ns: int | None = None,
) -> list[Example]:
    """Spans that fell into a window (and into a row of its heatmap), at most one a trace, the longest first.

    They may be of any version: examples are not kept by version. Raises as `load_subject`.
    """
    frame = open_frame(project, window, now_ns=now_ns)
    named = find_subject(project, service, operation, kind)
    if version is not None:
        find_version(project, named.service_id, version)
    found = [
        example
        for example in read_examples_of(project, named.subject_kind, named.ids, [frame.slots.piece])
        if row in (None, example.row) and (example.is_error or not only_failed)
    ]
    longest: dict[bytes, Example] = {}
    for example in sorted(found, key=lambda example: (-example.duration_ns, example.span_id)):
        longest.setdefault(example.trace_id, example)
    return list(longest.values())[:limit]


def load_histogram(
    project: ProjectId,
    window: Window,
    service: str,
    operation: str | None = None,
    kind: int | None = None,
    version: str | None = None,
    now_ns: int | None = None,
) -> tuple[Histogram, Histogram]:
    """The durations of all calls of a window, and of those that failed. Raises as `load_subject`."""
    frame = open_frame(project, window, now_ns=now_ns)
    named = find_subject(project, service, operation, kind)
    number = None if version is None else find_version(project, named.service_id, version)
    cells = summing.tally(frame.load_whole(named.subject_kind, named.ids), [named.ids])
    figures = summing.sum_figures(_keep(cells, summing.have_entries(cells), number), frame.seconds)[0]
    return figures.durations, figures.failed
