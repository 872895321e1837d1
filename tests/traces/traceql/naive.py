"""What a filter means, as plainly as it can be said: the whole trace is there, and nothing is fast.

Written from the rules, not from the product's code: what the product finds is compared with this.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import re2

from traces.domain.attributes import format_value
from traces.domain.span import Event, Link, Span
from traces.domain.traceql.tree import (
    All,
    Arithmetic,
    Attribute,
    Compare,
    Condition,
    Field,
    Filter,
    Intrinsic,
    Is,
    Literal,
    Missing,
    Negative,
    Not,
    Operand,
    Present,
    Scope,
    Some,
)

STATUSES = ["unset", "ok", "error"]
KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"]


def service_of(span: Span) -> str:
    return format_value(span.resource.attributes.get("service.name")).replace("\0", "\ufffd") or "unknown_service"


class NaiveTrace:
    """Spans of one trace, each id once, no two with the same start."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = sorted(spans, key=lambda span: span.start_time_unix_nano)
        self.lefts: dict[bytes, int] = {}
        self.rights: dict[bytes, int] = {}
        self.number = 0
        for root in self.roots:
            self._enter(root)

    @property
    def roots(self) -> list[Span]:
        return [span for span in self.spans if not any(span.parent_span_id)]

    def _enter(self, span: Span) -> None:
        self.number += 1
        self.lefts[span.span_id] = self.number
        for child in self.children(span):
            self._enter(child)
        self.number += 1
        self.rights[span.span_id] = self.number

    def children(self, span: Span) -> list[Span]:
        return [other for other in self.spans if other.parent_span_id == span.span_id and other is not span]

    @property
    def start_ns(self) -> int:
        return self.spans[0].start_time_unix_nano

    @property
    def end_ns(self) -> int:
        return max(max(span.start_time_unix_nano, span.end_time_unix_nano) for span in self.spans)

    def matches(self, wanted: Filter) -> list[Span]:
        return [span for span in self.spans if holds(wanted, self, span)]


@dataclass(frozen=True)
class At:
    trace: NaiveTrace
    span: Span
    event: Event | None
    link: Link | None


def holds(wanted: Filter, trace: NaiveTrace, span: Span) -> bool:
    """Some event and some link make it true; without any there is nothing that a condition on them holds of."""
    if wanted.condition is None:
        return True
    events, links = span.events or [None], span.links or [None]
    return any(is_true(wanted.condition, At(trace, span, event, link)) for event in events for link in links)


def is_true(condition: Condition, at: At) -> bool:
    match condition:
        case All(parts):
            return all(is_true(part, at) for part in parts)
        case Some(parts):
            return any(is_true(part, at) for part in parts)
        case Not(part):
            return not is_true(part, at)
        case Is(operand):
            return value(operand, at) is True
        case Present(operand):
            return value(operand, at) is not None
        case Missing(operand):
            return value(operand, at) is None and not is_of_nothing(operand, at)
        case Compare("=~" | "!~" as sign, left, right):
            return compare(sign, value(left, at), value(right, at))
        case Compare(sign, left, right):
            return compare(sign, value(pad(left, right), at), value(pad(right, left), at))


def is_of_nothing(operand: Attribute | Intrinsic, at: At) -> bool:
    """Whether it asks for an event or a link where there is none."""
    text = operand.scope if isinstance(operand, Attribute) else operand.which.split(":")[0]
    return (text == "event" and at.event is None) or (text == "link" and at.link is None)


def pad(operand: Operand, other: Operand) -> Operand:
    """An id's leading zeros may be left out."""
    if not isinstance(other, Intrinsic) or not isinstance(operand, Literal):
        return operand
    if operand.value and other.which.endswith(("ID", ":id")):
        digits = 32 if "trace" in other.which else 16
        return Literal(operand.type, str(operand.value).lstrip("0").zfill(digits))
    return operand


def compare(sign: str, left: Any, right: Any) -> bool:
    if left is None or right is None or (isinstance(left, list) and isinstance(right, list)):
        return False
    if isinstance(left, list):
        found = [compare(sign, each, right) for each in left]
        return (all(found) if sign.startswith("!") else any(found)) and bool(found)
    if isinstance(right, list):
        found = [compare(sign, left, each) for each in right]
        return (all(found) if sign.startswith("!") else any(found)) and bool(found)
    kinds = {kind_of(left), kind_of(right)}
    if len(kinds) > 1 or kinds == {"other"}:
        return False
    if sign in ("=~", "!~"):
        options = re2.Options()
        options.dot_nl = True
        return kinds == {"text"} and (re2.compile(right, options).fullmatch(left) is not None) == (sign == "=~")
    if sign == "=":
        return bool(left == right)
    if sign == "!=":
        return bool(left != right)
    if kinds not in ({"text"}, {"number"}):
        return False
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign])


