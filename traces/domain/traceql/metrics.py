"""Stages that make series out of spans, and what may follow them."""

from dataclasses import replace
from typing import Final

from traces.domain.traceql.conditions import check_depth, parse_filter
from traces.domain.traceql.cursor import Cursor
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.lexer import Piece, Token
from traces.domain.traceql.query_tree import (
    COMPARISONS,
    Best,
    CompareSpans,
    Metric,
    MetricArithmetic,
    MetricQuery,
    Series,
    Step,
    Threshold,
)
from traces.domain.traceql.stages import (
    check_number_field,
    close_bracket,
    open_bracket,
    parse_constant,
    parse_field,
    parse_fields,
)
from traces.domain.traceql.tree import Arithmetic, Attribute, Intrinsic, Literal, Negative, Operand, ValueType
from traces.domain.traceql.words import BESTS, PLAIN_METRICS

_DEFAULT_TOP: Final = 10
_MAX_LABELS: Final = 5
# These make a label of their own.
_MAX_LABELS_OF: Final = {"quantile_over_time": 4, "histogram_over_time": 4}


def parse_metric(cursor: Cursor) -> tuple[Metric | CompareSpans, int]:
    """The metric whose word comes next, and how deep it is."""
    name = cursor.take()
    if name.text == "compare":
        return _parse_compare(cursor, name)
    operand, quantiles = _parse_arguments(cursor, name)
    by: tuple[Attribute | Intrinsic, ...] = ()
    if cursor.is_at_word("by"):
        by = parse_fields(cursor, cursor.take())
        most = _MAX_LABELS_OF.get(name.text, _MAX_LABELS)
        if len(by) > most:
            raise TraceQLError(f"{name.text}() has at most {most} fields in by ().", by[most].at)
    return Metric(name.text, operand, quantiles, by, at=name.at), 2


def _parse_arguments(cursor: Cursor, name: Piece) -> tuple[Attribute | Intrinsic | None, tuple[float, ...]]:
    open_bracket(cursor, name)
    if name.text in PLAIN_METRICS and not cursor.is_at(")"):
        raise TraceQLError(f"{name.text}() counts spans: nothing stands in its brackets.", cursor.peek().at)
    operand = None
    quantiles: list[float] = []
    if name.text not in PLAIN_METRICS:
        operand = parse_field(cursor, name)
        check_number_field(name.text, operand)
    if name.text == "quantile_over_time":
        while comma := cursor.take_if(","):
            quantiles.append(_parse_quantile(cursor, comma))
        if not quantiles:
            raise TraceQLError("Which quantile?", cursor.peek().at, ", 0.95")
    close_bracket(cursor)
    return operand, tuple(quantiles)


def _parse_quantile(cursor: Cursor, comma: Piece) -> float:
    start = cursor.peek()
    value = parse_constant(cursor, comma).node
    number = value.value if isinstance(value, Literal) and value.type is not ValueType.DURATION else -1
    written = cursor.text[start.at : cursor.end].strip()
    if not isinstance(number, int | float) or not 0 <= number <= 1:
        meant = f"{number / 100:g}" if isinstance(number, int | float) and 1 < number <= 100 else "0.95"
        raise TraceQLError(f"A quantile is between 0 and 1; {written} is outside.", start.at, meant)
    return float(number)


def _parse_compare(cursor: Cursor, name: Piece) -> tuple[CompareSpans, int]:
    open_bracket(cursor, name)
    if not cursor.is_at("{"):
        sentence = "compare() needs the spans to compare with the rest."
        raise TraceQLError(sentence, cursor.peek().at, "{ status = error }")
    selection, depth = parse_filter(cursor)
    numbers: list[int] = []
    while len(numbers) < 3 and cursor.take_if(","):
        numbers.append(_parse_whole(cursor, "compare()"))
    if len(numbers) == 2:
        raise TraceQLError("compare() takes both a start and an end.", cursor.peek().at)
    close_bracket(cursor)
    top = numbers[0] if numbers else _DEFAULT_TOP
    start_ns, end_ns = numbers[1:] or (None, None)
    return CompareSpans(selection, top, start_ns, end_ns, at=name.at), depth + 1


def _parse_whole(cursor: Cursor, function: str) -> int:
    piece = cursor.peek()
    node = piece.node
    if isinstance(node, Literal) and node.type is ValueType.INT and isinstance(node.value, int) and node.value > 0:
        cursor.take()
        return node.value
    raise TraceQLError(f"{function} takes a whole number above 0 here.", piece.at, "10")


def parse_steps(cursor: Cursor, series: Series, depth: int) -> tuple[Series, int]:
    """What is done with the series: topk(), bottomk(), comparisons."""
    while cursor.is_at("|", *COMPARISONS):
        refuse_compare(series, cursor.peek())
        sign = cursor.take()
        cursor.count_atom(sign.at)
        if sign.text == "|":
            series = add_step(series, _parse_best(cursor))
        else:
            series, depth = add_threshold(cursor, series, sign, depth)
    return series, depth


def add_step(series: Series, step: Step) -> Series:
    return replace(series, steps=(*series.steps, step))


def add_threshold(cursor: Cursor, series: Series, sign: Piece, depth: int) -> tuple[Series, int]:
    """`> 5`, whose sign was taken."""
    value = parse_constant(cursor, sign)
    refuse_durations(value.node, alone_is_good=True)
    step = Threshold(sign.text, value.node, at=sign.at)
    return add_step(series, step), check_depth(sign, max(depth, value.depth + 1))


def refuse_durations(number: Operand, *, alone_is_good: bool = False) -> None:
    """Series hold seconds: arithmetic with durations is left to whoever writes the query."""
    if isinstance(number, Arithmetic):
        refuse_durations(number.left)
        refuse_durations(number.right)
    elif isinstance(number, Negative):
        refuse_durations(number.operand)
    elif isinstance(number, Literal) and number.type is ValueType.DURATION and not alone_is_good:
        sentence = "After a metric nothing can be calculated with durations: they are seconds there."
        raise TraceQLError(sentence, number.at, "1.5")


def _parse_best(cursor: Cursor) -> Best:
    word = cursor.peek()
    if word.token is not Token.WORD or word.text not in BESTS:
        sentence = "After a metric only topk(), bottomk() or a comparison may follow."
        raise TraceQLError(sentence, word.at, "topk(10)")
    cursor.take()
    open_bracket(cursor, word)
    count = _parse_whole(cursor, f"{word.text}()")
    close_bracket(cursor)
    return Best(word.text, count, at=word.at)


def refuse_compare(series: object, sign: Piece) -> None:
    """compare() is no series to go on with."""
    if isinstance(series, MetricQuery) and isinstance(series.metric, CompareSpans):
        sentence = "compare() stands alone: nothing may follow it."
        raise TraceQLError(sentence, sign.at, "run the two queries separately")


def make_metric_arithmetic(operator: Piece, left: Series | Operand, right: Series | Operand) -> MetricArithmetic:
    """At least one of the two is a Series."""
    for side in (left, right):
        refuse_compare(side, operator)
        if not isinstance(side, MetricQuery | MetricArithmetic):
            refuse_durations(side)
    if operator.text not in ("+", "-", "*", "/"):
        raise TraceQLError(f'Metrics know + - * / only, not "{operator.text}".', operator.at)
    return MetricArithmetic(operator.text, left, right, at=left.at)
