"""Rolling up: the spans of blocks that are not counted yet are added to the tables, each exactly once.

Everything is computed from a state of the tables, without a lock. Then one transaction raises the state's generation
from the value it was computed from, takes the blocks off the queue, and writes the rows; if somebody else was faster,
it writes nothing and all is computed anew. docs/adr/0012 says why that is exact.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Final
from uuid import uuid4

import numpy as np
import structlog
from django.db.models import F, Q
from django.utils import timezone
from numpy.typing import NDArray

from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.calls.pairing import End, Outcome, callers_of, pair, settle, wanted_by
from services_map.domain.calls.peers import read_peer
from services_map.domain.latency.counting import Counted, PackedRow, Sums, add_stored, coarsen, count_spans, pack_rows
from services_map.domain.latency.levels import LEVELS, MINUTE
from services_map.models import RollUpState, Subject
from services_map.rolling_up.at_once import sort_out
from services_map.rolling_up.gathering import (
    KEYS,
    Gathered,
    count_of_links,
    count_of_operations,
    gather,
    seen_versions,
    versions_of,
)
from services_map.storage import catalogue, open_ends
from services_map.storage import rows as rollup_rows
from traces.domain.errors import AlreadyRolledUp
from traces.domain.span import SpanFlag, SpanKind, SpanOutline, StatusCode
from traces.storage import get_store
from traces.storage.base import FoundSpan, ProjectId, QueuedBlock

#: So many spans are counted in one transaction: several times as many cost little more than once.
SPANS_A_TURN: Final = 80_000
#: Of deleted traces all spans are taken back together, or their calls would not be those that were counted.
DELETED_SPANS_A_TURN: Final = 500_000
#: How long a span waits for its partner before it is counted without.
SETTLE_AFTER_SECONDS: Final = 30
ENDS_A_TURN: Final = 5_000
_HELD_FOR = timedelta(seconds=15)
#: What spans that are not as ingest makes them would raise.
_UNCOUNTABLE: Final = (ArithmeticError, LookupError, TypeError, ValueError)

log = structlog.get_logger(__name__)


class Overtaken(Exception):
    """Somebody else changed the roll-ups meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What one turn did."""

    spans: int
    blocks: int
    settled: int

    @property
    def is_idle(self) -> bool:
        return not self.blocks and not self.settled


IDLE: Final = Progress(spans=0, blocks=0, settled=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What a turn writes."""

    blocks: Sequence[QueuedBlock]
    rows: Mapping[tuple[Subject, int], Sequence[PackedRow]]
    kept: Sequence[End]
    done: Sequence[int]
    versions: Mapping[tuple[int, int], tuple[int, int]]
    spans: int
    ids_are_shared: bool
    #: The block is taken off the queue without being counted.
    is_given_up: bool = False


def roll_up(project: ProjectId, now_s: int, max_spans: int = SPANS_A_TURN) -> Progress:
    """Count the spans of waiting blocks, at most `max_spans` at once, and settle ends that have waited long enough.

    IDLE where there is nothing to do, or another worker is at it. Nothing is half done, whenever it is ended.
    """
    return get_roller(project).turn(now_s, max_spans)


@cache
def get_roller(project: ProjectId) -> "Roller":
    """This process's own: it remembers names."""
    return Roller(project)


