"""What stands inside `{ }`: a Pratt parser, in which each operator says how tightly it binds.

&& and || bind equally, from left to right.
"""

from typing import Final, NamedTuple

from traces.domain.traceql.checking import (
    OPERANDS,
    Nil,
    Value,
    find_type,
    make_arithmetic,
    make_comparison,
    make_condition,
    make_negative,
)
from traces.domain.traceql.cursor import MAX_DEPTH, Cursor, refuse_depth
from traces.domain.traceql.lexer import Piece, Token
from traces.domain.traceql.refusing import (
    refuse_field,
    refuse_missing_value,
    refuse_rest,
    refuse_value_word,
)
from traces.domain.traceql.tree import All, Condition, Filter, Intrinsic, Literal, Not, Some
from traces.domain.traceql.words import FIELDS, VALUES

ANY: Final = 1
COMPARED: Final = 2
SUM: Final = 3
PRODUCT: Final = 4
POWER: Final = 5
_POWERS: Final = {
    **dict.fromkeys(("&&", "||"), ANY),
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "=~", "!~"), COMPARED),
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys("*/%", PRODUCT),
    "^": POWER,
}


class Part(NamedTuple):
    """A piece of the tree and how deep it is: trees are walked by recursion."""

    node: Value
    depth: int


def parse_filter(cursor: Cursor) -> tuple[Filter, int]:
    """`{ … }`, and how deep it is."""
    opening = cursor.take()
    if cursor.take_if("}"):
        return Filter(None, at=opening.at), 1
    part = parse_expression(cursor, ANY)
    if not cursor.is_at("}"):
        raise refuse_rest(cursor, "}")
    condition = make_condition(cursor, part.node, "A filter must be a condition")
    cursor.take()
    return Filter(condition, at=opening.at), part.depth + 1


def parse_expression(cursor: Cursor, floor: int) -> Part:
    """As much as binds at least like `floor`."""
    left = _parse_first(cursor)
    while (power := _find_power(cursor.peek())) >= floor:
        operator = cursor.take()
        if power == COMPARED:
            _check_word(cursor, operator, left)
        with cursor.deeper(operator.at):
            # ^ goes from right to left.
            right = parse_expression(cursor, power if power == POWER else power + 1)
        left = _join(cursor, operator, left, right)
    return left


def _find_power(piece: Piece) -> int:
    return _POWERS.get(piece.text, 0) if piece.token is Token.SIGN else 0


def _parse_first(cursor: Cursor) -> Part:
    piece = cursor.peek()
    if piece.token is Token.SIGN and piece.text in ("!", "-", "("):
        return _parse_prefix(cursor)
    if piece.token is Token.WORD:
        return Part(_read_word(cursor.take()), 1)
    if piece.node is None:
        raise refuse_missing_value(cursor)
    cursor.take()
    return Part(piece.node, 1)


def _parse_prefix(cursor: Cursor) -> Part:
    sign = cursor.take()
    with cursor.deeper(sign.at):
        if sign.text == "(":
            part = parse_expression(cursor, ANY)
            if not cursor.is_at(")"):
                raise refuse_rest(cursor, ")")
            cursor.take()
            return part
        part = parse_expression(cursor, PRODUCT)
    if sign.text == "-":
        return Part(make_negative(sign, part.node), check_depth(sign, part.depth + 1))
    condition = make_condition(cursor, part.node, '"!" negates a condition')
    return Part(Not(condition, at=sign.at), check_depth(sign, part.depth + 1))


def _read_word(piece: Piece) -> Value:
    if piece.text in FIELDS:
        return Intrinsic(FIELDS[piece.text], at=piece.at)
    if piece.text in VALUES:
        kind, value = VALUES[piece.text]
        return Literal(kind, value, at=piece.at)
    if piece.text == "nil":
        return Nil(piece.at)
    raise refuse_field(piece)


def _check_word(cursor: Cursor, operator: Piece, left: Part) -> None:
    """Beside a comparison an unknown word is a value without quotes."""
    word = cursor.peek()
    if word.token is Token.WORD and word.text not in FIELDS and word.text not in VALUES and word.text != "nil":
        kind = find_type(left.node) if isinstance(left.node, OPERANDS) else None
        raise refuse_value_word(word, kind)


def _join(cursor: Cursor, operator: Piece, left: Part, right: Part) -> Part:
    sign = operator.text
    if sign == "&&":
        return _join_parts(cursor, operator, All, left, right)
    if sign == "||":
        return _join_parts(cursor, operator, Some, left, right)
    if _POWERS[sign] == COMPARED:
        node: Value = make_comparison(cursor, operator, left.node, right.node)
    else:
        node = make_arithmetic(operator, left.node, right.node)
    return Part(node, check_depth(operator, 1 + max(left.depth, right.depth)))


def _join_parts(cursor: Cursor, operator: Piece, kind: type[All] | type[Some], left: Part, right: Part) -> Part:
    """All and Some hold no part of their own kind."""
    parts: tuple[Condition, ...] = ()
    depth = 0
    for part in (left, right):
        condition = make_condition(cursor, part.node, f'"{operator.text}" joins conditions')
        same = condition.parts if isinstance(condition, All | Some) and type(condition) is kind else ()
        parts += same or (condition,)
        depth = max(depth, part.depth + (not same))
    return Part(kind(parts, at=left.node.at), check_depth(operator, depth))


def check_depth(piece: Piece, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise refuse_depth(piece.at)
    return depth
