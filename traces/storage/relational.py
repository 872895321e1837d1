"""The store on SQLite and PostgreSQL. See `base.SpanStore` for what it promises, docs/adr for why it is so."""

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import zstandard
from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone

from traces.domain.attributes import AttributeValue, format_value
from traces.domain.columns import SpanColumns
from traces.domain.deadline import TimeLimitReached, check_time, seconds_left, work_within
from traces.domain.event_columns import EventColumns
from traces.domain.finding import Needle
from traces.domain.links import SpanLink, TraceFacts
from traces.domain.query import Place, TracePage, TraceQuery
from traces.domain.refusal import Refusal
from traces.domain.search_text import MAX_TEXT_LENGTH
from traces.domain.span import FirstSpan, Operation, Service, Span, SpanOutline
from traces.domain.values import Values
from traces.models import Project, StoredRequest
from traces.storage import partitions, removal, retention, sealing, todo
from traces.storage.base import AttributeKey, ProjectId, SpanRequest, StoreSize, ValueCount
from traces.storage.beginning import find_first_span
from traces.storage.blocks import (
    MAX_BLOCK_BYTES,
    MAX_BLOCK_SPANS,
    Block,
    build_block,
    join_requests,
    pack,
    split_request,
)
from traces.storage.catalogue import Catalogue, fingerprint
from traces.storage.engine import Engine
from traces.storage.finding import find_mentions
from traces.storage.guards import guarded, in_turn, timed
from traces.storage.kin import add_short, find_ids, join_parts
from traces.storage.links import find_links_to
from traces.storage.names import NameBooks
from traces.storage.outlines import find_version, read_outlines, version_of
from traces.storage.pinning import Pinning
from traces.storage.postgresql import PostgresqlEngine
from traces.storage.refusals import list_refusals, write_refusals
from traces.storage.rolling_up import RollingUp
from traces.storage.rows import Part, first_spans, read_parts, read_spans
from traces.storage.samples import newest_values
from traces.storage.scanning import read_attributes, read_events
from traces.storage.search import Limits, find_traces, take_view
from traces.storage.sqlite import SqliteEngine
from traces.storage.standing_out import read_standing_out
from traces.storage.summaries import describe
from traces.storage.turns import Turns
from traces.wire import otlp_pb2 as wire

# Beyond SEARCH_TIMEOUT_SECONDS.
_GRACE_SECONDS = 1.0


class Repeated(Exception):
    """Some requests of a group were committed before: the group is written again without them."""

    def __init__(self, fresh: set[tuple[int, bytes]]) -> None:
        super().__init__()
        self.fresh = fresh


