"""What a piece of a condition may be while it is read, and of which type."""

from typing import Final, TypeAlias, Union

from traces.domain.traceql.printing import print_operand
from traces.domain.traceql.tree import (
    Arithmetic,
    Attribute,
    Condition,
    Intrinsic,
    Literal,
    Negative,
    Operand,
    ValueType,
)
from traces.domain.traceql.words import FIELD_TYPES


class Nil:
    """`nil`, which only stands beside = and !=."""

    def __init__(self, at: int) -> None:
        self.at = at


Value: TypeAlias = Union[Operand, Condition, Nil]

# The members of Operand, for isinstance.
OPERANDS = Attribute | Intrinsic | Literal | Arithmetic | Negative
NUMBERS: Final = frozenset({ValueType.INT, ValueType.FLOAT, ValueType.DURATION})


def find_type(value: Operand) -> ValueType | None:
    """None of an attribute: it may be anything."""
    match value:
        case Attribute():
            return None
        case Intrinsic(which):
            return FIELD_TYPES[which]
        case Literal(kind):
            return kind
        case Arithmetic() | Negative():
            return ValueType.FLOAT


def describe(value: Value) -> str:
    """`duration is a duration`."""
    if isinstance(value, Nil):
        return "nil is no value"
    if not isinstance(value, OPERANDS):
        return "this is a condition"
    kind = find_type(value)
    if kind is None:
        return f"{print_operand(value)} is an attribute"
    if kind is ValueType.TEXT:
        return f"{print_operand(value)} is text"
    return f"{print_operand(value)} is a {'number' if kind in (ValueType.INT, ValueType.FLOAT) else kind}"
