"""What stands inside `{ }`: a Pratt parser, in which each operator says how tightly it binds.

&& and || bind equally, from left to right.
"""

from typing import Final, NamedTuple

from traces.domain.traceql.checking import make_arithmetic, make_comparison, make_negative
from traces.domain.traceql.cursor import MAX_DEPTH, Cursor, refuse_depth
from traces.domain.traceql.joining import join, make_condition
from traces.domain.traceql.lexer import Piece, Token
from traces.domain.traceql.refusing import (
    refuse_field,
    refuse_missing_value,
    refuse_rest,
    refuse_value_word,
)
from traces.domain.traceql.tree import All, Filter, Intrinsic, Literal, Not, Some
from traces.domain.traceql.values import OPERANDS, Nil, Value, find_type
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
        right = _parse_power(cursor, operator) if power == POWER else parse_expression(cursor, power + 1)
        left = _join(cursor, operator, left, right)
    return left


def _parse_power(cursor: Cursor, operator: Piece) -> Part:
    """^ goes from right to left."""
    with cursor.deeper(operator.at):
        return parse_expression(cursor, POWER)


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
    if sign in ("&&", "||"):
        return _join_conditions(cursor, operator, All if sign == "&&" else Some, left, right)
    depth = 1 + max(left.depth, right.depth)
    if _POWERS[sign] == COMPARED:
        node: Value = make_comparison(cursor, operator, left.node, right.node)
        # Two conditions that are compared stand in an All in a Some, one of them in a Not.
        depth += 2 if isinstance(node, Some) else 0
    else:
        node = make_arithmetic(operator, left.node, right.node)
    return Part(node, check_depth(operator, depth))


def _join_conditions(cursor: Cursor, operator: Piece, kind: type[All] | type[Some], left: Part, right: Part) -> Part:
    need = f'"{operator.text}" joins conditions'
    conditions = make_condition(cursor, left.node, need), make_condition(cursor, right.node, need)
    # A part of the same kind is unfolded.
    depths = (part.depth + (type(part.node) is not kind) for part in (left, right))
    return Part(join(kind, conditions), check_depth(operator, max(depths)))


def check_depth(piece: Piece, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise refuse_depth(piece.at)
    return depth
