"""How often two traces call each operation, how often that failed and how long it took."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from traces.domain.columns import picker
from traces.domain.span import Operation, StatusCode
from traces.domain.trace import Trace

# Service, name, kind: what an operation is called in both.
_Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a trace has of one operation; `first_row` is -1 where it has none."""

    calls: int = 0
    errors: int = 0
    self_ns: int = 0
    critical_ns: int = 0
    first_row: int = -1


_NOTHING = Tally()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """An operation in both traces."""

    operation: Operation
    a: Tally
    b: Tally

    @property
    def difference(self) -> int:
        return self.b.calls - self.a.calls

    @property
    def differs(self) -> bool:
        """In calls or in errors."""
        return (self.a.calls, self.a.errors) != (self.b.calls, self.b.errors)


def count_operations(a: Trace, b: Trace) -> list[Counts]:
    """Of every operation of either; those first whose calls differ most, then whose errors do."""
    tallies_a, tallies_b = _count(a), _count(b)
    keys = dict.fromkeys([*tallies_a, *tallies_b])
    counts = []
    for key in keys:
        operation_a, tally_a = tallies_a.get(key, (None, _NOTHING))
        operation_b, tally_b = tallies_b.get(key, (None, _NOTHING))
        operation = operation_a or operation_b
        if operation:
            counts.append(Counts(operation=operation, a=tally_a, b=tally_b))
    return sorted(counts, key=_rank)


def _rank(counts: Counts) -> tuple[int, int, int]:
    errors = abs(counts.b.errors - counts.a.errors)
    return -abs(counts.difference), -errors, -counts.a.calls - counts.b.calls


def _count(trace: Trace) -> dict[_Key, tuple[Operation, Tally]]:
    in_order = picker(trace.rows.order)
    spans = trace.rows.spans
    ids = in_order(spans.operation_ids)
    calls = Counter(ids)
    errors = Counter(
        id_ for id_, status in zip(spans.operation_ids, spans.statuses, strict=True) if status == StatusCode.ERROR
    )
    self_ns = _add_up(ids, trace.self_times_ns)
    critical_ns = _add_up(ids, trace.critical_path.own_ns)
    first_rows: dict[int, int] = {}
    for row, id_ in enumerate(ids):
        first_rows.setdefault(id_, row)
    return {
        (operation.service.name, operation.name, operation.kind): (
            operation,
            Tally(
                calls=calls[id_],
                errors=errors[id_],
                self_ns=self_ns[id_],
                critical_ns=critical_ns[id_],
                first_row=first_rows[id_],
            ),
        )
        for id_, operation in ((id_, spans.operations[id_]) for id_ in calls)
    }


def _add_up(ids: Iterable[int], times_ns: Iterable[int]) -> dict[int, int]:
    sums: defaultdict[int, int] = defaultdict(int)
    for id_, time_ns in zip(ids, times_ns, strict=True):
        sums[id_] += time_ns
    return sums
