"""Finding traces: newest blocks first, until the page is certain, then on to count.

A trace that is not found yet cannot start later than the latest span start of the blocks not yet read: once
`limit` traces start after that bound, the page is final.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from traces.domain.matching import matches
from traces.domain.query import Cursor, TracePage, TraceQuery, TraceSummary
from traces.storage import partitions
from traces.storage.engine import Engine, TimeLimitReached
from traces.storage.layout import Tables
from traces.storage.names import NameBook
from traces.storage.partitions import Stretch
from traces.storage.plan import Need, Never, blocks_sql, is_exact, needs_of, rows_sql
from traces.storage.rows import Part, decode_block, query, read_parts
from traces.storage.summaries import summarise

MAX_TOTAL = 10_000
_MAX_MATCHED_IDS = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for the page, and for going on to count after it."""

    search_seconds: float
    count_seconds: float


@dataclass(slots=True)
class _Found:
    """A trace that matches: what is needed to order and bound it, and the spans that matched."""

    start_ns: int
    parts: list[Part]
    span_ids: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Candidate:
    """A block to look into, and the latest span start that is still to come from this block on."""

    block: int
    bound_ns: int


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
        self.newest_block = view.newest_block
        self.stretches = view.stretches
        self.all_partitions = [stretch.id for stretch in view.stretches]
        self.limits = limits
        self.deadline = time.monotonic() + limits.search_seconds
        self.seen: set[bytes] = set()
        self.found: dict[bytes, _Found] = {}
        self.total = 0

    def run(self) -> TracePage:
        page_is_final = False
        try:
            with self.engine.limit_time(self.limits.search_seconds):
                for candidate in self._candidates():
                    if not page_is_final and self._is_page_final(candidate.bound_ns):
                        page_is_final = True
                        self.deadline = min(self.deadline, time.monotonic() + self.limits.count_seconds)
                    if (page_is_final and self.total > MAX_TOTAL) or time.monotonic() > self.deadline:
                        return self._page(is_total_exact=False, is_complete=page_is_final)
                    self._look_into(candidate.block)
        except TimeLimitReached:
            return self._page(is_total_exact=False, is_complete=page_is_final)
        return self._page(is_total_exact=self.total <= MAX_TOTAL, is_complete=True)

    def _candidates(self) -> Iterator[_Candidate]:
        need = needs_of(self.query.where, self.names)
        if isinstance(need, Never):
            return
        self.need = need
        stretches = [stretch for stretch in self.stretches if stretch.overlaps(self.query.window)]
        for index, stretch in enumerate(stretches):
            later = max((other.max_start_ns for other in stretches[index + 1 :]), default=-1)
            blocks = self._blocks_of(stretch.id, need)
            bounds = [later]
            for _, max_start in reversed(blocks):
                bounds.append(max(bounds[-1], max_start))
            for (block, _), bound in zip(blocks, reversed(bounds), strict=False):
                yield _Candidate(block, min(bound, self.query.window.end_ns - 1))

    def _blocks_of(self, partition: int, need: Need) -> list[tuple[int, int]]:
        """(block, its latest span start) of a partition that may hold a match, newest first."""
        condition, values = blocks_sql(need, self.engine, partition)
        return query(
            f"SELECT id, max_start_ns FROM {Tables(partition).block} WHERE project = %s AND id <= %s"
            f" AND min_start_ns < %s AND max_start_ns >= %s AND {condition} ORDER BY id DESC",
            [
                self.names.project,
                partitions.bound_in(partition, self.newest_block),
                self.query.window.end_ns,
                self.query.window.start_ns,
                *values,
            ],
        )

    def _is_page_final(self, bound_ns: int) -> bool:
        if len(self.found) <= self.query.limit:
            return False
        certain = sum(found.start_ns > bound_ns for found in self.found.values())
        return certain > self.query.limit

    def _look_into(self, block: int) -> None:
        """Add the matches of one block."""
        hits = self._matching_spans(block)
        fresh = {trace_id: span_ids for trace_id, span_ids in hits.items() if trace_id not in self.seen}
        for trace_id, span_ids in hits.items():
            if trace_id in self.found:
                kept = self.found[trace_id].span_ids
                kept.extend(span_ids[: _MAX_MATCHED_IDS - len(kept)])
        if not fresh:
            return
        self.seen.update(fresh)
        parts = read_parts(self.names.project, list(fresh), self.all_partitions, self.newest_block)
        for trace_id, span_ids in fresh.items():
            self._add(trace_id, parts.get(trace_id, []), span_ids)

    def _add(self, trace_id: bytes, parts: list[Part], span_ids: list[bytes]) -> None:
        if not parts:
            return
        start_ns = min(part.start_ns for part in parts)
        duration_ns = max(part.end_ns for part in parts) - start_ns
        if not (self.query.min_trace_duration_ns or 0) <= duration_ns:
            return
        if self.query.max_trace_duration_ns is not None and duration_ns > self.query.max_trace_duration_ns:
            return
        self.total += 1
        after = self.query.after
        if after is None or (start_ns, trace_id) < (after.start_ns, after.trace_id):
            self.found[trace_id] = _Found(start_ns, parts, span_ids[:_MAX_MATCHED_IDS])

    def _matching_spans(self, block: int) -> dict[bytes, list[bytes]]:
        """The spans of a block that satisfy the query, by trace."""
        partition = partitions.partition_of(block)
        condition, values = rows_sql(self.need, self.engine, partition, block)
        rows = query(
            f"SELECT id, ordinal, trace_id, span_id, operation FROM {Tables(partition).span}"
            f" WHERE id BETWEEN %s AND %s AND start_ns >= %s AND start_ns < %s AND {condition} ORDER BY id",
            [*partitions.rows_of(block), self.query.window.start_ns, self.query.window.end_ns, *values],
        )
        if rows and not is_exact(self.query.where):
            rows = self._verify(block, rows)
        hits: dict[bytes, list[bytes]] = {}
        for _, _, trace_id, span_id, _ in rows:
            hits.setdefault(bytes(trace_id), []).append(bytes(span_id))
        return hits

    def _verify(self, block: int, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The rows whose decoded span satisfies the query."""
        service_of = {row[1]: self.names.operations[row[4]].service.name for row in rows}
        satisfying = set()
        for ordinal, span in decode_block(block, service_of):
            if time.monotonic() > self.deadline:
                raise TimeLimitReached
            if matches(span, service_of[ordinal], self.query.where):
                satisfying.add(ordinal)
        return [row for row in rows if row[1] in satisfying]

    def _page(self, *, is_total_exact: bool, is_complete: bool) -> TracePage:
        ordered = sorted(self.found.items(), key=lambda item: (-item[1].start_ns, _descending(item[0])))
        shown = ordered[: self.query.limit]
        next_cursor = None
        if len(ordered) > len(shown):
            last_id, last = shown[-1]
            next_cursor = Cursor(start_ns=last.start_ns, trace_id=last_id, newest_block=self.newest_block)
        return TracePage(
            traces=self._summaries(shown),
            total=min(self.total, MAX_TOTAL),
            is_total_exact=is_total_exact,
            next_cursor=next_cursor,
            is_complete=is_complete,
        )

    def _summaries(self, shown: list[tuple[bytes, _Found]]) -> tuple[TraceSummary, ...]:
        parts = {trace_id: found.parts for trace_id, found in shown}
        matched = {trace_id: found.span_ids for trace_id, found in shown}
        return summarise(parts, matched, self.names)


def _descending(value: bytes) -> bytes:
    """A key that sorts bytes downwards."""
    return bytes(255 - byte for byte in value)