class RelationalStore(Pinning, RollingUp):
    """Blocks of OTLP beside narrow rows, in time partitions."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._turns = Turns(settings.SEARCH_MAX_CONCURRENT)
        self._catalogue = Catalogue(engine.take_turn)
        self._books = NameBooks()

    @guarded
    def write(self, requests: Sequence[SpanRequest]) -> int:
        fresh = {self._identity(request): request for request in requests if request.span_count}
        try:
            self._engine.prepare_write()
            while fresh:
                blocks = [block for group in _by_project(fresh.values()) for block in self._build(group)]
                try:
                    self._commit(blocks, fresh)
                except Repeated as repeated:
                    fresh = {key: request for key, request in fresh.items() if key in repeated.fresh}
                else:
                    return sum(request.span_count for request in fresh.values())
        except Error:
            self._catalogue.forget()
            raise
        return 0

    @guarded
    def find_traces(self, project: ProjectId, query: TraceQuery) -> TracePage:
        seconds = min(settings.SEARCH_TIMEOUT_SECONDS, seconds_left() - _GRACE_SECONDS)
        limits = Limits(seconds, settings.SEARCH_COUNT_SECONDS)
        # A regular expression may need a little of what is left after the limit, for showing what was found.
        with self._turns.take(), work_within(limits.search_seconds + _GRACE_SECONDS):
            # What is looked through is fixed before the names are read, so that every name in it is known.
            view = take_view(query)
            return find_traces(self._engine, self._books.open(project), query, view, limits)

    @guarded
    @in_turn
    @timed
    def read_trace(self, project: ProjectId, trace_id: bytes) -> SpanColumns:
        parts = _read_parts_of(project, trace_id)
        shown = first_spans(parts, settings.TRACE_MAX_SPANS)
        # The names are opened after the parts were read: they were committed before.
        return read_outlines(trace_id, shown, self._books.open(project), version_of(parts))

    @guarded
    @timed
    def find_trace_version(self, project: ProjectId, trace_id: bytes) -> str:
        stretches = partitions.list_stretches()
        return find_version(project, find_ids(project, trace_id, stretches), [stretch.id for stretch in stretches])

    @guarded
    @timed
    def count_spans(self, project: ProjectId, trace_id: bytes) -> int:
        return sum(part.span_count for part in _read_parts_of(project, trace_id))

    @guarded
    @in_turn
    @timed
    def read_spans_standing_out(
        self, project: ProjectId, trace_ids: Sequence[bytes], longest: int, failed: int
    ) -> dict[bytes, list[SpanOutline]]:
        parts = _read_parts_together(project, trace_ids)
        return read_standing_out(parts, longest, failed, self._books.open(project))

    @guarded
    @in_turn
    def read_spans(self, project: ProjectId, outlines: Sequence[SpanOutline]) -> list[Span]:
        spans = read_spans(outline.address for outline in outlines)
        return [spans[outline.address[0]] for outline in outlines if outline.address[0] in spans]

    @guarded
    @in_turn
    def find_mentions(self, project: ProjectId, spans: SpanColumns, needle: Needle) -> list[int]:
        return find_mentions(spans, needle)

    @guarded
    @in_turn
    def read_attributes(
        self, project: ProjectId, spans: SpanColumns, keys: Sequence[AttributeKey], longest: int
    ) -> list[Values]:
        return read_attributes(spans, [(each.place, each.key) for each in keys], longest)

    @guarded
    @in_turn
    def read_events(
        self, project: ProjectId, spans: SpanColumns, limit: int, needle: Needle | None = None
    ) -> EventColumns:
        return read_events(spans, limit, needle)

    @guarded
    @timed
    def describe_traces(self, project: ProjectId, trace_ids: Sequence[bytes]) -> dict[bytes, TraceFacts]:
        parts = _read_parts_together(project, trace_ids)
        names = self._books.open(project)
        return {trace_id: describe(trace_id, of_trace, names) for trace_id, of_trace in parts.items()}

    @guarded
    @in_turn
    @timed
    def find_links_to(self, project: ProjectId, trace_id: bytes, limit: int) -> list[SpanLink]:
        stretches = partitions.list_stretches()
        trace_ids = find_ids(project, trace_id, stretches)
        return find_links_to(project, trace_ids, [stretch.id for stretch in stretches], limit)

    @guarded
    @timed
    def list_services(self, project: ProjectId) -> list[Service]:
        return sorted(self._books.open(project).services.values(), key=lambda service: service.name)

    @guarded
    @timed
    def list_operations(self, project: ProjectId, service: str | None = None) -> list[Operation]:
        operations = self._books.open(project).operations.values()
        wanted = [operation for operation in operations if service is None or operation.service.name == service]
        return sorted(wanted, key=lambda operation: (operation.name, operation.kind, operation.service.name))

    @guarded
    @timed
    def list_attribute_keys(self, project: ProjectId) -> list[AttributeKey]:
        names = self._books.open(project)
        keys = set(names.keys.values())
        keys.update((Place.RESOURCE, key) for resource in names.resources.values() for key in resource.attributes)
        keys.update((Place.SCOPE, key) for scope in names.scopes.values() for key in scope.attributes)
        return [AttributeKey(place=place, key=key) for place, key in sorted(keys, key=lambda name: (name[1], name[0]))]

    @guarded
    @in_turn
    def count_attribute_values(self, project: ProjectId, place: Place, key: str, limit: int) -> list[ValueCount]:
        counts: Counter[tuple[str, str]] = Counter()
        values: dict[tuple[str, str], AttributeValue] = {}
        # It is a sample anyway.
        with suppress(TimeLimitReached):
            for value in newest_values(self._books.open(project), place, key):
                check_time()
                identity = (type(value).__name__, format_value(value))
                if len(identity[1]) <= MAX_TEXT_LENGTH:
                    counts[identity] += 1
                    values[identity] = value
        return [ValueCount(value=values[identity], count=count) for identity, count in counts.most_common(limit)]

    @guarded
    def delete_traces(self, project: ProjectId, trace_ids: Collection[bytes]) -> int:
        return removal.delete_traces(project, trace_ids, self._engine, self._catalogue)

    @guarded
    def delete_older_than(self, age: timedelta, now: datetime) -> int:
        retention.expire_older_than(age, self._engine, self._catalogue, now)
        dropped = retention.drop_expired(self._engine, now)
        if dropped:
            self._engine.give_back_space()
        return dropped

    @guarded
    def delete_beyond(self, max_bytes: int, now: datetime) -> int:
        dropped = retention.delete_beyond(max_bytes, self._engine, self._catalogue, now)
        if dropped:
            self._engine.give_back_space()
        return dropped

    @guarded
    def count_bytes(self) -> int:
        return retention.count_bytes(self._engine)

    @guarded
    @timed
    def measure(self) -> StoreSize:
        return retention.measure(self._engine)

    @guarded
    def seal_partitions(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        retention.drop_expired(self._engine, timezone.now())
        partitions.index_open(self._engine.index_sections)
        return sealing.seal_closed(self._engine, self._catalogue, is_stopping)

    @guarded
    def forget_requests_before(self, moment: datetime) -> int:
        return StoredRequest.objects.filter(received_at__lt=moment).delete()[0]

    @guarded
    @timed
    def find_first_span(self, project: ProjectId) -> FirstSpan | None:
        stretches = [stretch.id for stretch in reversed(partitions.list_stretches())]
        return find_first_span(stretches, self._books.open(project))

    @guarded
    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        self._engine.prepare_write()
        with self._engine.take_turn():
            write_refusals(refusals)

    @guarded
    @timed
    def list_refusals(self) -> list[Refusal]:
        return list_refusals()

    def close(self) -> None:
        connection.close()

    @guarded
    def check(self) -> None:
        Project.objects.values_list("pk", flat=True).first()

    def _identity(self, request: SpanRequest) -> tuple[int, bytes]:
        return request.project, fingerprint(request.body)

    def _build(self, requests: list[SpanRequest]) -> Iterator[Block]:
        """The blocks of one project's requests: joined when small, split when large."""
        project = requests[0].project
        seed = self._catalogue.seed(project)
        cuts = {key: cut for request in requests for key, cut in request.cuts.items()}
        received_ns = max(request.received_ns for request in requests)
        for body in _block_bodies(requests):
            envelope = wire.Envelope.FromString(body)
            build = functools.partial(build_block, project, seed, received_ns, body, envelope)
            try:
                yield build(self._catalogue.names(project), cuts, self._engine.token_form)
            except KeyError:
                yield build(self._catalogue.learn(project, envelope), cuts, self._engine.token_form)

    def _commit(self, blocks: list[Block], requests: dict[tuple[int, bytes], SpanRequest]) -> None:
        compressor = zstandard.ZstdCompressor(level=2)
        bodies = [compressor.compress(block.body) for block in blocks]
        keys = [self._catalogue.attribute_keys(block.project, block.keys) for block in blocks]
        reserved = [] if self._engine.has_single_writer else self._reserve(blocks)
        with self._engine.take_turn(), transaction.atomic():
            rows = [
                (project, print_, datetime.fromtimestamp(request.received_ns / 1e9, tz=UTC))
                for (project, print_), request in requests.items()
            ]
            fresh = self._engine.insert_requests(rows)
            if len(fresh) < len(rows):
                raise Repeated(fresh)
            numbered = list(zip(reserved or self._reserve(blocks), blocks, strict=True))
            for index, (block_id, block) in enumerate(numbered):
                self._engine.insert_block(
                    partitions.partition_of(block_id), block_id, block, keys[index], bodies[index]
                )
            todo.add_blocks(numbered)

    def _reserve(self, blocks: list[Block]) -> list[int]:
        return partitions.reserve_blocks(blocks, self._engine.create_partition)


