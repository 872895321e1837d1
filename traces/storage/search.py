"""Finding traces: newest spans first, until the page is certain, then on to count.

A trace that is not found yet cannot start later than the latest start of the spans not yet looked at: once `limit`
traces start after that bound, the page is final. What is found is verified, and its trace is read, only where it may
be on the page or is counted.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from heapq import nlargest
from itertools import groupby

from traces.domain.ids import is_short, shorten
from traces.domain.matching import matches
from traces.domain.query import Cursor, TracePage, TraceQuery, TraceSummary
from traces.storage import partitions
from traces.storage.blocks import ROW_BITS
from traces.storage.engine import Engine, TimeLimitReached
from traces.storage.names import NameBook
from traces.storage.partitions import Stretch
from traces.storage.plan import Never, is_exact, is_sure, needs_of
from traces.storage.rows import Part, chunked, decode_block, read_parts
from traces.storage.scan import Portion, Row, Wanted, read_portions
from traces.storage.summaries import describe, summarise

MAX_TOTAL = 10_000
_MAX_MATCHED_IDS = 20
_TRACES_A_COUNT = 256
# After the time limit: for showing what was found.
_GRACE_SECONDS = 1.0
_NOTHING_IS_LEFT = -1


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for the page, and for going on to count after it."""

    search_seconds: float
    count_seconds: float


@dataclass(slots=True)
class _Candidate:
    """A trace of which spans were found. It starts at `earliest_ns` or before."""

    earliest_ns: int
    rows: list[Row]


@dataclass(slots=True)
class _Found:
    """A trace that matches: what is needed to order and bound it, the spans that matched, and some that may."""

    start_ns: int
    parts: list[Part]
    span_ids: list[bytes]
    more: list[Row] = field(default_factory=list)

    @property
    def first_ns(self) -> int:
        """When the first span of all its parts starts."""
        return min(part.start_ns for part in self.parts)


@dataclass(frozen=True, slots=True)
class View:
    """What a search looks through: blocks up to `newest_block`, in these partitions, newest first."""

    newest_block: int
    stretches: tuple[Stretch, ...]


def take_view(trace_query: TraceQuery) -> View:
    """The blocks committed now, or when the first page was made."""
    after = trace_query.after
    newest_block = after.newest_block if after else partitions.newest_block()
    stretches = partitions.list_stretches()
    return View(newest_block, tuple(s for s in stretches if s.position <= partitions.partition_of(newest_block)))


def find_traces(engine: Engine, names: NameBook, trace_query: TraceQuery, view: View, limits: Limits) -> TracePage:
    """See `SpanStore.find_traces`. `names` must have been opened after `view` was taken."""
    return _Search(engine, names, trace_query, view, limits).run()


