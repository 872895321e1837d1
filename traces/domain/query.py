"""A search: conditions that one span must satisfy together, and what the whole trace must be.

The tree is what a query language compiles to; its meaning stands in `matching.py`.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias, Union

from traces.domain.errors import InvalidQuery
from traces.domain.links import TraceFacts
from traces.domain.pattern import compile_pattern
from traces.domain.span import Span

MAX_LIMIT = 1_000
MAX_CONDITIONS = 64


class Place(StrEnum):
    """Where a condition looks. EVENT and LINK conditions hold if one event (link) satisfies them."""

    INTRINSIC = "intrinsic"
    SPAN = "span"
    RESOURCE = "resource"
    SCOPE = "scope"
    EVENT = "event"
    LINK = "link"
    # Anywhere: span, resource, scope, event and link attributes. What a person means by "a tag".
    ANY = "any"


ATTRIBUTE_PLACES = (Place.SPAN, Place.RESOURCE, Place.SCOPE, Place.EVENT, Place.LINK)


class Intrinsic(StrEnum):
    """What every span has beside its attributes. `duration` is nanoseconds; ids are lower-case hex."""

    SERVICE = "service"
    NAME = "name"
    KIND = "kind"
    STATUS = "status"
    STATUS_MESSAGE = "status_message"
    DURATION = "duration"
    SPAN_ID = "span_id"
    PARENT_SPAN_ID = "parent_span_id"
    TRACE_STATE = "trace_state"
    SCOPE_NAME = "scope_name"
    SCOPE_VERSION = "scope_version"
    EVENT_NAME = "event_name"
    LINK_TRACE_ID = "link_trace_id"
    LINK_SPAN_ID = "link_span_id"


class Comparison(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    MATCHES = "=~"
    NOT_MATCHES = "!~"
    EXISTS = "exists"


Literal: TypeAlias = Union[str, int, float, bool, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison. `key` is an attribute's key, or an Intrinsic's value; `value` is None for EXISTS only."""

    place: Place
    key: str
    comparison: Comparison
    value: Literal = None

    def __post_init__(self) -> None:
        if self.comparison in (Comparison.MATCHES, Comparison.NOT_MATCHES):
            if not isinstance(self.value, str):
                raise InvalidQuery(f"{self.key}: a regular expression is text.", self.key)
            compile_pattern(self.value)
        if (self.value is None) != (self.comparison is Comparison.EXISTS):
            raise InvalidQuery(f"{self.key}: “{self.comparison}” and its value do not go together.", self.key)
        if isinstance(self.value, float) and math.isnan(self.value):
            raise InvalidQuery(f"{self.key}: nothing compares with NaN.", self.key)


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds on the same span; an empty And holds on every span."""

    parts: tuple["Expression", ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; an empty Or holds on none."""

    parts: tuple["Expression", ...] = ()


@dataclass(frozen=True, slots=True)
class IsRoot:
    """The span has no parent."""


@dataclass(frozen=True, slots=True)
class InTraces:
    """The span is of one of these traces, by the ids it was sent with."""

    trace_ids: tuple[bytes, ...]


Expression: TypeAlias = Union[Condition, And, Or, IsRoot, InTraces]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What a span must satisfy beside `where`; the text is the name of the service that it is filed under.

    `is_usual` says that what satisfies `where` nearly always satisfies this too: then it is asked late.
    """

    holds: Callable[[Span, str], bool]
    is_usual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Half-open, in nanoseconds: start_ns <= a span's start < end_ns."""

    start_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        if self.start_ns >= self.end_ns:
            raise InvalidQuery("The window ends before it starts.", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where the next page begins: after the trace (start_ns, trace_id), among blocks up to `newest_block`.

    Spans that arrive while somebody pages do not shift the pages (those of blocks below it that another collector was
    just committing may, and those of the same partition, if its blocks are merged meanwhile).
    """

    start_ns: int
    trace_id: bytes
    newest_block: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceQuery:
    """Traces with at least one span that starts in `window` and satisfies `where`, newest trace first.

    The same span must satisfy `judge`, its trace `judge_trace`. `min_trace_duration_ns` and `max_trace_duration_ns`
    (inclusive) bound the trace: latest end minus earliest start. With `overlapping` it starts before that window ends,
    and does not end before that begins.
    """

    window: Window
    where: Expression = field(default_factory=And)
    judge: Judge | None = None
    judge_trace: Callable[[TraceFacts], bool] | None = None
    min_trace_duration_ns: int | None = None
    max_trace_duration_ns: int | None = None
    overlapping: Window | None = None
    limit: int = 20
    after: Cursor | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidQuery(f"The limit must be between 1 and {MAX_LIMIT:,}.", "limit")
        if sum(1 for _ in conditions(self.where)) > MAX_CONDITIONS:
            raise InvalidQuery(f"A search takes at most {MAX_CONDITIONS} conditions.", "where")

    @property
    def is_of_whole_traces(self) -> bool:
        """Whether spans alone do not decide which traces satisfy it."""
        of_trace = (self.judge_trace, self.min_trace_duration_ns, self.max_trace_duration_ns, self.overlapping)
        return any(each is not None for each in of_trace)

    def takes(self, trace: TraceFacts) -> bool:
        """Whether a trace satisfies what is asked of it as a whole."""
        if self.max_trace_duration_ns is not None and trace.duration_ns > self.max_trace_duration_ns:
            return False
        if trace.duration_ns < (self.min_trace_duration_ns or 0):
            return False
        window = self.overlapping
        if window and not (trace.start_ns < window.end_ns and trace.start_ns + trace.duration_ns >= window.start_ns):
            return False
        return self.judge_trace is None or self.judge_trace(trace)

    def next_page(self, after: Cursor) -> "TraceQuery":
        return replace(self, after=after)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    """A line of a result list. `root_*` is None while no span without a parent has arrived.

    Of very large traces `services` counts the first spans only.
    """

    trace_id: bytes
    start_ns: int
    duration_ns: int
    span_count: int
    error_count: int
    root_service: str | None
    root_slot: int | None
    root_operation: str | None
    services: tuple[tuple[str, int, int], ...]  # (name, slot, spans), most spans first
    matched_span_ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePage:
    """A page of results. `total` counts all matches unless `is_total_exact` is False: then there are more.

    `is_complete` is False where the search met its time limit before it had looked everywhere.
    """

    traces: tuple[TraceSummary, ...]
    total: int
    is_total_exact: bool
    next_cursor: Cursor | None
    is_complete: bool = True


def conditions(expression: Expression) -> Iterable[Condition]:
    """Every condition in the tree, left to right."""
    stack = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Condition):
            yield node
        elif isinstance(node, And | Or):
            stack.extend(reversed(node.parts))
