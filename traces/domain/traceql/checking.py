"""Which types go together: nodes are made here, or refused with a sentence."""

from typing import Final

from traces.domain.errors import InvalidQuery
from traces.domain.pattern import compile_pattern
from traces.domain.traceql.cursor import Cursor
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.joining import make_agreement
from traces.domain.traceql.lexer import Piece
from traces.domain.traceql.literals import parse_number
from traces.domain.traceql.printing import print_operand
from traces.domain.traceql.tree import (
    Arithmetic,
    Attribute,
    Compare,
    Condition,
    Field,
    Intrinsic,
    Is,
    Literal,
    Missing,
    Negative,
    Operand,
    Present,
    Scope,
    ValueType,
)
from traces.domain.traceql.values import NUMBERS, OPERANDS, Nil, Value, describe, find_type
from traces.domain.traceql.words import FIELD_TYPES, KINDS, MIN_INT, STATUSES

_UNORDERED: Final = frozenset({ValueType.BOOLEAN, ValueType.STATUS, ValueType.KIND})
_LEAST: Final = Literal(ValueType.INT, MIN_INT)
_CONFUSED_PATTERNS: Final = {"missing ]": r"\[", "missing )": r"\(", "unexpected )": r"\)", "no argument": r"\*"}


def check_number(value: Value, need: str) -> Operand:
    """What may be a number; `need` is what the sentence begins with otherwise."""
    if isinstance(value, OPERANDS) and find_type(value) in (None, *NUMBERS):
        return value
    raise TraceQLError(f"{need}; {describe(value)}.", value.at)


def find_first_field(value: Operand) -> Attribute | Intrinsic | None:
    match value:
        case Attribute() | Intrinsic():
            return value
        case Arithmetic(_, left, right):
            return find_first_field(left) or find_first_field(right)
        case Negative(operand):
            return find_first_field(operand)
        case _:
            return None


def make_arithmetic(operator: Piece, left: Value, right: Value) -> Arithmetic:
    need = f'"{operator.text}" needs numbers'
    return Arithmetic(operator.text, check_number(left, need), check_number(right, need), at=left.at)


def make_negative(minus: Piece, value: Value) -> Operand:
    """A number that is written down becomes a negative one."""
    number = check_number(value, '"-" needs a number')
    # There is no whole number that is minInt turned round.
    if isinstance(number, Literal) and not isinstance(number.value, str) and number != _LEAST:
        return Literal(number.type, -number.value, at=minus.at)
    return Negative(number, at=minus.at)


def make_comparison(cursor: Cursor, operator: Piece, left: Value, right: Value) -> Condition:
    if isinstance(left, Nil) or isinstance(right, Nil):
        return _make_nil_test(cursor, operator, left, right)
    if isinstance(left, OPERANDS) and isinstance(right, OPERANDS):
        cursor.count_atom(left.at)
        if operator.text in ("=~", "!~"):
            _check_pattern(cursor, operator, left, right)
        else:
            _check_types(operator, left, right)
        return Compare(operator.text, left, right, at=left.at)
    return make_agreement(cursor, operator, left, right)


def _make_nil_test(cursor: Cursor, operator: Piece, left: Value, right: Value) -> Condition:
    cursor.count_atom(left.at)
    if operator.text not in ("=", "!="):
        raise TraceQLError(f'nil goes with = and != only, not with "{operator.text}".', operator.at, "!= nil")
    if isinstance(left, Nil) and isinstance(right, Nil):
        return Is(Literal(ValueType.BOOLEAN, False, at=left.at), at=left.at)
    operand = right if isinstance(left, Nil) else left
    if not isinstance(operand, Attribute | Intrinsic):
        raise TraceQLError("Only a field can be compared with nil.", operator.at)
    if operator.text == "!=":
        return Present(operand, at=left.at)
    if isinstance(operand, Intrinsic) or (operand.scope, operand.key) == (Scope.RESOURCE, "service.name"):
        raise _refuse_missing(operator, operand)
    return Missing(operand, at=left.at)


def _refuse_missing(operator: Piece, operand: Attribute | Intrinsic) -> TraceQLError:
    name = print_operand(operand)
    part = name.partition(":")[0]
    if part in ("event", "link"):
        sentence = f"{name} is only there where there is {'an event' if part == 'event' else 'a link'}; then it has a"
        return TraceQLError(f'{sentence} value, so "= nil" can never be true.', operator.at, f"!({name} != nil)")
    suggestion = f'{name} = ""'
    if isinstance(operand, Intrinsic) and operand.which is Field.PARENT_ID:
        suggestion = "nestedSetParent < 0"
    elif isinstance(operand, Intrinsic) and FIELD_TYPES[operand.which] is not ValueType.TEXT:
        suggestion = ""
    return TraceQLError(f'{name} always has a value, so "= nil" can never be true.', operator.at, suggestion)


def _check_pattern(cursor: Cursor, operator: Piece, left: Operand, right: Operand) -> None:
    sign = operator.text
    if find_type(left) not in (None, ValueType.TEXT):
        raise TraceQLError(f'"{sign}" needs text; {describe(left)}.', operator.at)
    if not isinstance(right, Literal) or not isinstance(right.value, str) or right.type is not ValueType.TEXT:
        raise TraceQLError(f'After "{sign}" goes a regular expression in quotes.', right.at, f'{sign} "….*"')
    cursor.count_pattern(right.at)
    try:
        compile_pattern(right.value)
    except InvalidQuery as problem:
        meant = next((sign for words, sign in _CONFUSED_PATTERNS.items() if words in str(problem)), "")
        hint = f"to match the sign itself write {meant}" if meant else ""
        raise TraceQLError(str(problem), operator.at, hint) from None


def _check_types(operator: Piece, left: Operand, right: Operand) -> None:
    left_type, right_type = find_type(left), find_type(right)
    if operator.text not in ("=", "!="):
        for value, kind in ((left, left_type), (right, right_type)):
            if kind in _UNORDERED:
                sentence = f"{describe(value)}, which is compared with = and != only."
                raise TraceQLError(_capital(sentence), operator.at, "=")
    if None in (left_type, right_type) or left_type is right_type or {left_type, right_type} <= NUMBERS:
        return
    sentence = f"{describe(left)} and {describe(right)}: this can never match."
    raise TraceQLError(sentence, operator.at, _suggest_value(operator.text, left, right))


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:] if sentence.startswith("this ") else sentence


def _suggest_value(operator: str, left: Operand, right: Operand) -> str:
    """The same comparison with a value of the field's type."""
    if not isinstance(left, Intrinsic) or not isinstance(right, Literal):
        return ""
    text = str(right.value)
    match FIELD_TYPES[left.which]:
        case ValueType.STATUS:
            value = text if text in STATUSES else "error"
        case ValueType.KIND:
            value = text if text in KINDS else "server"
        case ValueType.DURATION:
            value = text if _is_duration(text) else "1s"
        case ValueType.TEXT:
            value = f'"{print_operand(right)}"'
        case _:
            value = text if text.isascii() and text.isdigit() else "0"
    return f"{print_operand(left)} {operator} {value}"


def _is_duration(text: str) -> bool:
    try:
        return parse_number(text, 0).type is ValueType.DURATION
    except TraceQLError:
        return False
