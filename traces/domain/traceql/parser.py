"""The text of a query becomes its tree.

Around filters the parser is a Pratt parser too: what stands in brackets may be spans, a metric or a number, and that
decides which operators may join it.
"""

from typing import Final, NamedTuple, TypeAlias, Union

from traces.domain.traceql.checking import check_number, make_arithmetic, make_negative
from traces.domain.traceql.conditions import check_depth, parse_filter
from traces.domain.traceql.cursor import Cursor
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.hints import parse_hints
from traces.domain.traceql.lexer import Piece, Token
from traces.domain.traceql.metrics import (
    add_threshold,
    make_metric_arithmetic,
    parse_metric,
    parse_steps,
    refuse_compare,
)
from traces.domain.traceql.query_tree import (
    COMPARISONS,
    JOINS,
    RELATIONS,
    AggregateTest,
    MetricArithmetic,
    MetricQuery,
    Pipeline,
    Query,
    Relation,
    Series,
    SpanSet,
    Stage,
)
from traces.domain.traceql.refusing_stages import refuse_after, refuse_operand, refuse_stage
from traces.domain.traceql.stages import FLIPPED, check_chain, parse_aggregate, parse_stage
from traces.domain.traceql.tree import Filter, Literal, Operand, ValueType
from traces.domain.traceql.values import OPERANDS
from traces.domain.traceql.words import AGGREGATES, BESTS, METRICS, VALUES

_JOINED: Final = 1
_RELATED: Final = 2
# Reading one level of brackets here takes twice as many calls as one inside of { }: it counts as two.
_LEVELS: Final = 2
_POWERS: Final = {
    **dict.fromkeys(JOINS, _JOINED),
    **dict.fromkeys(RELATIONS | COMPARISONS, _RELATED),
    **dict.fromkeys("+-", 3),
    **dict.fromkeys("*/%", 4),
    "^": 5,
}
_PLAIN_STAGES: Final = (*AGGREGATES, "by", "select", "coalesce")

Node: TypeAlias = Union[SpanSet, Series, Operand, AggregateTest]


class Part(NamedTuple):
    """A piece of the tree and how deep it is. A number stands alone only until it meets a metric or an aggregate."""

    node: Node
    depth: int


def parse(text: str) -> Query:
    """The tree of a query. Raises TraceQLError: the first thing that is wrong."""
    cursor = Cursor(text)
    start = cursor.peek()
    if start.token is Token.END:
        raise TraceQLError("The query is empty.", start.at, "{ }")
    body = _parse_pipeline(cursor).node
    hints = parse_hints(cursor)
    if cursor.peek().token is not Token.END:
        raise refuse_after(cursor)
    if isinstance(body, AggregateTest | OPERANDS):
        raise TraceQLError("A number is no query: nothing is asked of spans.", start.at, "{ }")
    return Query(body, hints)


def _parse_pipeline(cursor: Cursor) -> Part:
    """Stages with | between them; a metric ends them. None of them is a Pipeline: those in brackets are unfolded."""
    stages: list[Stage] = []
    depth = 0
    while True:
        word = cursor.peek()
        cursor.count_atom(word.at)
        if word.token is Token.WORD and word.text in METRICS:
            return _parse_metric_query(cursor, stages, depth)
        stage, its_depth = _parse_stage(cursor, is_first=not stages)
        if isinstance(stage, MetricQuery | MetricArithmetic | OPERANDS):
            return _end_series(cursor, word, stages, stage, its_depth)
        stages += stage.stages if isinstance(stage, Pipeline) else (stage,)
        depth = max(depth, its_depth)
        if not cursor.take_if("|"):
            return Part(_make_spans(stages), check_depth(word, depth + (len(stages) > 1)))


def _parse_stage(cursor: Cursor, *, is_first: bool) -> tuple[Stage | Series | Operand, int]:
    word = cursor.peek()
    if word.token is not Token.WORD or word.text in VALUES:
        return _parse_joined(cursor, _JOINED)
    if word.text == "coalesce" and is_first:
        raise TraceQLError("coalesce() needs groups before it.", word.at, "{ } | by(name) | coalesce()")
    if word.text in _PLAIN_STAGES:
        return parse_stage(cursor)
    if word.text in BESTS:
        sentence = f"{word.text}() needs a metric before it."
        raise TraceQLError(sentence, word.at, f"| rate() by (name) | {word.text}(10)")
    raise refuse_stage(cursor)


def _make_spans(stages: list[Stage]) -> SpanSet:
    only = stages[0]
    if len(stages) == 1 and isinstance(only, Filter | Relation):
        return only
    return Pipeline(tuple(stages), at=only.at)


def _parse_metric_query(cursor: Cursor, stages: list[Stage], depth: int) -> Part:
    word = cursor.peek()
    if not stages:
        raise TraceQLError(f"{word.text}() needs spans before it.", word.at, f"{{ }} | {word.text}()")
    metric, its_depth = parse_metric(cursor)
    series = MetricQuery(_make_spans(stages), metric, at=stages[0].at)
    part = Part(*parse_steps(cursor, series, check_depth(word, 2 + max(depth, its_depth))))
    sign = cursor.peek()
    if sign.token is Token.SIGN and sign.text in _POWERS:
        refuse_compare(series, sign)
        sentence = "A metric must be in parentheses with its spans before it can be used in arithmetic."
        raise TraceQLError(sentence, sign.at, f"({{ … }} | {word.text}()) {sign.text} …")
    return part