class Roller:
    """Rolls up one project. One thread at a time works; a second one finds that there is nothing to do."""

    def __init__(self, project: ProjectId) -> None:
        self._project = project
        self._store = get_store()
        self._links = catalogue.Links(project)
        self._versions = catalogue.Versions(project)
        self._name = uuid4().hex
        self._lock = threading.Lock()

    def turn(self, now_s: int, max_spans: int) -> Progress:
        if not self._lock.acquire(blocking=False):
            return IDLE
        try:
            return self._turn(now_s, max_spans)
        except (Overtaken, AlreadyRolledUp):
            log.info("another worker rolled up the same spans", project=self._project)
            return IDLE
        finally:
            self._lock.release()

    def _turn(self, now_s: int, max_spans: int) -> Progress:
        blocks = self._store.list_blocks_to_roll_up(self._project, max_spans)
        due = open_ends.read_due(self._project, now_s, ENDS_A_TURN)
        if not blocks and not due:
            return IDLE
        state = self._take()
        if state is None:
            return IDLE
        # Read anew: whoever held it until now may have changed them.
        blocks = self._list_blocks(max_spans)
        due = open_ends.read_due(self._project, now_s, ENDS_A_TURN)
        change = self._compute_what_can_be(blocks, due, state.ids_are_shared)
        with self._store.writing():
            self._write(change, state.generation, now_s)
        return Progress(spans=change.spans, blocks=len(change.blocks), settled=len(due))

    def _list_blocks(self, max_spans: int) -> list[QueuedBlock]:
        blocks = self._store.list_blocks_to_roll_up(self._project, max_spans)
        if blocks and blocks[0].sign < 0:
            blocks = self._store.list_blocks_to_roll_up(self._project, DELETED_SPANS_A_TURN)
        return blocks

    def _take(self) -> RollUpState | None:
        """The state to build on, if nobody else is building at the moment."""
        now = timezone.now()
        with self._store.writing():
            RollUpState.objects.get_or_create(project_id=self._project)
            free = Q(held_until=None) | Q(held_until__lt=now) | Q(holder=self._name)
            mine = RollUpState.objects.filter(free, project_id=self._project)
            if not mine.update(holder=self._name, held_until=now + _HELD_FOR):
                return None
        return RollUpState.objects.get(project_id=self._project)

    def _compute_what_can_be(self, blocks: Sequence[QueuedBlock], due: Sequence[End], ids_are_shared: bool) -> _Change:
        """Of blocks that cannot be counted together the first half, and so on: one that cannot be alone is given up."""
        while True:
            try:
                return self._compute(blocks, due, ids_are_shared)
            except _UNCOUNTABLE as problem:
                if not blocks:
                    raise
                if len(blocks) == 1:
                    log.exception("a block cannot be counted", block=blocks[0].block, problem=str(problem))
                    return _Change(
                        blocks=blocks, rows={}, kept=(), done=(), versions={}, spans=0, ids_are_shared=ids_are_shared,
                        is_given_up=True,
                    )  # fmt: skip
                blocks = blocks[: len(blocks) // 2]

    def _compute(self, blocks: Sequence[QueuedBlock], due: Sequence[End], ids_are_shared: bool) -> _Change:
        gathered = gather(self._store.read_counted_spans(blocks, KEYS))
        times = blocks[0].sign if blocks else 1
        outcome = self._pair(gathered, due, ids_are_shared) if times > 0 else self._unpair(gathered)
        deleted = frozenset(gathered.trace_ids) if times < 0 else frozenset()
        rows: dict[tuple[Subject, int], list[PackedRow]] = {}
        versions: Mapping[tuple[int, int], tuple[int, int]] = {}
        if len(gathered):
            by_operation = count_of_operations(gathered, self._number_versions(gathered), times)
            rows.update(self._add_up(Subject.OPERATION, by_operation, deleted))
            by_service = replace(by_operation, subjects=_column(gathered.services))
            rows.update(self._add_up(Subject.SERVICE, by_service, deleted))
            versions = seen_versions(by_operation, gathered.services) if times > 0 else {}
        if outcome.calls:
            numbers = self._links.number({call.edge for call in outcome.calls}, self._store.writing)
            rows.update(self._add_up(Subject.LINK, count_of_links(outcome.calls, numbers), deleted))
        return _Change(
            blocks=blocks,
            rows=rows,
            kept=outcome.kept,
            done=outcome.done,
            versions=versions,
            spans=len(gathered) * times,
            ids_are_shared=outcome.ids_are_shared or ids_are_shared,
        )

    def _number_versions(self, gathered: Gathered) -> dict[int, int]:
        resources = self._store.read_resources(self._project)
        named = versions_of(gathered, resources)
        numbers = self._versions.number(set(named.values()), self._store.writing)
        return {resource: numbers[version] for resource, version in named.items()}

    def _pair(self, gathered: Gathered, due: Sequence[End], ids_are_shared: bool) -> Outcome:
        linked = {trace_id for links in gathered.links for trace_id, _ in links}
        waiting = open_ends.read_waiting(self._project, linked.union(gathered.trace_ids)) if len(gathered) else []
        wanted = {key for end in waiting for key in (*callers_of(end), (end.trace_id, end.span_id))}
        services = self._store.read_service_ids(self._project)
        calls, ends = sort_out(gathered, services, wanted, ids_are_shared=ids_are_shared)
        outcome = pair(ends, waiting, ids_are_shared=ids_are_shared)
        outcome.calls += calls
        met = {end.row for end in waiting}
        # Those that new spans came for are settled the next time, if they still have to be.
        alone = [end for end in due if end.row not in met]
        found = self._find_spans(alone)
        for end in alone:
            settled = settle(end, found)
            outcome.calls += settled.calls
            outcome.kept += settled.kept
            outcome.done += settled.done
        return outcome

    def _unpair(self, gathered: Gathered) -> Outcome:
        """Take back the calls of whole traces that were deleted, and what is left of them among the ends."""
        outcome = Outcome()
        deleted = set(gathered.trace_ids)
        waiting = [end for end in open_ends.read_waiting(self._project, deleted) if end.trace_id in deleted]
        wanted = {key for end in waiting for key in wanted_by(end)}
        certain, ends = sort_out(gathered, self._store.read_service_ids(self._project), wanted)
        found: dict[tuple[bytes, bytes], list[End]] = defaultdict(list)
        for end in ends:
            found[end.trace_id, end.span_id].append(end)
        for end in waiting:
            # As it would have been counted, had it waited to the end.
            outcome.calls += settle(end, found).calls
            outcome.done += [end.row] if end.row is not None else []
        whole = pair(ends, ())
        calls = [*certain, *whole.calls, *(call for end in whole.kept for call in settle(end, {}).calls)]
        outcome.calls += [call.taken_back() for call in calls]
        return outcome

    def _find_spans(self, ends: Sequence[End]) -> dict[tuple[bytes, bytes], list[End]]:
        wanted = {key for end in ends for key in wanted_by(end)}
        if not wanted:
            return {}
        services = self._store.read_service_ids(self._project)
        stored = self._store.find_spans(self._project, wanted)
        return {
            key: [self._as_end(key, span, services[span.service_id].name) for span in spans]
            for key, spans in stored.items()
        }

    def _as_end(self, key: tuple[bytes, bytes], span: FoundSpan, service: str) -> End:
        """A stored span as the partner of another: no more of it is looked at."""
        return End(
            trace_id=key[0],
            span_id=key[1],
            parent_id=None,
            service=Node(NodeKind.SERVICE, service),
            kind=span.kind,
            start_ns=span.start_ns,
            duration_ns=span.duration_ns,
            is_error=span.status == StatusCode.ERROR,
            units=0,
            peer=self._read_queue(key, span) if span.kind == SpanKind.PRODUCER else None,
        )

    def _read_queue(self, key: tuple[bytes, bytes], span: FoundSpan) -> Node | None:
        """Where a stored producer put its message. It is rare that one is found only here."""
        outline = SpanOutline(
            address=span.address,
            trace_id=key[0],
            span_id=key[1],
            parent_span_id=None,
            operation=self._store.read_operations(self._project)[span.operation_id],
            start_ns=span.start_ns,
            duration_ns=span.duration_ns,
            status=span.status,
            flags=SpanFlag(0),
        )
        found = self._store.read_spans(self._project, [outline])
        return read_peer(span.kind, found[0].attributes)[0] if found else None

    def _add_up(
        self, kind: Subject, counted: Counted, deleted: frozenset[bytes]
    ) -> Iterator[tuple[tuple[Subject, int], list[PackedRow]]]:
        """The rows of all levels, with what is stored of them."""
        sums = count_spans(counted)
        for level_s in LEVELS:
            sums = sums if level_s == MINUTE else coarsen(sums, level_s)
            yield (kind, level_s), self._merge(kind, level_s, sums, deleted)

    def _merge(self, kind: Subject, level_s: int, sums: Sums, deleted: frozenset[bytes]) -> list[PackedRow]:
        return list(pack_rows(add_stored(sums, rollup_rows.read_rows(self._project, kind, level_s, sums), deleted)))

    def _write(self, change: _Change, generation: int, now_s: int) -> None:
        state = RollUpState.objects.filter(project_id=self._project, generation=generation)
        newest = max((block.received_ns for block in change.blocks), default=0)
        if not state.update(
            generation=F("generation") + 1,
            span_count=F("span_count") + change.spans,
            changed_at=timezone.now(),
            ids_are_shared=change.ids_are_shared,
            held_until=None,
        ):
            raise Overtaken
        RollUpState.objects.filter(project_id=self._project, newest_received_ns__lt=newest).update(
            newest_received_ns=newest
        )
        take_off = self._store.give_up_rolling_up if change.is_given_up else self._store.mark_rolled_up
        take_off(change.blocks)
        for (kind, level_s), rows in change.rows.items():
            rollup_rows.write_rows(self._project, kind, level_s, rows)
        catalogue.widen_versions(self._project, change.versions)
        open_ends.write_ends(self._project, change.kept, change.done, now_s + SETTLE_AFTER_SECONDS)


def _column(numbers: Sequence[int]) -> NDArray[np.int64]:
    return np.array(numbers, np.int64)
