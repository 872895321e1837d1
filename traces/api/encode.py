"""Domain values as JSON can say them.

Ids are lower-case hex; times and durations are integer nanoseconds as decimal strings, because JavaScript cannot
hold them as numbers. serializers.py declares the same shapes for the schema.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TypeVar

from traces.domain.attributes import Attributes, Json, to_json, type_name
from traces.domain.clock import ClockCorrection
from traces.domain.links import InboundLink, TraceFacts
from traces.domain.marks import Marks
from traces.domain.pin import Pin, ShelvedTrace
from traces.domain.query import TracePage, TraceSummary
from traces.domain.search_text import encode_cursor
from traces.domain.span import (
    Event,
    Link,
    Operation,
    Resource,
    Scope,
    Service,
    Span,
    SpanFlag,
    kind_name,
    status_name,
)
from traces.domain.trace import Trace
from traces.domain.trace_rows import TraceRow
from traces.storage.base import AttributeKey, ValueCount

JsonObject = dict[str, Json]

# What a reader cannot see in the span itself.
_MARKS = (
    SpanFlag.CLOCK_IMPLAUSIBLE,
    SpanFlag.ENDS_BEFORE_START,
    SpanFlag.UNFINISHED,
    SpanFlag.PARENT_IS_REMOTE,
    SpanFlag.CLOCK_CORRECTED,
)

_Shared = TypeVar("_Shared", Resource, Scope)


def encode_page(page: TracePage) -> JsonObject:
    return {
        "traces": [encode_summary(summary) for summary in page.traces],
        "total": {"value": page.total, "is_exact": page.is_total_exact},
        "next_cursor": encode_cursor(page.next_cursor) if page.next_cursor else None,
        "is_complete": page.is_complete,
    }


def encode_summary(summary: TraceSummary) -> JsonObject:
    return {
        "trace_id": summary.trace_id.hex(),
        "start_ns": str(summary.start_ns),
        "duration_ns": str(summary.duration_ns),
        "span_count": summary.span_count,
        "error_count": summary.error_count,
        "root_service": summary.root_service,
        "root_operation": summary.root_operation,
        "services": [
            {"name": name, "slot": slot, "span_count": span_count} for name, slot, span_count in summary.services
        ],
        "matched_span_ids": [span_id.hex() for span_id in summary.matched_span_ids],
    }


def encode_trace(trace: Trace, first: int, count: int, spans: Sequence[Span]) -> JsonObject:
    """The facts of a trace and `spans`, which were read from its `count` rows from `first` on."""
    resource_indexes, resources = _number([span.resource for span in spans], encode_resource)
    scope_indexes, scopes = _number([span.scope for span in spans], encode_scope)
    rows = _rows_of(trace.rows[first : first + count], spans)
    end = first + count
    return {
        **encode_facts(trace),
        "first": first,
        "next_first": end if end < len(trace.rows) else None,
        "resources": resources,
        "scopes": scopes,
        "spans": [
            {**_encode_span(row, span), "resource_index": resource, "scope_index": scope}
            for row, span, resource, scope in zip(rows, spans, resource_indexes, scope_indexes, strict=True)
        ],
    }


def encode_span(row: TraceRow, span: Span) -> JsonObject:
    """One span and its row of the trace, with everything in place."""
    return {
        "trace_id": span.trace_id.hex(),
        **_encode_span(row, span),
        "resource": encode_resource(span.resource),
        "scope": encode_scope(span.scope),
    }


def encode_attributes(attributes: Attributes) -> list[Json]:
    """In the order sent. `type` tells what JSON cannot: bytes from text, NaN and great integers from their digits."""
    return [
        {"key": key, "type": "string", "value": value}
        if type(value) is str
        else {"key": key, "type": type_name(value), "value": to_json(value)}
        for key, value in attributes.items()
    ]


def encode_resource(resource: Resource) -> JsonObject:
    return {
        "attributes": encode_attributes(resource.attributes),
        "dropped_attributes_count": resource.dropped_attributes_count,
        "schema_url": resource.schema_url,
    }


def encode_scope(scope: Scope) -> JsonObject:
    return {
        "name": scope.name,
        "version": scope.version,
        "attributes": encode_attributes(scope.attributes),
        "dropped_attributes_count": scope.dropped_attributes_count,
        "schema_url": scope.schema_url,
    }


def encode_service(service: Service) -> JsonObject:
    return {"name": service.name, "slot": service.slot}


def encode_operation(operation: Operation) -> JsonObject:
    return {"service": operation.service.name, "name": operation.name, "kind": kind_name(operation.kind)}


def encode_attribute_keys(keys: Sequence[AttributeKey], prefix: str) -> list[Json]:
    """Those that begin with the prefix."""
    return [{"place": key.place.value, "key": key.key} for key in keys if key.key.startswith(prefix)]


def encode_value_count(found: ValueCount) -> JsonObject:
    return {"type": type_name(found.value), "value": to_json(found.value), "count": found.count}


def encode_facts(trace: Trace) -> JsonObject:
    root = None if trace.root.is_missing_parent else trace.root.span
    return {
        "trace_id": trace.trace_id.hex(),
        "start_ns": str(trace.start_ns),
        "duration_ns": str(trace.duration_ns),
        "span_count": len(trace.rows),
        "error_count": trace.error_count,
        "depth": trace.depth,
        "missing_parent_count": trace.missing_parent_count,
        "root_service": root.operation.service.name if root else None,
        "root_operation": root.operation.name if root else None,
        "root_span_id": root.span_id.hex() if root else None,
        "services": [
            {**encode_service(share.service), "span_count": share.span_count, "error_count": share.error_count}
            for share in trace.services
        ],
        "notes": list(trace.notes),
        "clock": trace.clock.value,
        "clock_corrections": [_encode_correction(correction) for correction in trace.clock_corrections],
    }


def encode_marks(marks: Marks) -> JsonObject:
    return {
        "events": [[offset_ns, is_exception] for offset_ns, is_exception in marks.events],
        "links": marks.link_count,
    }


def encode_pin(pin: Pin) -> JsonObject:
    return {"trace_id": pin.trace_id.hex(), "note": pin.note, "pinned_ns": str(pin.pinned_ns)}


def encode_shelved(shelved: ShelvedTrace) -> JsonObject:
    return {**encode_pin(shelved.pin), "trace": None if shelved.facts is None else _encode_line(shelved.facts)}


def _encode_line(facts: TraceFacts) -> JsonObject:
    return {
        "start_ns": str(facts.start_ns),
        "duration_ns": str(facts.duration_ns),
        "span_count": facts.span_count,
        "error_count": facts.error_count,
        "root_service": facts.root_service,
        "root_operation": facts.root_operation,
    }


def encode_inbound_link(found: InboundLink) -> JsonObject:
    """`from` is the span that has the link, and what is known of its trace."""
    source = found.source
    return {
        "span_id": found.link.linked_span_id.hex(),
        "row": found.row,
        "from": {
            "trace_id": found.link.trace_id.hex(),
            "span_id": found.link.span_id.hex(),
            "is_known": source is not None,
            "root_service": source.root_service if source else None,
            "root_operation": source.root_operation if source else None,
            "start_ns": str(source.start_ns) if source else None,
            "duration_ns": str(source.duration_ns) if source else None,
            "span_count": source.span_count if source else None,
            "error_count": source.error_count if source else None,
        },
    }


def _encode_correction(correction: ClockCorrection) -> JsonObject:
    return {
        "service": correction.service.name,
        "span_count": correction.span_count,
        "lowest_offset_ns": str(correction.lowest_offset_ns),
        "highest_offset_ns": str(correction.highest_offset_ns),
        "is_measured": correction.is_measured,
    }


def _encode_span(row: TraceRow, span: Span) -> JsonObject:
    outline = row.span
    return {
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id.hex() if any(span.parent_span_id) else None,
        "depth": row.depth,
        "child_count": row.child_count,
        "is_missing_parent": row.is_missing_parent,
        "service": outline.operation.service.name,
        "name": span.name,
        "kind": kind_name(span.kind),
        "status": status_name(span.status_code),
        "status_message": span.status_message,
        "start_ns": str(outline.start_ns),
        "duration_ns": str(outline.duration_ns),
        "sent_start_ns": str(span.start_time_unix_nano),
        "sent_end_ns": str(span.end_time_unix_nano),
        "trace_state": span.trace_state,
        "flags": span.flags,
        "marks": list(_marks(int(outline.flags))),
        "cuts": list(span.cuts),
        "attributes": encode_attributes(span.attributes),
        "events": [_encode_event(event) for event in span.events],
        "links": [_encode_link(link) for link in span.links],
        "dropped_attributes_count": span.dropped_attributes_count,
        "dropped_events_count": span.dropped_events_count,
        "dropped_links_count": span.dropped_links_count,
    }


def _encode_event(event: Event) -> JsonObject:
    return {
        "time_ns": str(event.time_ns),
        "name": event.name,
        "attributes": encode_attributes(event.attributes),
        "dropped_attributes_count": event.dropped_attributes_count,
    }


def _encode_link(link: Link) -> JsonObject:
    return {
        "trace_id": link.trace_id.hex(),
        "span_id": link.span_id.hex(),
        "trace_state": link.trace_state,
        "flags": link.flags,
        "attributes": encode_attributes(link.attributes),
        "dropped_attributes_count": link.dropped_attributes_count,
    }


@cache
def _marks(flags: int) -> tuple[str, ...]:
    return tuple(str(mark.name).lower() for mark in _MARKS if flags & mark.value)


def _rows_of(rows: Sequence[TraceRow], spans: Sequence[Span]) -> list[TraceRow]:
    """The row of each span; both are in one order, but retention may have taken spans in between."""
    remaining = iter(rows)
    return [next(row for row in remaining if row.span.span_id == span.span_id) for span in spans]


def _number(things: Sequence[_Shared], encode: Callable[[_Shared], JsonObject]) -> tuple[list[int], list[Json]]:
    """Which of the distinct things each is, and the distinct ones encoded, in the order met."""
    numbers: list[int] = []
    number_of: dict[int, int] = {}
    number_of_text: dict[str, int] = {}
    table: list[Json] = []
    for thing in things:
        number = number_of.get(id(thing))
        if number is None:
            encoded = encode(thing)
            number = number_of_text.setdefault(json.dumps(encoded), len(table))
            if number == len(table):
                table.append(encoded)
            number_of[id(thing)] = number
        numbers.append(number)
    return numbers, table


def encode_bits(rows: Iterable[int], count: int) -> bytes:
    """A bit for each of `count` rows: row r is bit r % 8 of byte r // 8, the lowest first."""
    bits = bytearray((count + 7) // 8)
    for row in rows:
        bits[row >> 3] |= 1 << (row & 7)
    return bytes(bits)
