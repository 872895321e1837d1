"""Conditions out of what may stand as one, and conditions of conditions."""

from typing import Final

from traces.domain.traceql.cursor import Cursor
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.lexer import Piece, Token
from traces.domain.traceql.printing import print_operand
from traces.domain.traceql.refusing import refuse_rest
from traces.domain.traceql.tree import (
    All,
    Arithmetic,
    Attribute,
    Compare,
    Condition,
    Intrinsic,
    Is,
    Literal,
    Negative,
    Not,
    Some,
    ValueType,
)
from traces.domain.traceql.values import Nil, Value, describe
from traces.domain.traceql.words import FIELD_TYPES

_EXAMPLES: Final = {
    ValueType.TEXT: '= "…"',
    ValueType.INT: "> 0",
    ValueType.FLOAT: "> 0",
    ValueType.DURATION: "> 1s",
    ValueType.STATUS: "= error",
    ValueType.KIND: "= server",
    ValueType.BOOLEAN: "= true",
}


def make_condition(cursor: Cursor, value: Value, need: str) -> Condition:
    """A condition out of what may stand as one; `need` is what the sentence begins with otherwise."""
    if isinstance(value, Attribute) or (isinstance(value, Literal) and value.type is ValueType.BOOLEAN):
        cursor.count_atom(value.at)
        return Is(value, at=value.at)
    if isinstance(value, Nil | Intrinsic | Literal | Arithmetic | Negative):
        if cursor.peek().token is Token.WORD:
            raise refuse_rest(cursor, "}")
        raise TraceQLError(f"{need}; {describe(value)}.", value.at, _suggest_condition(value))
    return value


def _suggest_condition(value: Value) -> str:
    if isinstance(value, Intrinsic):
        return f"{print_operand(value)} {_EXAMPLES[FIELD_TYPES[value.which]]}"
    return ""


def make_agreement(cursor: Cursor, operator: Piece, left: Value, right: Value) -> Condition:
    """`a = b` of conditions is `(a && b) || (!a && !b)`. An attribute beside one has to be there."""
    if operator.text not in ("=", "!="):
        raise TraceQLError(f'Conditions cannot be compared with "{operator.text}".', operator.at, "&&")
    left_holds, left_fails = _find_cases(cursor, left)
    right_holds, right_fails = _find_cases(cursor, right)
    if operator.text == "!=":
        right_holds, right_fails = right_fails, right_holds
    return join(Some, (join(All, (left_holds, right_holds)), join(All, (left_fails, right_fails))))


def _find_cases(cursor: Cursor, value: Value) -> tuple[Condition, Condition]:
    """What holds if the value is true, and what if it is false."""
    if isinstance(value, Attribute):
        cursor.count_atom(value.at)
        yes, no = (Literal(ValueType.BOOLEAN, is_true, at=value.at) for is_true in (True, False))
        return Compare("=", value, yes, at=value.at), Compare("=", value, no, at=value.at)
    condition = make_condition(cursor, value, "A condition can only be compared with another one")
    _count_again(cursor, condition)
    return condition, condition.part if isinstance(condition, Not) else Not(condition, at=condition.at)


def _count_again(cursor: Cursor, condition: Condition) -> None:
    """A condition that stands twice counts twice."""
    if isinstance(condition, All | Some):
        for part in condition.parts:
            _count_again(cursor, part)
    elif isinstance(condition, Not):
        _count_again(cursor, condition.part)
    else:
        cursor.count_atom(condition.at)


def join(kind: type[All] | type[Some], conditions: tuple[Condition, ...]) -> Condition:
    """All and Some hold no part of their own kind."""
    parts: tuple[Condition, ...] = ()
    for condition in conditions:
        same = condition.parts if isinstance(condition, All | Some) and type(condition) is kind else ()
        parts += same or (condition,)
    return kind(parts, at=conditions[0].at)
