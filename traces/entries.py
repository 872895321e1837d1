"""Which rows of a waterfall a page without scripts shows: repeats folded, missing parents said. Pure.

static/js/lib/entries.js does the same in the browser, for whatever is open, folded or filtered there.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import IntEnum

from traces.domain.repeats import Repeat
from traces.domain.trace import Trace

# From so many spans on, repeats are folded until somebody opens them.
FOLDS_FROM_SPANS = 200


class EntryKind(IntEnum):
    SPAN = 0
    REPEAT = 1
    MISSING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the waterfall. `row` is that of the span; of a run of repeats its first, of a missing parent its first
    child. `level` is 0 at the left edge; spans whose parent is missing stand one to the right of the line that says so.
    """

    kind: EntryKind
    row: int
    level: int
    repeat: Repeat | None = None


def list_entries(trace: Trace, first: int, opened: Set[int], folds_repeats: bool) -> Iterator[Entry]:
    """The entries from row `first` on; runs whose head is in `opened`, or that began before `first`, are not folded."""
    rows = trace.rows
    runs = {repeat.head: repeat for repeat in trace.repeats} if folds_repeats else {}
    go_on_at: list[tuple[int, int]] = []
    missing = find_missing_parents(trace)
    parent = missing.get([first, *rows.find_ancestors(first)][-1])
    said: bytes | None = None
    row = first
    while row < len(rows):
        if go_on_at and row >= go_on_at[-1][0]:
            row = go_on_at.pop()[1]
            continue
        if rows.depths[row] == 0:
            parent = missing.get(row)
            if parent and parent != said:
                yield Entry(kind=EntryKind.MISSING, row=row, level=0)
            said = parent
        level = rows.depths[row] + (parent is not None)
        run = runs.get(row)
        if run and row not in opened:
            yield Entry(kind=EntryKind.REPEAT, row=row, level=level, repeat=run)
            row = run.slowest
            go_on_at.append((row + rows.subtree_sizes[row], run.end))
        yield Entry(kind=EntryKind.SPAN, row=row, level=level)
        row += 1


def find_missing_parents(trace: Trace) -> dict[int, bytes]:
    """The roots whose parent never arrived, and that parent's id; not those that were cut from a circle."""
    rows, found = trace.rows, {}
    row = 0
    while row < len(rows):
        parent = rows.spans.parent_span_ids[rows.order[row]]
        if parent is not None:
            found[row] = parent
        row += rows.subtree_sizes[row]
    here = set(rows.spans.span_ids) if found else set()
    return {row: parent for row, parent in found.items() if parent not in here}


def find_runs_around(trace: Trace, row: int) -> frozenset[int]:
    """The heads of the runs that hide a row while they are folded."""
    around = [repeat for repeat in trace.repeats if repeat.head <= row < repeat.end]
    sizes = trace.rows.subtree_sizes
    return frozenset(each.head for each in around if not each.slowest <= row < each.slowest + sizes[each.slowest])