def _read_parts_of(project: int, trace_id: bytes) -> list[Part]:
    """All parts of a trace, under whichever of its ids they are kept."""
    stretches = partitions.list_stretches()
    parts = read_parts(project, find_ids(project, trace_id, stretches), [stretch.id for stretch in stretches])
    return [part for of_id in parts.values() for part in of_id]


def _read_parts_together(project: int, trace_ids: Sequence[bytes]) -> dict[bytes, list[Part]]:
    """The parts of traces by the id asked for: of 128-bit ids with those that are kept under the 64-bit one."""
    stretches = [stretch.id for stretch in partitions.list_stretches()]
    return join_parts(trace_ids, read_parts(project, add_short(trace_ids), stretches))


def _by_project(requests: Iterable[SpanRequest]) -> Iterator[list[SpanRequest]]:
    groups: dict[int, list[SpanRequest]] = defaultdict(list)
    for request in requests:
        groups[request.project].append(request)
    yield from groups.values()


def _block_bodies(requests: list[SpanRequest]) -> Iterator[bytes]:
    """OTLP bodies of at most MAX_BLOCK_SPANS spans each."""
    limits = (MAX_BLOCK_SPANS, MAX_BLOCK_BYTES)
    for portion in pack(requests, lambda request: (request.span_count, len(request.body)), limits):
        if portion[0].span_count > MAX_BLOCK_SPANS:
            yield from split_request(portion[0].body)
        else:
            yield join_requests([request.body for request in portion])


@functools.cache
def get_relational_store() -> RelationalStore:
    """The store of this process."""
    return RelationalStore(PostgresqlEngine() if connection.vendor == "postgresql" else SqliteEngine())
