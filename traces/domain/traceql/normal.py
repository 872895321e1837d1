"""A comparison in the form that judging and bounding read."""

from dataclasses import replace

from traces.domain.traceql.comparing import Value, Verdict, is_number, make_comparison
from traces.domain.traceql.mentioned import fields_of
from traces.domain.traceql.tree import Compare, Field, Intrinsic, Literal, ValueType

_FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ID_DIGITS = {
    Field.TRACE_ID: 32,
    Field.LINK_TRACE_ID: 32,
    Field.SPAN_ID: 16,
    Field.PARENT_ID: 16,
    Field.LINK_SPAN_ID: 16,
}
_BEYOND_ALL_NUMBERS = 2.0**62


def flip_constant(condition: Compare) -> Compare:
    """The same comparison with what mentions no field on the right, and an id with all its digits."""
    if not any(fields_of(condition.left)) and any(fields_of(condition.right)) and condition.operator in _FLIPPED:
        operator = _FLIPPED[condition.operator]
        condition = replace(condition, operator=operator, left=condition.right, right=condition.left)
    return _pad_id(condition)


def _pad_id(condition: Compare) -> Compare:
    """`trace:id = "ab"` means the id with zeros in front; "" stays, it is the parent of a root."""
    left, right = condition.left, condition.right
    if condition.operator in ("=~", "!~") or not isinstance(left, Intrinsic) or not isinstance(right, Literal):
        return condition
    digits = _ID_DIGITS.get(left.which)
    if digits is None or not isinstance(right.value, str) or not right.value:
        return condition
    padded = right.value.lstrip("0").rjust(digits, "0")
    return replace(condition, right=Literal(ValueType.TEXT, padded, at=right.at))


def is_decided_by_root(operator: str, constant: Value) -> Verdict:
    """What `nestedSetParent` compared with a constant says of all spans that are no roots; None if it varies.

    Theirs are whole numbers from 0 on.
    """
    if not is_number(constant):
        return False
    compare = make_comparison(operator)
    ends = {compare(0, constant), compare(_BEYOND_ALL_NUMBERS, constant)}
    if operator in ("=", "!=") and isinstance(constant, int | float) and constant >= 0:
        return None
    return ends.pop() if len(ends) == 1 else None
