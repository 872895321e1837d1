"""The value that an operand has for a span."""

from collections.abc import Callable
from typing import TypeAlias

from traces.domain.attributes import Attributes
from traces.domain.span import SpanKind, StatusCode
from traces.domain.traceql.comparing import UNKNOWN, Value, Word, calculate, negate
from traces.domain.traceql.mentioned import fields_of
from traces.domain.traceql.subject import Subject
from traces.domain.traceql.tree import (
    Arithmetic,
    Attribute,
    Field,
    Intrinsic,
    Literal,
    Negative,
    Operand,
    Scope,
    ValueType,
)

Read: TypeAlias = Callable[[Subject], Value]

EVENT_FIELDS = frozenset({Field.EVENT_NAME, Field.EVENT_TIME_SINCE_START})
LINK_FIELDS = frozenset({Field.LINK_TRACE_ID, Field.LINK_SPAN_ID})
SERVICE_NAME = "service.name"


def make_reader(operand: Operand) -> Read:
    """The operand as a function: None where the span has no such value, UNKNOWN where that is not known."""
    match operand:
        case Attribute():
            return _attribute_reader(operand)
        case Intrinsic(which):
            return _READERS[which]
        case Literal():
            value = value_of(operand)
            return lambda _: value
        case Negative(inner):
            read = make_reader(inner)
            return lambda subject: negate(read(subject))
        case Arithmetic(operator, left, right):
            read_left, read_right = make_reader(left), make_reader(right)
            return lambda subject: calculate(operator, read_left(subject), read_right(subject))


def read_constant(operand: Operand) -> Value:
    """The value of what mentions no field; UNKNOWN of what does."""
    return UNKNOWN if any(fields_of(operand)) else make_reader(operand)(Subject())


def value_of(literal: Literal) -> Value:
    """A status or a kind is a Word, anything else as it is written."""
    if literal.type is ValueType.STATUS:
        return Word(ValueType.STATUS, StatusCode[str(literal.value).upper()].value)
    if literal.type is ValueType.KIND:
        return Word(ValueType.KIND, SpanKind[str(literal.value).upper()].value)
    return literal.value


def _attribute_reader(attribute: Attribute) -> Read:
    key = attribute.key
    match attribute.scope:
        case Scope.ANY:
            return _either(_span_attribute(key), _resource_attribute(key))
        case Scope.SPAN:
            return _span_attribute(key)
        case Scope.RESOURCE:
            return _resource_attribute(key)
        case Scope.INSTRUMENTATION:
            return lambda subject: subject.span.scope.attributes.get(key) if subject.span else UNKNOWN
        case Scope.EVENT:
            return lambda subject: _of_part(subject, subject.event.attributes if subject.event else None, key)
        case Scope.LINK:
            return lambda subject: _of_part(subject, subject.link.attributes if subject.link else None, key)


def _either(first: Read, second: Read) -> Read:
    def read(subject: Subject) -> Value:
        value = first(subject)
        return second(subject) if value is None else value

    return read


def _span_attribute(key: str) -> Read:
    return lambda subject: subject.span.attributes.get(key) if subject.span else UNKNOWN


def _resource_attribute(key: str) -> Read:
    if key == SERVICE_NAME:
        return lambda subject: subject.row.service if subject.row else UNKNOWN
    return lambda subject: subject.span.resource.attributes.get(key) if subject.span else UNKNOWN


def _of_part(subject: Subject, attributes: Attributes | None, key: str) -> Value:
    if attributes is None:
        return None if subject.span else UNKNOWN
    return attributes.get(key)


def _parent_id(subject: Subject) -> Value:
    if subject.row is None:
        return UNKNOWN
    return subject.row.parent_span_id.hex() if subject.row.parent_span_id else ""


def _nested_set_parent(subject: Subject) -> Value:
    if subject.standing:
        return subject.standing.parent
    return -1 if subject.row and subject.row.parent_span_id is None else UNKNOWN


def _event_name(subject: Subject) -> Value:
    if subject.event is None:
        return None if subject.span else UNKNOWN
    return subject.event.name


def _time_since_start(subject: Subject) -> Value:
    if subject.event is None or subject.span is None:
        return None if subject.span else UNKNOWN
    return subject.event.time_ns - subject.span.start_time_unix_nano


def _link_trace_id(subject: Subject) -> Value:
    if subject.link is None:
        return None if subject.span else UNKNOWN
    return subject.link.trace_id.hex()


def _link_span_id(subject: Subject) -> Value:
    if subject.link is None:
        return None if subject.span else UNKNOWN
    return subject.link.span_id.hex()


_READERS: dict[Field, Read] = {
    Field.DURATION: lambda subject: subject.row.duration_ns if subject.row else UNKNOWN,
    Field.NAME: lambda subject: subject.row.name if subject.row else UNKNOWN,
    Field.STATUS: lambda subject: Word(ValueType.STATUS, subject.row.status) if subject.row else UNKNOWN,
    Field.STATUS_MESSAGE: lambda subject: subject.span.status_message if subject.span else UNKNOWN,
    Field.KIND: lambda subject: Word(ValueType.KIND, subject.row.kind) if subject.row else UNKNOWN,
    Field.SPAN_ID: lambda subject: subject.row.span_id.hex() if subject.row else UNKNOWN,
    Field.PARENT_ID: _parent_id,
    Field.CHILD_COUNT: lambda subject: subject.standing.child_count if subject.standing else UNKNOWN,
    Field.NESTED_SET_LEFT: lambda subject: subject.standing.left if subject.standing else UNKNOWN,
    Field.NESTED_SET_RIGHT: lambda subject: subject.standing.right if subject.standing else UNKNOWN,
    Field.NESTED_SET_PARENT: _nested_set_parent,
    Field.ROOT_NAME: lambda subject: subject.whole.root_operation or "" if subject.whole else UNKNOWN,
    Field.ROOT_SERVICE_NAME: lambda subject: subject.whole.root_service or "" if subject.whole else UNKNOWN,
    Field.TRACE_DURATION: lambda subject: subject.whole.duration_ns if subject.whole else UNKNOWN,
    Field.TRACE_ID: lambda subject: subject.row.trace_id.hex() if subject.row else UNKNOWN,
    Field.EVENT_NAME: _event_name,
    Field.EVENT_TIME_SINCE_START: _time_since_start,
    Field.LINK_TRACE_ID: _link_trace_id,
    Field.LINK_SPAN_ID: _link_span_id,
    Field.INSTRUMENTATION_NAME: lambda subject: subject.span.scope.name if subject.span else UNKNOWN,
    Field.INSTRUMENTATION_VERSION: lambda subject: subject.span.scope.version if subject.span else UNKNOWN,
}