class _Search:
    def __init__(self, engine: Engine, names: NameBook, trace_query: TraceQuery, view: View, limits: Limits) -> None:
        self.engine = engine
        self.names = names
        self.query = trace_query
        self.view = view
        self.limits = limits
        self.deadline = time.monotonic() + limits.search_seconds
        judge = trace_query.judge
        self.is_exact = is_exact(trace_query.where) and judge is None
        self.is_sure = is_sure(trace_query.where) and (judge is None or judge.is_usual)
        self.is_counted_when_found = self.is_exact and not trace_query.is_of_whole_traces
        self.pending: dict[bytes, _Candidate] = {}
        self.found: dict[bytes, _Found] = {}
        self.done: set[bytes] = set()
        self.counted = 0

    def run(self) -> TracePage:
        is_final = is_total_exact = False
        try:
            with self.engine.limit_time(self.limits.search_seconds):
                for portion in self._portions():
                    self._take(portion.rows)
                    if not is_final and self._settle(portion.bound_ns):
                        is_final = True
                        self._limit_counting()
                    if is_final and not self._count():
                        break
                    self._check_time()
                else:
                    self._settle(_NOTHING_IS_LEFT)
                    self._limit_counting()
                    is_final = True
                    is_total_exact = self._count()
        except TimeLimitReached:
            self._show_what_is_found(is_final)
        return self._page(is_total_exact=is_total_exact, is_complete=is_final)

    @property
    def total(self) -> int:
        """The traces that are known to match."""
        return self.counted + (len(self.pending) if self.is_counted_when_found else 0)

    def _portions(self) -> Iterator[Portion]:
        need = needs_of(self.query.where, self.names)
        if isinstance(need, Never):
            return
        wanted = Wanted(self.names.project, need, self.query.window, self.view.newest_block)
        stretches = [stretch for stretch in self.view.stretches if stretch.overlaps(self.query.window)]
        for index, stretch in enumerate(stretches):
            later_ns = max((other.max_start_ns for other in stretches[index + 1 :]), default=-1)
            yield from read_portions(self.engine, wanted, stretch, later_ns, is_first=index == 0)

    def _take(self, rows: Sequence[Row]) -> None:
        """Remember spans that were found, by trace."""
        if not self.is_sure:
            rows = self._satisfying(rows)
        for row in rows:
            trace_id = bytes(row[2])
            if candidate := self.pending.get(trace_id):
                candidate.rows.append(row)
                candidate.earliest_ns = min(candidate.earliest_ns, row[5])
            elif trace_id not in self.done:
                self.pending[trace_id] = _Candidate(row[5], [row])
            elif (found := self.found.get(trace_id)) and len(found.span_ids) + len(found.more) < _MAX_MATCHED_IDS:
                found.more.append(row)

    def _settle(self, bound_ns: int) -> bool:
        """Whether the page is certain, if no span that is still to come starts later than `bound_ns`."""
        wanted = self.query.limit + 1
        if bound_ns != _NOTHING_IS_LEFT:
            starts = [candidate.earliest_ns for candidate in self.pending.values()]
            starts += [found.start_ns for found in self.found.values()]
            if sum(start_ns > bound_ns for start_ns in starts) < wanted:
                return False
        while contenders := self._contenders(wanted):
            self._resolve(contenders)
        return sum(found.start_ns > bound_ns for found in self.found.values()) >= wanted

    def _contenders(self, wanted: int) -> list[bytes]:
        """Pending traces that may be among the `wanted` newest, the likeliest first; at most so many."""
        starts = nlargest(wanted, (found.start_ns for found in self.found.values()))
        latest_ns = starts[-1] if len(starts) == wanted else -1
        pending = self.pending.items()
        may_be = [(item.earliest_ns, trace_id) for trace_id, item in pending if item.earliest_ns >= latest_ns]
        return [trace_id for _, trace_id in nlargest(wanted, may_be)]

    def _count(self) -> bool:
        """Whether all that was found so far is counted and there is room for more."""
        if not self.is_counted_when_found:
            newest = sorted(self.pending, key=lambda trace_id: self.pending[trace_id].rows[0][0], reverse=True)
            for trace_ids in chunked(newest, _TRACES_A_COUNT):
                if self.total <= MAX_TOTAL:
                    self._check_time()
                    self._resolve(trace_ids)
        return self.total <= MAX_TOTAL

    def _resolve(self, trace_ids: Sequence[bytes]) -> None:
        """Verify what was found of these traces, and read where they start and end."""
        rows = [row for trace_id in trace_ids for row in self.pending[trace_id].rows]
        span_ids: dict[bytes, list[bytes]] = defaultdict(list)
        for row in self._satisfying(rows) if self.is_sure else rows:
            span_ids[bytes(row[2])].append(bytes(row[3]))
        among = [stretch.id for stretch in self.view.stretches]
        parts = read_parts(self.names.project, list(span_ids), among, self.view.newest_block)
        for trace_id in trace_ids:
            del self.pending[trace_id]
        for trace_id, of_trace in parts.items():
            self._add(trace_id, of_trace, span_ids[trace_id])

    def _add(self, trace_id: bytes, parts: list[Part], span_ids: list[bytes]) -> None:
        self.done.add(trace_id)
        start_ns = min(part.start_ns for part in parts)
        if self.query.is_of_whole_traces and not self.query.takes(describe(trace_id, parts, self.names)):
            return
        self.counted += 1
        after = self.query.after
        if after is None or (start_ns, trace_id) < (after.start_ns, after.trace_id):
            self.found[trace_id] = _Found(start_ns, parts, span_ids[:_MAX_MATCHED_IDS])

    def _satisfying(self, rows: Sequence[Row]) -> list[Row]:
        """The rows whose span satisfies the query: newest block first, as they stand in it."""
        rows = sorted(rows, key=lambda row: (-(row[0] >> ROW_BITS), row[0]))
        if self.is_exact:
            return rows
        judge = self.query.judge
        satisfying: list[Row] = []
        for block, of_block in groupby(rows, key=lambda row: row[0] >> ROW_BITS):
            row_of = {row[1]: row for row in of_block}
            for ordinal, span in decode_block(block, row_of):
                self._check_time()
                service = self.names.operations[row_of[ordinal][4]].service.name
                if matches(span, service, self.query.where) and (judge is None or judge.holds(span, service)):
                    satisfying.append(row_of[ordinal])
        return satisfying

    def _check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise TimeLimitReached

    def _limit_counting(self) -> None:
        self.deadline = min(self.deadline, time.monotonic() + self.limits.count_seconds)

    def _show_what_is_found(self, is_final: bool) -> None:
        """After the time limit: at least what may be on the page, in little more time."""
        self.deadline = time.monotonic() + _GRACE_SECONDS
        if not is_final:
            with suppress(TimeLimitReached):
                self._resolve(self._contenders(self.query.limit + 1))

    def _page(self, *, is_total_exact: bool, is_complete: bool) -> TracePage:
        ordered = sorted(self.found.items(), key=lambda item: (item[1].start_ns, item[0]), reverse=True)
        shown = ordered[: self.query.limit]
        next_cursor = None
        if len(ordered) > len(shown):
            last_id, last = shown[-1]
            next_cursor = Cursor(start_ns=last.start_ns, trace_id=last_id, newest_block=self.view.newest_block)
        joined = self._join(dict(shown))
        return TracePage(
            traces=self._summaries(joined, is_total_exact),
            total=min(self.total - len(shown) + len(joined), MAX_TOTAL),
            is_total_exact=is_total_exact,
            next_cursor=next_cursor,
            is_complete=is_complete,
        )

    def _join(self, shown: dict[bytes, _Found]) -> dict[bytes, _Found]:
        """Each trace with the parts that are kept under its 64-bit id, which is none beside it; the newest first."""
        shorter = {trace_id: shorten(trace_id) for trace_id in shown if not is_short(trace_id)}
        if not shorter:
            return shown
        among = [stretch.id for stretch in self.view.stretches]
        parts = read_parts(self.names.project, list(set(shorter.values())), among, self.view.newest_block)
        for trace_id, short_id in shorter.items():
            if of_short := parts.get(short_id):
                found, other = shown[trace_id], shown.get(short_id)
                span_ids = [*found.span_ids, *(other.span_ids if other else ())][:_MAX_MATCHED_IDS]
                shown[trace_id] = replace(found, parts=[*found.parts, *of_short], span_ids=span_ids)
        if not parts:
            return shown
        left = {trace_id: found for trace_id, found in shown.items() if trace_id not in shorter.values()}
        return dict(sorted(left.items(), key=lambda item: (item[1].first_ns, item[0]), reverse=True))

    def _summaries(self, shown: dict[bytes, _Found], has_seen_all: bool) -> tuple[TraceSummary, ...]:
        """What came of a trace after it was verified is verified too, unless many more blocks may be needed."""
        matched = {trace_id: list(found.span_ids) for trace_id, found in shown.items()}
        more = [row for found in shown.values() for row in found.more]
        # Few, whatever counting took.
        self.deadline = max(self.deadline, time.monotonic() + _GRACE_SECONDS)
        if has_seen_all or self.is_exact or not self.is_sure:
            with suppress(TimeLimitReached):
                for row in self._satisfying(more) if self.is_sure else more:
                    matched[bytes(row[2])].append(bytes(row[3]))
        return summarise({trace_id: found.parts for trace_id, found in shown.items()}, matched, self.names)
