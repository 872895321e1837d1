"""What values say to each other: comparison and arithmetic, by TraceQL's rules.

A missing value (None) satisfies no comparison, `!=` included. Numbers compare with numbers, text with text, booleans,
statuses and kinds with their own kind; anything else is false, also for `!=`. An array satisfies `=`, `<`, `>`, `<=`,
`>=` and a regular expression if one element does, `!=` and a negated one if there are elements and all do. Two arrays
compare with nothing.
"""

import math
import operator
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias, Union

from traces.domain.attributes import AttributeValue
from traces.domain.pattern import compile_pattern
from traces.domain.traceql.tree import ValueType


class Word(NamedTuple):
    """A status or a kind: neither text nor a number."""

    type: ValueType
    number: int


class Unknown:
    """The value of what is not known yet: neither missing nor there."""


UNKNOWN: Final = Unknown()
Value: TypeAlias = Union[AttributeValue, Word, Unknown]
# None where it depends on what is not known yet.
Verdict: TypeAlias = Union[bool, None]

_ORDERINGS: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUALITIES: dict[str, Callable[..., bool]] = {"=": operator.eq, "!=": operator.ne}
_NEGATIVE = {"!=", "!~"}


def make_comparison(sign: str) -> Callable[[Value, Value], Verdict]:
    """The comparison that `sign` (= != < <= > >=) stands for."""
    is_equality = sign in _EQUALITIES
    compare = _EQUALITIES[sign] if is_equality else _ORDERINGS[sign]

    def compare_single(left: Value, right: Value) -> bool:
        return _is_comparable(left, right, is_equality=is_equality) and compare(left, right)

    def compare_values(left: Value, right: Value) -> Verdict:
        if left is None or right is None:
            return False
        if left is UNKNOWN or right is UNKNOWN:
            return None
        if isinstance(left, list):
            return not isinstance(right, list) and _of_elements(left, lambda each: compare_single(each, right), sign)
        if isinstance(right, list):
            return _of_elements(right, lambda each: compare_single(left, each), sign)
        return compare_single(left, right)

    return compare_values


def make_match(sign: str, pattern: str) -> Callable[[Value], Verdict]:
    """Whether a text is of a pattern as a whole (=~), or not (!~). Raises InvalidQuery for what is no pattern."""
    is_match = compile_pattern(pattern)
    is_wanted = sign == "=~"

    def match_single(value: Value) -> bool:
        return isinstance(value, str) and is_match(value) == is_wanted

    def match_value(value: Value) -> Verdict:
        if value is UNKNOWN:
            return None
        return _of_elements(value, match_single, sign) if isinstance(value, list) else match_single(value)

    return match_value


def _of_elements(values: list[AttributeValue], test: Callable[[AttributeValue], bool], sign: str) -> bool:
    """What holds of one element, or of all; arrays in arrays count as arrays."""
    quantify = all if sign in _NEGATIVE else any
    return bool(values) and quantify(
        _of_elements(each, test, sign) if isinstance(each, list) else test(each) for each in values
    )


def _is_comparable(left: Value, right: Value, *, is_equality: bool) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return True
    if is_number(left) and is_number(right):
        return True
    if isinstance(left, Word) and isinstance(right, Word):
        return is_equality and left.type is right.type
    return is_equality and isinstance(left, bool) and isinstance(right, bool)


def is_number(value: Value) -> bool:
    """A boolean is none, though Python thinks so."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def calculate(sign: str, left: Value, right: Value) -> Value:
    """`+ - * / % ^` of two numbers; of whole ones `/` cuts off, and `%` has the sign of the left one.

    Missing where one of them is no number, for a division by zero, and for what is too large or no number.
    """
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if not isinstance(left, int | float) or not isinstance(right, int | float) or isinstance(left, bool):
        return None
    if isinstance(right, bool):
        return None
    try:
        result = _OPERATIONS[sign](left, right)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return result if isinstance(result, int) or math.isfinite(result) else None


def negate(value: Value) -> Value:
    return calculate("-", 0, value)


def _divide(left: int | float, right: int | float) -> int | float:
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _remainder(left: int | float, right: int | float) -> int | float:
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return math.fmod(left, right)


def _power(left: int | float, right: int | float) -> int | float:
    """Exact where a double has room for it: a power of whole numbers may be endless."""
    power = math.pow(left, right)
    if isinstance(left, int) and isinstance(right, int) and right >= 0 and abs(power) < 2**63:
        return int(left**right)
    return power


_OPERATIONS: dict[str, Callable[[int | float, int | float], int | float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
    "^": _power,
}