def _end_series(cursor: Cursor, start: Piece, stages: list[Stage], series: Series | Operand, depth: int) -> Part:
    """A metric in brackets, or arithmetic of such, is the whole pipeline."""
    if stages:
        sentence = "Metrics in parentheses, and numbers, stand by themselves, not after a |."
        raise TraceQLError(sentence, start.at, "({ … } | rate()) / ({ … } | rate())")
    if isinstance(series, MetricQuery | MetricArithmetic):
        return Part(*parse_steps(cursor, series, depth))
    return Part(series, depth)


def _parse_joined(cursor: Cursor, floor: int) -> tuple[Stage | Series | Operand, int]:
    """As much of spans, metrics and numbers as binds at least like `floor`."""
    left = _parse_term(cursor)
    while (power := _find_power(cursor.peek())) >= floor:
        if isinstance(left.node, AggregateTest):
            check_chain(cursor)
            raise refuse_after(cursor)
        left = _join(cursor, cursor.take(), power, left.node, left.depth)
    return left.node, left.depth


def _find_power(piece: Piece) -> int:
    return _POWERS.get(piece.text, 0) if piece.token is Token.SIGN else 0


def _parse_term(cursor: Cursor) -> Part:
    piece = cursor.peek()
    if cursor.is_at("{"):
        return Part(*parse_filter(cursor))
    if cursor.is_at("("):
        return _parse_brackets(cursor)
    if cursor.is_at("-"):
        cursor.take()
        with cursor.deeper(piece.at, _LEVELS):
            number, depth = _parse_joined(cursor, _POWERS["^"])
        if isinstance(number, OPERANDS):
            return Part(make_negative(piece, number), check_depth(piece, depth + 1))
    elif literal := _read_number(piece):
        cursor.take()
        return Part(literal, 1)
    raise refuse_operand(cursor, piece)


def _read_number(piece: Piece) -> Literal | None:
    if piece.token is Token.WORD and piece.text in VALUES:
        kind, value = VALUES[piece.text]
        return Literal(kind, value, at=piece.at) if kind is ValueType.INT else None
    return piece.node if isinstance(piece.node, Literal) and piece.node.type is not ValueType.TEXT else None


def _parse_brackets(cursor: Cursor) -> Part:
    opening = cursor.take()
    with cursor.deeper(opening.at, _LEVELS):
        part = _parse_pipeline(cursor)
    if cursor.peek().token is Token.END:
        raise TraceQLError('A closing ")" is missing.', cursor.peek().at, ")")
    if not cursor.take_if(")"):
        raise refuse_after(cursor)
    return part


def _join(cursor: Cursor, operator: Piece, power: int, left: SpanSet | Series | Operand, depth: int) -> Part:
    if isinstance(left, Filter | Relation | Pipeline):
        return _relate(cursor, operator, power, left, depth)
    if operator.text in COMPARISONS:
        return _compare(cursor, operator, left, depth)
    if power <= _RELATED:
        raise TraceQLError(f'"{operator.text}" goes between spans, and this is a metric or a number.', operator.at)
    if operator.text == "^":
        with cursor.deeper(operator.at, _LEVELS):
            right, right_depth = _parse_joined(cursor, power)
    else:
        right, right_depth = _parse_joined(cursor, power + 1)
    if not isinstance(right, MetricQuery | MetricArithmetic | OPERANDS):
        raise _refuse_mixture(operator)
    depth = check_depth(operator, _LEVELS + max(depth, right_depth))
    if isinstance(left, OPERANDS) and isinstance(right, OPERANDS):
        return Part(make_arithmetic(operator, left, right), depth)
    return Part(make_metric_arithmetic(operator, left, right), depth)


def _relate(cursor: Cursor, operator: Piece, power: int, left: SpanSet, depth: int) -> Part:
    sign = operator.text
    after = cursor.peek()
    if sign in COMPARISONS and (sign not in RELATIONS or _read_number(after) or cursor.is_at("-")):
        sentence = "Spans cannot be compared with a number; count them first."
        raise TraceQLError(
            sentence, operator.at, f"{{ … }} | count() {sign} {after.text if _read_number(after) else 10}"
        )
    if power > _RELATED:
        raise _refuse_mixture(operator)
    right, right_depth = _parse_joined(cursor, power + 1)
    if not isinstance(right, Filter | Relation | Pipeline):
        raise TraceQLError(f'"{sign}" goes between spans, and what follows is none.', operator.at)
    node = Relation(sign, left, right, at=left.at)
    return Part(node, check_depth(operator, _LEVELS + max(depth, right_depth)))


def _refuse_mixture(operator: Piece) -> TraceQLError:
    sentence = f'"{operator.text}" goes between metrics and numbers; spans are joined with && or ||.'
    return TraceQLError(sentence, operator.at, "&&")


def _compare(cursor: Cursor, operator: Piece, left: Series | Operand, depth: int) -> Part:
    """`(…) > 5` of a metric, or `2 < count()`."""
    if isinstance(left, MetricQuery | MetricArithmetic):
        refuse_compare(left, operator)
        cursor.count_atom(operator.at)
        return Part(*add_threshold(cursor, left, operator, depth))
    if not cursor.is_at_word(*AGGREGATES):
        raise TraceQLError("A number can only be compared with an aggregate.", cursor.peek().at, "count()")
    number = check_number(left, f'Before "{operator.text}" goes a number')
    name, operand, right_depth = parse_aggregate(cursor)
    test = AggregateTest(name.text, operand, FLIPPED[operator.text], number, at=left.at)
    return Part(test, check_depth(operator, _LEVELS + max(depth, right_depth)))
