"""The spans of a partition that may satisfy a search, newest first, in portions that grow while little is found."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from traces.domain.query import Window
from traces.storage.blocks import ROW_BITS
from traces.storage.engine import AnyOf, Engine, HitsQuery, Source, Sql
from traces.storage.layout import Tables
from traces.storage.partitions import Stretch, bound_in, rows_of
from traces.storage.plan import Need, blocks_sql, rows_sql, split_tokens
from traces.storage.rows import query

_COLUMNS = "id, ordinal, trace_id, span_id, operation, start_ns"
# What stands in these columns.
Row = tuple[int, int, bytes, bytes, int, int]

FIRST_SPANS = 4_096
_MOST_SPANS = 65_536
FIRST_HITS = 256
MOST_HITS = 4_096
# With so many found the next portion is not larger: there is something to show, and maybe enough.
_MANY_ROWS = 256
_RANGES_A_STATEMENT = 100
# An index is not asked where other conditions leave less than this part of the spans.
_SMALL_PART = 16
# Tokens that this part of the spans have are found as fast by looking at the spans.
_COMMON_PART = 128


@dataclass(frozen=True, slots=True)
class Wanted:
    """Spans that start in `window` and may satisfy `need`, in a project's blocks up to `newest_block`."""

    project: int
    need: Need
    window: Window
    newest_block: int


@dataclass(frozen=True, slots=True)
class Portion:
    """Spans found, in any order; none that is found after them starts later than `bound_ns`."""

    rows: list[Row]
    bound_ns: int


# Its id, its latest start, its number of spans: there are thousands, and a class would cost more than the rest.
_Block = tuple[int, int, int]


def read_portions(
    engine: Engine, wanted: Wanted, stretch: Stretch, later_ns: int, *, is_first: bool
) -> Iterator[Portion]:
    """All such spans of one partition; in the partitions that are read after it none starts later than `later_ns`."""
    tokens, others = split_tokens(wanted.need)
    spans_in_all, blocks = _read_blocks(engine, wanted, stretch, others)
    if not blocks:
        return
    scan = _Scan(engine, wanted, stretch, blocks, later_ns)
    spans = sum(span_count for _, _, span_count in blocks)
    if tokens and spans > FIRST_SPANS and spans * _SMALL_PART > spans_in_all:
        yield from scan.by_index(tokens, others, engine.rows_before_index if is_first else 0)
    else:
        yield from scan.by_block()


def _read_blocks(engine: Engine, wanted: Wanted, stretch: Stretch, need: Need) -> tuple[int, list[_Block]]:
    """How many spans the blocks in the window have, and those blocks that may hold a match, newest first."""
    condition, values = blocks_sql(need, engine, stretch.id)
    rows = query(
        f"SELECT id, max_start_ns, span_count, {condition} FROM {Tables(stretch.id).block}"
        " WHERE project = %s AND id <= %s AND min_start_ns < %s AND max_start_ns >= %s ORDER BY id DESC",
        [
            *values,
            wanted.project,
            bound_in(stretch.id, wanted.newest_block),
            wanted.window.end_ns,
            wanted.window.start_ns,
        ],
    )
    return sum(row[2] for row in rows), [
        (block, latest, spans) for block, latest, spans, may_match in rows if may_match
    ]


