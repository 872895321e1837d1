"""The seam: what every span store promises. `tests/contracts` holds each store to it.

Every call names a project by its id: a store never answers across projects. All methods raise StoreUnavailable
when the database cannot be reached, readers' TooBusy when too many read at once or one would take longer than
SEARCH_TIMEOUT_SECONDS, and are safe to call from several threads and processes at once.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from traces.domain.attributes import AttributeValue
from traces.domain.columns import SpanColumns
from traces.domain.event_columns import EventColumns
from traces.domain.finding import Needle
from traces.domain.links import SpanLink, TraceFacts
from traces.domain.pin import Pin
from traces.domain.query import Place, TracePage, TraceQuery, Window
from traces.domain.refusal import Refusal
from traces.domain.span import FirstSpan, Operation, Resource, Service, Span, SpanOutline
from traces.domain.values import Values
from traces.storage.counted import Backlog as Backlog
from traces.storage.counted import CountedSpans as CountedSpans
from traces.storage.counted import FoundSpan as FoundSpan
from traces.storage.counted import ProjectId as ProjectId
from traces.storage.counted import QueuedBlock as QueuedBlock
from traces.storage.counted import StoreSize as StoreSize

DEFAULT_PROJECT = ProjectId(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRequest:
    """One export request, validated: `body` is canonical OTLP (`ExportTraceServiceRequest`) of `span_count` spans.

    `cuts` says by trace id + span id what had to be changed in a span; `received_ns` is the time of arrival.
    """

    project: ProjectId
    body: bytes
    span_count: int
    received_ns: int
    cuts: dict[bytes, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeKey:
    """A key that spans have, and where."""

    place: Place
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCount:
    """A value of an attribute and how many of those looked at have it."""

    value: AttributeValue
    count: int


class SpanStore(Protocol):
    """Spans in, traces out."""

    def write(self, requests: Sequence[SpanRequest]) -> int:
        """Commit all spans of all requests, or none; how many spans were new.

        On return they are durable and every reader sees them. A request whose exact body this project committed
        within INGEST_DEDUPLICATE_SECONDS is a repetition and is not stored again.
        """
        ...

    def find_traces(self, project: ProjectId, query: TraceQuery) -> TracePage:
        """The page of traces that `query` asks for; `traces.domain.matching` defines what satisfies it.

        Ordered by the trace's start, newest first, then by trace id downwards. Looks for at most
        SEARCH_TIMEOUT_SECONDS and says if that was too short.
        """
        ...

    def read_trace(self, project: ProjectId, trace_id: bytes) -> SpanColumns:
        """Every stored span of the trace, in no particular order, repetitions included; empty if unknown.

        Of more than TRACE_MAX_SPANS so many: those that arrived with a root, then those that arrived first.
        """
        ...

    def count_spans(self, project: ProjectId, trace_id: bytes) -> int:
        """How many spans of the trace are stored, repetitions included."""
        ...

    def find_trace_version(self, project: ProjectId, trace_id: bytes) -> str:
        """The `version` that `read_trace` would have now, without reading the spans; empty if the trace is unknown.

        Of one trace, equal versions are the same spans. It changes when spans come or go, or are filed elsewhere.
        """
        ...

    def read_spans_standing_out(
        self, project: ProjectId, trace_ids: Sequence[bytes], longest: int, failed: int
    ) -> dict[bytes, list[SpanOutline]]:
        """Of each trace its `longest` longest spans, longest first, then those of its first `failed` failed ones that
        are not among them.

        Enough to draw its shape, at a cost that is bounded for all traces together: of very large ones only those
        spans are looked at that arrived with a root, then those that arrived first. Traces not kept are left out.
        """
        ...

    def read_spans(self, project: ProjectId, outlines: Sequence[SpanOutline]) -> list[Span]:
        """The spans behind outlines of this store, in their order.

        One that retention took meanwhile is left out. Outlines are for use at once: a merge moves spans, and some
        seconds later (twice SEARCH_TIMEOUT_SECONDS) their old addresses lead nowhere.
        """
        ...

    def find_mentions(self, project: ProjectId, spans: SpanColumns, needle: Needle) -> list[int]:
        """Which of `spans`, columns of this store, mention the needle: their indexes, ascending.

        Looked at are the names of span and service; keys and values of attributes, those of events, links, resource
        and scope too; event names, the status message, the scope's name and version; the ids of span, parent and
        links. `traces.domain.finding` says how. Of an attribute whose key repeats, every value counts.
        """
        ...

    def read_attributes(
        self, project: ProjectId, spans: SpanColumns, keys: Sequence[AttributeKey], longest: int
    ) -> list[Values]:
        """Of each of `keys` what `spans`, columns of this store, have; in one reading, without decoding spans.

        `place` is one of ATTRIBUTE_PLACES. Of several events or links of a span the first that has the key counts;
        where a key repeats among the attributes of one, the last. A text, or what is written as one (see
        `format_value`), of more than `longest` characters is cut and ends with "…".
        """
        ...

    def read_events(
        self, project: ProjectId, spans: SpanColumns, limit: int, needle: Needle | None = None
    ) -> EventColumns:
        """When the events of `spans`, columns of this store, were, and their names, in no particular order; those of a
        span together, in its order.

        With a needle only those whose name or attributes mention it. Not complete where there are more than `limit`;
        names of more than 250 characters are cut and end with "…".
        """
        ...

    def describe_traces(self, project: ProjectId, trace_ids: Sequence[bytes]) -> dict[bytes, TraceFacts]:
        """What a result list says of these traces; those that are unknown are not in it."""
        ...

    def find_links_to(self, project: ProjectId, trace_id: bytes, limit: int) -> list[SpanLink]:
        """At most `limit` different links of this project's spans to spans of the trace, kept here or not.

        Those that arrived last come first.
        """
        ...

    def list_services(self, project: ProjectId) -> list[Service]:
        """All services, by name."""
        ...

    def list_operations(self, project: ProjectId, service: str | None = None) -> list[Operation]:
        """All operations (of one service), by name, then kind."""
        ...

    def list_attribute_keys(self, project: ProjectId) -> list[AttributeKey]:
        """The attribute keys seen, by key, then place. Complete up to the first 10,000 of a project."""
        ...

    def count_attribute_values(self, project: ProjectId, place: Place, key: str, limit: int) -> list[ValueCount]:
        """The values of a key, most frequent first: a sample, not a census.

        Counted over the newest spans that have it; in RESOURCE and SCOPE over distinct resources and scopes. `place`
        is one of these five, not ANY or INTRINSIC. Values too long to be searched for are left out.
        """
        ...

    def pin_trace(self, project: ProjectId, trace_id: bytes, note: str) -> Pin:
        """Spare the trace from retention, with a note; of one that is pinned already only the note changes.

        All of its spans that are kept stay, and those that arrive later, until it is unpinned or deleted by its id.
        Raises TraceNotFound where no span of it is kept, TooManyPins beyond PINNED_TRACES_MAX in a project.
        """
        ...

    def unpin_trace(self, project: ProjectId, trace_id: bytes) -> bool:
        """Let it go the next time that retention looks, if it is older than what is kept; whether it was pinned."""
        ...

    def find_pins(self, project: ProjectId, trace_ids: Sequence[bytes]) -> dict[bytes, Pin]:
        """The pins of those of these traces that are pinned."""
        ...

    def list_pins(self, project: ProjectId) -> list[Pin]:
        """All pins of a project, the latest first."""
        ...

    def delete_traces(self, project: ProjectId, trace_ids: Collection[bytes]) -> int:
        """Delete all spans of these traces and nothing else; how many spans that were, repetitions included.

        Their pins go first: who deletes a trace by its id means it.

        The partitions that hold them are written anew, which takes as long as it sounds; their bytes go when no reader
        can still be reading them. The spans of one partition go at one instant: whoever is ended in the middle has
        deleted those of some partitions, and calls again. A request that is sent again afterwards is stored again.
        StoreUnavailable where others keep writing the traces, or a block beside them is damaged.

        Exactly these spans are queued to be counted no more: at once, or ten minutes later if this is ended.
        """
        ...

    def delete_older_than(self, age: timedelta, now: datetime) -> int:
        """Drop the time partitions whose newest spans arrived before `now - age`; how many spans that were.

        A partition goes as a whole, but for the spans of pinned traces: spans leave at the latest one partition's
        length after `age`. From then on nobody finds them; the tables stay for up to an hour more while blocks in
        them are to be rolled up. What was spared before and is pinned no more goes as well.
        """
        ...

    def delete_beyond(self, max_bytes: int, now: datetime) -> int:
        """Drop the oldest time partitions until `count_bytes` is at most `max_bytes`; how many spans that were.

        The open partition stays, unless it takes more than about an eighth of `max_bytes` itself: it is closed then,
        and goes like the others when it is the oldest. What a reader holds is dropped the next time, and so is what
        is to be rolled up, unless an eighth more than `max_bytes` is taken. Pinned traces stay, even if they alone
        take more; what was spared before and is pinned no more goes, room or not.
        """
        ...

    def count_bytes(self) -> int:
        """The bytes that everything kept takes on disk, indexes included; free pages and logs are not."""
        ...

    def seal_partitions(self, is_stopping: Callable[[], bool] = ...) -> int:
        """Merge small blocks of closed partitions, then build what searching needs of what is no longer written
        (PostgreSQL's GIN): closed partitions, and the full sections of the open one; how many partitions were sealed.

        Idempotent, and waits for no writer. What is read stays the same, but for the addresses of spans. Ends early
        when `is_stopping` says so; what was begun is begun anew the next time.
        """
        ...

    def forget_requests_before(self, moment: datetime) -> int:
        """Forget the fingerprints of requests that arrived before `moment`."""
        ...

    def find_first_span(self, project: ProjectId) -> FirstSpan | None:
        """The span that arrived first among those that are kept, or, where blocks were merged, one soon after."""
        ...

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Keep these as the latest of their door and kind; the earlier ones go."""
        ...

    def list_refusals(self) -> list[Refusal]:
        """The latest refusal of each door and kind, the latest of all first."""
        ...

    def list_projects_to_roll_up(self) -> list[ProjectId]:
        """The projects that have queued blocks which are ready."""
        ...

    def list_blocks_to_roll_up(self, project: ProjectId, max_spans: int) -> list[QueuedBlock]:
        """The queued blocks of a project that are ready, in the order they came, all of one sign.

        At least one if there is any, together at most `max_spans`. Nobody reserves them: see `mark_rolled_up`.
        """
        ...

    def read_counted_spans(self, blocks: Sequence[QueuedBlock], keys: Collection[str]) -> Iterator[CountedSpans]:
        """The spans of queued blocks, a block at a time in any order, with those of their attributes that `keys` name.

        A block that is damaged, or went meanwhile, has no spans, and is logged. Opens no transaction and writes
        nothing; names that the blocks have can be read afterwards (`read_operations` …).
        """
        ...

    def mark_rolled_up(self, blocks: Sequence[QueuedBlock]) -> None:
        """Take blocks out of the queue, inside the caller's transaction (`writing`), in which their counts are kept.

        Raises AlreadyRolledUp (traces.domain.errors) if one of them is not queued any more: then the caller rolls
        back. Who comes second waits for the first one's transaction to end.
        """
        ...

    def give_up_rolling_up(self, blocks: Sequence[QueuedBlock]) -> None:
        """As `mark_rolled_up`, for blocks that cannot be counted: it is tallied that their spans are not."""
        ...

    def mark_all_new(self, project: ProjectId, from_ns: int) -> int:
        """Queue every block of the project that readers see, to be counted again from `from_ns` on, inside the caller's
        transaction (`writing`); how many are queued then.

        For a caller who deletes what was counted from there on. Blocks that nobody has counted keep what they are
        queued for; what was deleted is forgotten. A worker that counts meanwhile must be kept out by the caller: by a
        row that both change, before they do anything else.
        """
        ...

    def kept_from_ns(self) -> int:
        """The time from which on every span that starts is still kept, in nanoseconds; 0 while none was dropped."""
        ...

    def read_backlog(self, project: ProjectId | None = None) -> Backlog:
        """What is queued, of one project or of all."""
        ...

    def read_operations(self, project: ProjectId) -> Mapping[int, Operation]:
        """All operations by their id."""
        ...

    def read_service_ids(self, project: ProjectId) -> Mapping[int, Service]:
        """All services by their id."""
        ...

    def read_resources(self, project: ProjectId) -> Mapping[int, Resource]:
        """All resources by their id."""
        ...

    def find_spans(
        self, project: ProjectId, wanted: Collection[tuple[bytes, bytes]], window: Window | None = None
    ) -> dict[tuple[bytes, bytes], list[FoundSpan]]:
        """The spans that are kept with these (trace id, span id), as often as they came; those unknown are left out.

        Of a trace at most 20,000 spans are looked at: those that arrived with a root, then those that arrived first.
        With a `window`, partitions that hold no span which starts in it are passed over: it saves time, and finds more.
        """
        ...

    def writing(self) -> AbstractContextManager[None]:
        """A transaction for tables beside the store's, in turn with other writers. Not inside another one; of this
        store only `mark_rolled_up`, `mark_all_new` and reading methods may be called inside.
        """
        ...

    def measure(self) -> StoreSize:
        """How much is kept, of all projects."""
        ...

    def read_tallies(self) -> dict[str, int]:
        """What was counted since the store was made: `traces.storage.tallies` has the names."""
        ...

    def close(self) -> None:
        """Give back what this thread holds of the database, before it ends."""
        ...

    def check(self) -> None:
        """Return if the database answers and its schema is there; raise StoreUnavailable otherwise."""
        ...
