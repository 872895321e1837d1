"""Which spans of a trace a filter holds of: the columns decide what they can, the rest is decoded."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from traces import reading
from traces.domain.deadline import check_time
from traces.domain.trace import Trace
from traces.domain.traceql.judging import Judge
from traces.domain.traceql.subject import Subject, describe_whole, number_rows, row_of_trace
from traces.storage.base import ProjectId

_ROWS_A_TURN = 1_000
# Of a trace, once a match is found: what more there is only counts.
_MOST_DECODED = 2_000


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows, ascending. Not `is_complete`: of a large trace not all spans were looked at, and there may be more."""

    rows: Sequence[int]
    is_complete: bool


def find_matches(project: ProjectId, trace: Trace, judge: Judge, known: Collection[bytes]) -> Matches:
    """The rows that `judge` holds of; spans with the ids `known` are looked at first.

    There are none only if all were looked at. Raises TimeLimitReached and TooBusy.
    """
    found: list[int] = []
    undecided: dict[int, Subject] = {}
    for row, subject in _list_subjects(trace):
        verdict = judge(subject)
        if verdict:
            found.append(row)
        elif verdict is None:
            undecided[row] = subject
    spans, order = trace.rows.spans, trace.rows.order
    rows = sorted(undecided, key=lambda row: spans.span_ids[order[row]] not in known)
    for first in range(0, len(rows), _ROWS_A_TURN):
        if found and first >= _MOST_DECODED:
            return Matches(sorted(found), is_complete=False)
        found += _decode_and_judge(project, trace, judge, {row: undecided[row] for row in rows[first:][:_ROWS_A_TURN]})
    return Matches(sorted(found), is_complete=True)


def _list_subjects(trace: Trace) -> Iterator[tuple[int, Subject]]:
    whole, standings = describe_whole(trace), number_rows(trace)
    for row, standing in enumerate(standings):
        if not row % _ROWS_A_TURN:
            check_time()
        yield row, Subject(row=row_of_trace(trace.rows, row), whole=whole, standing=standing)


def _decode_and_judge(project: ProjectId, trace: Trace, judge: Judge, subjects: dict[int, Subject]) -> list[int]:
    found = []
    for row, span in reading.load_spans_of_rows(project, trace, list(subjects)).items():
        subjects[row].span = span
        if judge(subjects[row]):
            found.append(row)
        # Of a large trace all its spans would stay in memory.
        subjects[row].span = None
    return found
