"""Which fields a filter mentions."""

from collections.abc import Iterator

from traces.domain.traceql.tree import (
    All,
    Arithmetic,
    Attribute,
    Compare,
    Condition,
    Filter,
    Intrinsic,
    Is,
    Literal,
    Missing,
    Negative,
    Not,
    Operand,
    Present,
    Some,
)


def list_fields(wanted: Filter) -> list[Attribute | Intrinsic]:
    """Attributes and intrinsics, left to right, each as often as it is mentioned."""
    return [] if wanted.condition is None else list(_of_condition(wanted.condition))


def _of_condition(condition: Condition) -> Iterator[Attribute | Intrinsic]:
    match condition:
        case All(parts) | Some(parts):
            for part in parts:
                yield from _of_condition(part)
        case Not(part):
            yield from _of_condition(part)
        case Compare(_, left, right):
            yield from fields_of(left)
            yield from fields_of(right)
        case Present(operand) | Missing(operand) | Is(operand):
            yield from fields_of(operand)


def fields_of(operand: Operand) -> Iterator[Attribute | Intrinsic]:
    """The fields that a value is made of."""
    match operand:
        case Attribute() | Intrinsic():
            yield operand
        case Arithmetic(_, left, right):
            yield from fields_of(left)
            yield from fields_of(right)
        case Negative(inner):
            yield from fields_of(inner)
        case Literal():
            return
