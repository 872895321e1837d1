"""Stages after a `|` that are no metric: tests of aggregates, by(), select(), coalesce()."""

from typing import Final, NamedTuple

from traces.domain.traceql.checking import check_number, find_first_field
from traces.domain.traceql.conditions import ANY, SUM, parse_expression
from traces.domain.traceql.cursor import Cursor
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.lexer import Piece, Token
from traces.domain.traceql.query_tree import COMPARISONS, AggregateTest, Coalesce, GroupBy, Select, Stage
from traces.domain.traceql.refusing import refuse_field
from traces.domain.traceql.tree import Attribute, Intrinsic, Operand
from traces.domain.traceql.values import Nil
from traces.domain.traceql.words import AGGREGATES, FIELDS

#: The same comparison seen from the other side.
FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


class Number(NamedTuple):
    """A number without a field, and how deep its tree is."""

    node: Operand
    depth: int


def parse_stage(cursor: Cursor) -> tuple[Stage, int]:
    """The stage whose word comes next, and how deep it is."""
    word = cursor.peek().text
    if word in AGGREGATES:
        return _parse_aggregate_test(cursor)
    if word == "by":
        return _parse_group_by(cursor)
    if word == "select":
        return Select(parse_fields(cursor, cursor.take()), at=cursor.peek().at), 1
    coalesce = cursor.take()
    open_bracket(cursor, coalesce)
    close_bracket(cursor)
    return Coalesce(at=coalesce.at), 1


def _parse_aggregate_test(cursor: Cursor) -> tuple[AggregateTest, int]:
    name, operand, depth = parse_aggregate(cursor)
    operator = cursor.peek()
    if cursor.is_at(*"+-*/%^"):
        raise TraceQLError("Aggregates are compared, not calculated with.", operator.at, "> 2")
    if operator.token is not Token.SIGN or operator.text not in COMPARISONS:
        raise TraceQLError("An aggregate must be compared with a value.", operator.at, "> 2")
    cursor.take()
    value = parse_constant(cursor, operator)
    check_chain(cursor)
    test = AggregateTest(name.text, operand, operator.text, value.node, at=name.at)
    return test, 1 + max(depth, value.depth)


def check_chain(cursor: Cursor) -> None:
    """What follows the test of an aggregate is no && or ||."""
    if cursor.is_at("&&", "||"):
        sign = cursor.peek()
        raise TraceQLError(f"Aggregate tests are chained with |, not {sign.text}.", sign.at, "|")


def parse_aggregate(cursor: Cursor) -> tuple[Piece, Operand | None, int]:
    """`avg(duration)`: its name, what is in the brackets, and how deep that is."""
    name = cursor.take()
    open_bracket(cursor, name)
    if name.text == "count":
        if not cursor.is_at(")"):
            raise TraceQLError("count() counts spans: nothing stands in its brackets.", cursor.peek().at, "count()")
        close_bracket(cursor)
        return name, None, 1
    if cursor.is_at(")"):
        raise TraceQLError(f"{name.text}() of what?", cursor.peek().at, f"{name.text}(duration)")
    part = parse_expression(cursor, ANY)
    close_bracket(cursor)
    if isinstance(part.node, Intrinsic):
        check_number_field(name.text, part.node)
    operand = check_number(part.node, f"{name.text}() needs numbers")
    return name, operand, part.depth


def check_number_field(function: str, which: Attribute | Intrinsic) -> None:
    """Raises, with a suggestion, for a field that is no number."""
    try:
        check_number(which, f"{function}() needs numbers")
    except TraceQLError as problem:
        raise TraceQLError(problem.sentence, problem.at, f"{function}(duration)") from None


def parse_constant(cursor: Cursor, operator: Piece) -> Number:
    """A number, or arithmetic of numbers, after a comparison."""
    part = parse_expression(cursor, SUM)
    value = check_number(part.node, f'After "{operator.text}" goes a number')
    if field := find_first_field(value):
        raise TraceQLError(f'After "{operator.text}" goes a number, not a field.', field.at)
    return Number(value, part.depth)


def _parse_group_by(cursor: Cursor) -> tuple[GroupBy, int]:
    by = cursor.take()
    open_bracket(cursor, by)
    if cursor.is_at(")"):
        raise TraceQLError("by() of what?", cursor.peek().at, "by(resource.service.name)")
    start = cursor.peek()
    part = parse_expression(cursor, ANY)
    if isinstance(part.node, Nil):
        raise TraceQLError("nil is the same for all spans.", part.node.at)
    if cursor.is_at(","):
        sentence = "by() as a stage takes one field; metrics take several: | rate() by (a, b)."
        raise TraceQLError(sentence, cursor.peek().at, f"by({cursor.text[start.at : cursor.peek().at].strip()})")
    close_bracket(cursor)
    return GroupBy(part.node, at=by.at), part.depth + 1


def parse_fields(cursor: Cursor, function: Piece) -> tuple[Attribute | Intrinsic, ...]:
    """`(name, .a)`, at least one."""
    open_bracket(cursor, function)
    fields = [parse_field(cursor, function)]
    while cursor.take_if(","):
        fields.append(parse_field(cursor, function))
    close_bracket(cursor)
    return tuple(fields)


def parse_field(cursor: Cursor, function: Piece) -> Attribute | Intrinsic:
    piece = cursor.peek()
    if isinstance(piece.node, Attribute):
        cursor.take()
        return piece.node
    if piece.token is Token.WORD:
        if piece.text not in FIELDS:
            raise refuse_field(piece)
        cursor.take()
        return Intrinsic(FIELDS[piece.text], at=piece.at)
    raise TraceQLError(f"{function.text} needs a field here.", piece.at, "name")


def open_bracket(cursor: Cursor, function: Piece) -> None:
    if not cursor.take_if("("):
        raise TraceQLError(f'A "(" is missing after "{function.text}".', cursor.peek().at, "(")


def close_bracket(cursor: Cursor) -> None:
    if not cursor.take_if(")"):
        raise TraceQLError('A closing ")" is missing.', cursor.peek().at, ")")
