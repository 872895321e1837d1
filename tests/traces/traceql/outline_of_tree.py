"""A tree on one line, in brackets: `{(and (= kind server) (!= status error))}`."""

from traces.domain.traceql.printing import print_literal, print_operand
from traces.domain.traceql.query_tree import (
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
    Stage,
    Step,
)
from traces.domain.traceql.tree import (
    All,
    Arithmetic,
    Compare,
    Condition,
    Filter,
    Is,
    Missing,
    Negative,
    Not,
    Operand,
    Present,
    Some,
)
from traces.domain.traceql.values import OPERANDS


def outline(query: Query) -> str:
    hints = " ".join(f"{hint.name}={print_literal(hint.value)}" for hint in query.hints)
    return outline_stage(query.body) + (f" with[{hints}]" if hints else "")


def outline_stage(node: Stage | MetricTerm) -> str:
    match node:
        case Filter(condition):
            return f"{{{outline_condition(condition) if condition else ''}}}"
        case Relation(operator, left, right):
            return f"({operator} {outline_stage(left)} {outline_stage(right)})"
        case Pipeline(stages):
            return f"[{' | '.join(outline_stage(stage) for stage in stages)}]"
        case AggregateTest(function, operand, operator, value):
            inner = outline_operand(operand) if operand else ""
            return f"({operator} {function}({inner}) {outline_operand(value)})"
        case GroupBy(operand):
            inner = outline_operand(operand) if isinstance(operand, OPERANDS) else outline_condition(operand)
            return f"by({inner})"
        case Select(fields):
            return f"select({' '.join(print_operand(field) for field in fields)})"
        case Coalesce():
            return "coalesce()"
        case MetricQuery(spans, metric, steps):
            inner = outline_stage(spans).removeprefix("[").removesuffix("]")
            return f"[{inner} | {outline_metric(metric)}{outline_steps(steps)}]"
        case MetricArithmetic(operator, left, right, steps):
            text = f"({operator} {outline_stage(left)} {outline_stage(right)})"
            return f"[{text}{outline_steps(steps)}]" if steps else text
        case _:
            return outline_operand(node)


def outline_metric(metric: Metric | CompareSpans) -> str:
    if isinstance(metric, CompareSpans):
        numbers = [metric.top, metric.start_ns, metric.end_ns]
        text = " ".join(str(number) for number in numbers if number is not None)
        return f"compare({outline_stage(metric.selection)} {text})"
    arguments = [print_operand(metric.operand)] if metric.operand else []
    by = f" by({' '.join(print_operand(field) for field in metric.by)})" if metric.by else ""
    return f"{metric.function}({' '.join([*arguments, *map(str, metric.quantiles)])}){by}"


def outline_steps(steps: tuple[Step, ...]) -> str:
    return "".join(
        f" | {step.function}({step.count})"
        if isinstance(step, Best)
        else f" | {step.operator} {outline_operand(step.value)}"
        for step in steps
    )


def outline_condition(condition: Condition) -> str:
    match condition:
        case Compare(operator, left, right):
            return f"({operator} {outline_operand(left)} {outline_operand(right)})"
        case Present(operand):
            return f"(exists {print_operand(operand)})"
        case Missing(operand):
            return f"(missing {print_operand(operand)})"
        case Is(operand):
            return print_operand(operand)
        case Not(part):
            return f"(not {outline_condition(part)})"
        case All(parts):
            return f"(and {' '.join(outline_condition(part) for part in parts)})"
        case Some(parts):
            return f"(or {' '.join(outline_condition(part) for part in parts)})"


def outline_operand(operand: Operand) -> str:
    match operand:
        case Arithmetic(operator, left, right):
            return f"({operator} {outline_operand(left)} {outline_operand(right)})"
        case Negative(inner):
            return f"(- {outline_operand(inner)})"
        case _:
            return print_operand(operand)
