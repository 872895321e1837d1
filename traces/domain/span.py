"""A span, whole and in outline.

`SpanOutline` holds the columns of the store: enough to draw a trace of any size. `Span` adds everything else
that its sender said. Times are integer nanoseconds since 1970 UTC, ids are bytes.
"""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from traces.domain.attributes import Attributes


class SpanKind(IntEnum):
    """https://opentelemetry.io/docs/specs/otel/trace/api/#spankind"""

    UNSPECIFIED = 0
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class StatusCode(IntEnum):
    """https://opentelemetry.io/docs/specs/otel/trace/api/#set-status"""

    UNSET = 0
    OK = 1
    ERROR = 2


class SpanFlag(IntFlag):
    """What the store knows of a span besides its columns."""

    HAS_EVENTS = 1
    HAS_EXCEPTION = 2
    HAS_LINKS = 4
    # The sender's clock cannot be right: the span is filed under the time it arrived.
    CLOCK_IMPLAUSIBLE = 8
    # Its end lies before its start: its duration is kept as 0.
    ENDS_BEFORE_START = 16
    # It was sent without an end: its duration is kept as 0.
    UNFINISHED = 32
    # The parent is known to live in another process: an entry into its service, even if the parent never arrives.
    PARENT_IS_REMOTE = 64
    # Never stored: it is drawn at another time than was sent, because its clock is visibly wrong.
    CLOCK_CORRECTED = 4096


MAX_NS = 2**63 - 1
UNKNOWN_SERVICE = "unknown_service"


def measure_duration_ns(start_time_unix_nano: int, end_time_unix_nano: int) -> int:
    """The length of a span; 0 where a time is missing or the end lies before the start, at most 2^63 - 1."""
    if not start_time_unix_nano or not end_time_unix_nano:
        return 0
    return min(MAX_NS, max(0, end_time_unix_nano - start_time_unix_nano))


def clean_name(name: str) -> str:
    """A name as it is listed and searched: U+0000, which PostgreSQL cannot keep in text, becomes U+FFFD."""
    return name.replace("\0", "\ufffd")


def kind_name(kind: int) -> str:
    """`server`, `client`, …; a number this version does not know keeps its digits."""
    return SpanKind(kind).name.lower() if kind in SpanKind._value2member_map_ else f"kind {kind}"


def status_name(code: int) -> str:
    """`unset`, `ok`, `error`; a number this version does not know keeps its digits."""
    return StatusCode(code).name.lower() if code in StatusCode._value2member_map_ else f"status {code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`slot` is its colour, 0 to 11, given at first sight and kept for ever."""

    name: str
    slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A span name as one service uses it."""

    service: Service
    name: str
    kind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanOutline:
    """The stored columns of a span.

    `start_ns` is the time it is filed under: the sent one, or the arrival where the sender's clock is
    implausible. `duration_ns` is never negative. `address` is the store's own: where the rest of the span is.
    """

    address: tuple[int, int]
    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes | None
    operation: Operation
    start_ns: int
    duration_ns: int
    status: int
    flags: SpanFlag

    @property
    def end_ns(self) -> int:
        return min(MAX_NS, self.start_ns + self.duration_ns)

    @property
    def is_error(self) -> bool:
        return self.status == StatusCode.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSpan:
    """The span that arrived before all others that are kept."""

    trace_id: bytes
    service: str
    received_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    time_ns: int
    name: str
    attributes: Attributes
    dropped_attributes_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`trace_id` and `span_id` are as sent: they may point outside this store, or be of any length."""

    trace_id: bytes
    span_id: bytes
    trace_state: str
    attributes: Attributes
    dropped_attributes_count: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    attributes: Attributes
    dropped_attributes_count: int = 0
    schema_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The instrumentation library that made the span."""

    name: str
    version: str
    attributes: Attributes
    dropped_attributes_count: int = 0
    schema_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Everything a sender said of a span, as it was sent: times unclamped, `parent_span_id` empty for a root.

    `cuts` are sentences about what this server had to change; see docs/api.md, "What comes back changed".
    """

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes
    trace_state: str
    flags: int
    name: str
    kind: int
    start_time_unix_nano: int
    end_time_unix_nano: int
    status_code: int
    status_message: str
    attributes: Attributes
    events: tuple[Event, ...]
    links: tuple[Link, ...]
    resource: Resource
    scope: Scope
    dropped_attributes_count: int = 0
    dropped_events_count: int = 0
    dropped_links_count: int = 0
    cuts: tuple[str, ...] = field(default=())
