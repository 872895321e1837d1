"""The tree of a whole query as text: what is parsed from it is the same tree."""

from traces.domain.traceql.printing import print_condition, print_filter, print_literal, print_operand
from traces.domain.traceql.query_tree import (
    JOINS,
    AggregateTest,
    Best,
    Coalesce,
    CompareSpans,
    GroupBy,
    Metric,
    MetricArithmetic,
    MetricQuery,
    MetricTerm,
    Pipeline,
    Query,
    Relation,
    Select,
    Series,
    SpanSet,
    Stage,
    Step,
)
from traces.domain.traceql.tree import Attribute, Filter, Intrinsic
from traces.domain.traceql.values import OPERANDS

_LOOSE = ("+", "-")


def print_query(query: Query) -> str:
    """The canonical form: `parse(print_query(query)) == query`."""
    text = print_body(query.body)
    if not query.hints:
        return text
    hints = ", ".join(f"{hint.name}={print_literal(hint.value)}" for hint in query.hints)
    return f"{text} with ({hints})"


def print_body(body: SpanSet | Series) -> str:
    if isinstance(body, MetricQuery | MetricArithmetic):
        return _print_series(body)
    return print_stage(body)


def print_stage(stage: Stage) -> str:
    """A stage without the `|` before it; a Pipeline with those between its stages."""
    match stage:
        case Filter():
            return print_filter(stage)
        case Relation():
            return _print_relation(stage)
        case Pipeline(stages):
            return " | ".join(print_stage(part) for part in stages)
        case AggregateTest(function, operand, operator, value):
            inner = "" if operand is None else print_operand(operand)
            return f"{function}({inner}) {operator} {print_operand(value)}"
        case GroupBy(operand):
            return f"by({print_operand(operand) if isinstance(operand, OPERANDS) else print_condition(operand)})"
        case Select(fields):
            return f"select({_print_fields(fields)})"
        case Coalesce():
            return "coalesce()"


def _print_fields(fields: tuple[Attribute | Intrinsic, ...]) -> str:
    return ", ".join(print_operand(which) for which in fields)


def _print_relation(relation: Relation) -> str:
    """From left to right; relations bind tighter than && and ||, which bind alike. Beside a Pipeline, as Tempo wants
    it, both sides are in brackets."""
    is_join = relation.operator in JOINS
    has_pipeline = isinstance(relation.left, Pipeline) or isinstance(relation.right, Pipeline)

    def print_side(side: SpanSet, *, is_left: bool) -> str:
        text = print_stage(side)
        if not has_pipeline and isinstance(side, Filter):
            return text
        if not has_pipeline and isinstance(side, Relation):
            # Mixed && and || are set apart for the reader.
            same_level = (side.operator in JOINS) == is_join
            if is_left and same_level and (not is_join or side.operator == relation.operator):
                return text
            if is_join and side.operator not in JOINS:
                return text
        return f"({text})"

    left = print_side(relation.left, is_left=True)
    return f"{left} {relation.operator} {print_side(relation.right, is_left=False)}"


def _print_series(series: Series) -> str:
    if isinstance(series, MetricQuery):
        text = f"{print_stage(series.spans)} | {_print_metric(series.metric)}"
    else:
        text = f"{_print_term(series, series.left, is_left=True)} {series.operator} "
        text += _print_term(series, series.right, is_left=False)
    return text + "".join(_print_step(step) for step in series.steps)


def _print_term(parent: MetricArithmetic, side: MetricTerm, *, is_left: bool) -> str:
    if isinstance(side, OPERANDS):
        text = print_operand(side)
        return text if text[0] != "-" and " " not in text else f"({text})"
    text = _print_series(side)
    if isinstance(side, MetricArithmetic) and not side.steps and is_left:
        is_loose = parent.operator in _LOOSE
        if is_loose or side.operator not in _LOOSE:
            return text
    return f"({text})"


def _print_metric(metric: Metric | CompareSpans) -> str:
    if isinstance(metric, CompareSpans):
        times = () if metric.start_ns is None else (metric.start_ns, metric.end_ns)
        return f"compare({', '.join([print_filter(metric.selection), *map(str, (metric.top, *times))])})"
    arguments = [] if metric.operand is None else [print_operand(metric.operand)]
    arguments += [f"{quantile:g}" if quantile in (0, 1) else repr(quantile) for quantile in metric.quantiles]
    by = f" by ({_print_fields(metric.by)})" if metric.by else ""
    return f"{metric.function}({', '.join(arguments)}){by}"


def _print_step(step: Step) -> str:
    if isinstance(step, Best):
        return f" | {step.function}({step.count})"
    return f" {step.operator} {print_operand(step.value)}"