class _Scan:
    """`blocks` are those that may hold a match, newest first; at least one."""

    def __init__(
        self, engine: Engine, wanted: Wanted, stretch: Stretch, blocks: Sequence[_Block], later_ns: int
    ) -> None:
        self.engine = engine
        self.wanted = wanted
        self.partition = stretch.id
        self.is_sealed = stretch.is_sealed
        self.blocks = blocks
        # The latest start among the oldest 0, 1, … blocks.
        self._bounds = list(accumulate((block[1] for block in reversed(blocks)), max, initial=later_ns))

    def by_block(self) -> Iterator[Portion]:
        """Look at every span."""
        return self._look(0, len(self.blocks), FIRST_SPANS)

    def by_index(self, tokens: Sequence[AnyOf], others: Need, spans_wanted: int) -> Iterator[Portion]:
        """Look at so many of the newest spans, and on while many have the tokens; then ask the indexes."""
        first = 0
        while spans_wanted and first < len(self.blocks):
            end = self._take(first, len(self.blocks), spans_wanted)
            portion = self._read_rows(first, end)
            first = end
            yield portion
            if len(portion.rows) * _COMMON_PART < spans_wanted:
                break
        yield from self._by_source(tokens, others, first)

    def _by_source(self, tokens: Sequence[AnyOf], others: Need, first: int) -> Iterator[Portion]:
        """From block `first` on: more and more indexes at once, and span by span where there is none."""
        sources = self.engine.token_sources(self.partition, self.is_sealed)
        count = 1
        while first < len(self.blocks):
            sources = [source for source in sources if source.first_block <= self.blocks[first][0]]
            if sources and self.blocks[first][0] <= sources[0].last_block:
                asked = _adjoining(sources[:count])
                end = self._position(asked[-1].first_block - 1)
                yield from self._ask(asked, tokens, others, first, end)
                count *= 2
            else:
                end = self._position(sources[0].last_block) if sources else len(self.blocks)
                yield from self._look(first, end, _MOST_SPANS)
            first = end

    def _look(self, first: int, end: int, spans_wanted: int) -> Iterator[Portion]:
        """At every span of some blocks."""
        while first < end:
            taken = self._take(first, end, spans_wanted)
            portion = self._read_rows(first, taken)
            first = taken
            yield portion
            if len(portion.rows) < _MANY_ROWS:
                spans_wanted = min(2 * spans_wanted, _MOST_SPANS)

    def _ask(
        self, sources: Sequence[Source], tokens: Sequence[AnyOf], others: Need, first: int, end: int
    ) -> Iterator[Portion]:
        """Indexes for the spans of some blocks, the newest hits first."""
        lowest, below = rows_of(self.blocks[end - 1][0], self.blocks[first][0])
        condition = self._in_window(rows_sql(others, self.engine, self.partition, (lowest, below)))
        limit = FIRST_HITS
        while below > lowest:
            rows = (lowest, below)
            asked = HitsQuery(columns=_COLUMNS, tokens=tokens, condition=condition, rows=rows, limit=limit)
            hits = query(*self.engine.hits_sql(self.partition, sources, asked))
            below = hits[-1][0] if len(hits) == limit else lowest
            limit = min(2 * limit, MOST_HITS)
            bound_ns = self._bound(self._position(below - 1 >> ROW_BITS))
            yield Portion([hit for hit in hits if self._is_candidate(hit[0] >> ROW_BITS)], bound_ns)

    def _take(self, first: int, end: int, spans_wanted: int) -> int:
        """Where to stop, so that the blocks from `first` on have about so many spans; after at least one block."""
        end = min(end, first + _RANGES_A_STATEMENT)
        spans = 0
        for index in range(first, end):
            spans += self.blocks[index][2]
            if spans >= spans_wanted:
                return index + 1
        return end

    def _read_rows(self, first: int, end: int) -> Portion:
        """One SELECT a range: SQLite would answer an OR of ranges by looking at the whole table."""
        selects = [self._select(rows_of(*run)) for run in _runs(self.blocks[first:end])]
        values = [value for _, values in selects for value in values]
        return Portion(query(" UNION ALL ".join(text for text, _ in selects), values), self._bound(end))

    def _select(self, rows: tuple[int, int]) -> Sql:
        condition, values = self._in_window(rows_sql(self.wanted.need, self.engine, self.partition, rows))
        table = Tables(self.partition).span
        return f"SELECT {_COLUMNS} FROM {table} WHERE id >= %s AND id < %s AND {condition}", [*rows, *values]

    def _in_window(self, sql: Sql) -> Sql:
        condition, values = sql
        window = self.wanted.window
        return f"{condition} AND start_ns >= %s AND start_ns < %s", [*values, window.start_ns, window.end_ns]

    def _bound(self, first: int) -> int:
        """The latest start in the blocks from `first` on, and in what comes after the partition."""
        return min(self._bounds[len(self.blocks) - first], self.wanted.window.end_ns - 1)

    def _position(self, block: int) -> int:
        """The first of the blocks that is not newer than this one."""
        return bisect_left(self.blocks, -block, key=lambda candidate: -candidate[0])

    def _is_candidate(self, block: int) -> bool:
        position = self._position(block)
        return position < len(self.blocks) and self.blocks[position][0] == block


def _adjoining(sources: Sequence[Source]) -> Sequence[Source]:
    """The first of them, and those that follow it without a gap; newest first."""
    for index in range(1, len(sources)):
        if sources[index].last_block + 1 != sources[index - 1].first_block:
            return sources[:index]
    return sources


def _runs(blocks: Sequence[_Block]) -> list[tuple[int, int]]:
    """Blocks, newest first, as (first, last) of those whose ids follow each other."""
    runs: list[tuple[int, int]] = []
    for block, _, _ in blocks:
        if runs and runs[-1][0] == block + 1:
            runs[-1] = (block, runs[-1][1])
        else:
            runs.append((block, block))
    return runs