def kind_of(found: Any) -> str:
    if isinstance(found, tuple):
        return str(found[0])
    return {bool: "boolean", int: "number", float: "number", str: "text"}.get(type(found), "other")


def value(operand: Operand, at: At) -> Any:
    match operand:
        case Literal(type_, found):
            return (type_.value, str(found)) if type_.value in ("status", "kind") else found
        case Negative(inner):
            found = value(inner, at)
            return -found if kind_of(found) == "number" else None
        case Arithmetic(sign, left, right):
            return calculate(sign, value(left, at), value(right, at))
        case Attribute(scope, key):
            return attribute(scope, key, at)
        case Intrinsic(which):
            return intrinsic(which, at)


def calculate(sign: str, left: Any, right: Any) -> Any:
    if kind_of(left) != "number" or kind_of(right) != "number":
        return None
    if sign in "+-*":
        result = left + right if sign == "+" else left - right if sign == "-" else left * right
    elif sign == "^":
        try:
            result = math.pow(left, right)
        except (ValueError, OverflowError):
            return None
        if isinstance(left, int) and isinstance(right, int) and right >= 0 and abs(result) < 2**63:
            result = left**right
    elif right == 0:
        return None
    elif isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        result = quotient if sign == "/" else left - right * quotient
    else:
        result = left / right if sign == "/" else math.fmod(left, right)
    return result if isinstance(result, int) or math.isfinite(result) else None


def attribute(scope: Scope, key: str, at: At) -> Any:
    if scope is Scope.ANY:
        found = attribute(Scope.SPAN, key, at)
        return attribute(Scope.RESOURCE, key, at) if found is None else found
    if scope is Scope.RESOURCE and key == "service.name":
        return service_of(at.span)
    holder: Any = {
        Scope.SPAN: at.span,
        Scope.RESOURCE: at.span.resource,
        Scope.INSTRUMENTATION: at.span.scope,
        Scope.EVENT: at.event,
        Scope.LINK: at.link,
    }[scope]
    return holder.attributes.get(key) if holder else None


def intrinsic(which: Field, at: At) -> Any:
    trace, span = at.trace, at.span
    root = trace.roots[0] if trace.roots else None
    left = trace.lefts.get(span.span_id, 0)
    is_root = not any(span.parent_span_id)
    values: dict[Field, Any] = {
        Field.DURATION: max(0, span.end_time_unix_nano - span.start_time_unix_nano),
        Field.NAME: span.name.replace("\0", "\ufffd"),
        Field.STATUS: ("status", STATUSES[span.status_code]),
        Field.STATUS_MESSAGE: span.status_message,
        Field.KIND: ("kind", KINDS[span.kind]),
        Field.SPAN_ID: span.span_id.hex(),
        Field.PARENT_ID: "" if is_root else span.parent_span_id.hex(),
        Field.CHILD_COUNT: len(trace.children(span)),
        Field.NESTED_SET_LEFT: left,
        Field.NESTED_SET_RIGHT: trace.rights.get(span.span_id, 0),
        Field.NESTED_SET_PARENT: -1 if is_root else trace.lefts.get(span.parent_span_id, 0),
        Field.ROOT_NAME: root.name.replace("\0", "\ufffd") if root else "",
        Field.ROOT_SERVICE_NAME: service_of(root) if root else "",
        Field.TRACE_DURATION: trace.end_ns - trace.start_ns,
        Field.TRACE_ID: span.trace_id.hex(),
        Field.EVENT_NAME: at.event and at.event.name,
        Field.EVENT_TIME_SINCE_START: at.event and at.event.time_ns - span.start_time_unix_nano,
        Field.LINK_TRACE_ID: at.link and at.link.trace_id.hex(),
        Field.LINK_SPAN_ID: at.link and at.link.span_id.hex(),
        Field.INSTRUMENTATION_NAME: span.scope.name,
        Field.INSTRUMENTATION_VERSION: span.scope.version,
    }
    return values[which]
