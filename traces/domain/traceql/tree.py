"""The tree of one filter, `{ … }`. What stands around filters is in `query_tree`; what a tree means, in `judging`.

`at` is the position of a node's first character in the text, counted from 0; equality does not look at it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias, Union


class Scope(StrEnum):
    """Where an attribute stands; ANY is the span, else its resource."""

    ANY = ""
    SPAN = "span"
    RESOURCE = "resource"
    EVENT = "event"
    LINK = "link"
    INSTRUMENTATION = "instrumentation"


class Field(StrEnum):
    """What has a name of its own in the language; the value is how we write it."""

    DURATION = "duration"
    NAME = "name"
    STATUS = "status"
    STATUS_MESSAGE = "statusMessage"
    KIND = "kind"
    SPAN_ID = "span:id"
    PARENT_ID = "span:parentID"
    CHILD_COUNT = "span:childCount"
    NESTED_SET_LEFT = "nestedSetLeft"
    NESTED_SET_RIGHT = "nestedSetRight"
    NESTED_SET_PARENT = "nestedSetParent"
    ROOT_NAME = "rootName"
    ROOT_SERVICE_NAME = "rootServiceName"
    TRACE_DURATION = "traceDuration"
    TRACE_ID = "trace:id"
    EVENT_NAME = "event:name"
    EVENT_TIME_SINCE_START = "event:timeSinceStart"
    LINK_TRACE_ID = "link:traceID"
    LINK_SPAN_ID = "link:spanID"
    INSTRUMENTATION_NAME = "instrumentation:name"
    INSTRUMENTATION_VERSION = "instrumentation:version"


#: What only the whole trace knows.
TRACE_FIELDS: Final = frozenset(
    {
        Field.CHILD_COUNT,
        Field.NESTED_SET_LEFT,
        Field.NESTED_SET_RIGHT,
        Field.NESTED_SET_PARENT,
        Field.ROOT_NAME,
        Field.ROOT_SERVICE_NAME,
        Field.TRACE_DURATION,
    }
)


class ValueType(StrEnum):
    """The type of a literal, and of a field."""

    TEXT = "text"
    INT = "int"
    FLOAT = "float"
    DURATION = "duration"
    BOOLEAN = "boolean"
    STATUS = "status"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Attribute:
    """`span.http.route`, `.http.route`."""

    scope: Scope
    key: str
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """`duration`, `event:name`."""

    which: Field
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal:
    """`value` is text, a number, a boolean; of a duration its nanoseconds (whole), of STATUS and KIND the word:
    `error`, `server`. Numbers may be negative; whole ones fit 64 bits."""

    type: ValueType
    value: str | int | float | bool
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+ - * / % ^` of two numbers."""

    operator: str
    left: "Operand"
    right: "Operand"
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Negative:
    """`-.a`; of a number that stands in the query the Literal is negative instead."""

    operand: "Operand"
    at: int = field(default=0, compare=False, kw_only=True)


Operand: TypeAlias = Union[Attribute, Intrinsic, Literal, Arithmetic, Negative]


@dataclass(frozen=True, slots=True)
class Compare:
    """`operator` is one of = != < <= > >= =~ !~; of the last two `right` is text."""

    operator: str
    left: Operand
    right: Operand
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Present:
    """`… != nil`."""

    operand: Attribute | Intrinsic
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Missing:
    """`… = nil`."""

    operand: Attribute | Intrinsic
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Is:
    """A boolean by itself: `{ .cache.hit }`, `{ true }`."""

    operand: Attribute | Literal
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class All:
    """`a && b`; at least two parts, none of them an All."""

    parts: tuple["Condition", ...]
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Some:
    """`a || b`; at least two parts, none of them a Some."""

    parts: tuple["Condition", ...]
    at: int = field(default=0, compare=False, kw_only=True)


Condition: TypeAlias = Union[Compare, Present, Missing, Is, Not, All, Some]


@dataclass(frozen=True, slots=True)
class Filter:
    """`{ … }`; None is every span."""

    condition: Condition | None
    at: int = field(default=0, compare=False, kw_only=True)
