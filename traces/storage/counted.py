"""What roll-ups see of the store: blocks in their queue, and the spans of one as columns. Plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from traces.domain.attributes import AttributeValue

ProjectId = NewType("ProjectId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedBlock:
    """A block to count (`sign` 1), or spans that were deleted and are to be counted no more (-1, `block` None).

    Spans that are filed before `from_ns` do not count.
    """

    id: int
    project: ProjectId
    block: int | None
    span_count: int
    received_ns: int
    from_ns: int
    sign: int


@dataclass(slots=True, kw_only=True)
class CountedSpans:
    """The spans of a queued block: lists of equal length, in no particular order.

    `starts_ns` are the times they are filed under. `flags` are those of `SpanFlag` that tell of the clock and of the
    parent, `wire_flags` the sender's own. `attributes` are only those asked for, `links` (trace id, span id) as sent.
    """

    queued: QueuedBlock
    trace_ids: list[bytes]
    span_ids: list[bytes]
    parent_span_ids: list[bytes | None]
    operation_ids: list[int]
    service_ids: list[int]
    resource_ids: list[int]
    kinds: list[int]
    starts_ns: list[int]
    durations_ns: list[int]
    statuses: list[int]
    flags: list[int]
    wire_flags: list[int]
    trace_states: list[bytes]
    attributes: list[Mapping[str, AttributeValue]]
    links: list[tuple[tuple[bytes, bytes], ...]]

    def __len__(self) -> int:
        return len(self.trace_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpan:
    """A span that was looked for by its id. `address` is the store's own, as in `SpanOutline`."""

    operation_id: int
    service_id: int
    kind: int
    start_ns: int
    duration_ns: int
    status: int
    address: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSize:
    """What is kept. `leaving` are partitions that nobody finds any more, whose tables are not dropped yet."""

    partitions: int
    leaving: int
    spans: int
    byte_count: int
    oldest_opened_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits to be rolled up; `oldest_received_ns` is when the block arrived that has waited longest."""

    blocks: int
    spans: int
    oldest_received_ns: int | None
