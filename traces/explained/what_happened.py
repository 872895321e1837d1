"""What the header of a trace says of it: sentences, and whose time the critical path is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from traces import reading
from traces.domain.clock import describe_corrections
from traces.domain.errors import StoreUnavailable
from traces.domain.explaining.explain import explain
from traces.domain.explaining.findings import Finding
from traces.domain.explaining.main_path import MainPath, find_main_path
from traces.domain.span import Operation, Span
from traces.domain.trace import Trace
from traces.domain.usual import Usual
from traces.explained.critical_services import CriticalServices, share_path
from traces.explained.parts import Parts
from traces.explained.sentences import list_rows_to_read, tell
from traces.explained.told import Told
from traces.storage.base import ProjectId
from traces.usual_times import load_if_known

MOST_SENTENCES = 5
# Of so many operations, the longest on the path, it is asked what is usual.
_MOST_OPERATIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The first sentences, those behind "more", and who is on the critical path; None where that says nothing."""

    sentences: Sequence[Parts]
    more: Sequence[Parts]
    services: CriticalServices | None


def explain_trace(project: ProjectId, trace: Trace) -> Explanation:
    """What cannot be asked, because the store has no time, is left out."""
    path = find_main_path(trace)
    findings = explain(trace, path, _load_usual(project, trace, path))
    told = Told(trace=trace, path=path, spans=_load_spans(project, trace, findings))
    sentences = [tell(finding, told) for finding in findings]
    return Explanation(
        sentences=sentences[:MOST_SENTENCES],
        more=sentences[MOST_SENTENCES:],
        services=share_path(trace, path),
    )


def list_other_notes(trace: Trace) -> Iterator[str]:
    """What was repaired in the trace, but for the clocks: those have sentences."""
    corrections = set(describe_corrections(trace.clock_corrections, trace.clock))
    return (note for note in trace.notes if note not in corrections)


def _load_usual(project: ProjectId, trace: Trace, path: MainPath) -> Mapping[Operation, Usual]:
    operations = [each.key for each in path.operations[:_MOST_OPERATIONS]]
    return load_if_known(project, operations, trace.end_ns) if operations else {}


def _load_spans(project: ProjectId, trace: Trace, findings: Sequence[Finding]) -> dict[int, Span]:
    rows = [row for finding in findings for row in list_rows_to_read(finding)]
    try:
        return reading.load_spans_of_rows(project, trace, rows)
    except StoreUnavailable:
        return {}
