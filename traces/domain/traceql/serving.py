"""What of the language is evaluated: one filter."""

from collections.abc import Iterator

from traces.domain.traceql.errors import NotEvaluatedYet
from traces.domain.traceql.query_tree import (
    AggregateTest,
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
)
from traces.domain.traceql.tree import Filter


def get_filter(query: Query) -> Filter:
    """The one filter that the query is. Raises NotEvaluatedYet if it is more."""
    if isinstance(query.body, Filter):
        return query.body
    raise NotEvaluatedYet(find_first_unserved(query) or "query")


def find_first_unserved(query: Query) -> str | None:
    """The first part of the query that is not evaluated yet, by its name in the language: `count()`, `>>`."""
    return next(_list_unserved(query.body), None)


def _list_unserved(node: Stage | MetricTerm | Metric | CompareSpans) -> Iterator[str]:
    """In the order of the text."""
    match node:
        case Relation(operator, left, right) | MetricArithmetic(operator, left, right):
            yield from _list_unserved(left)
            yield f'"{operator}"'
            yield from _list_unserved(right)
        case Pipeline(stages):
            for stage in stages:
                yield from _list_unserved(stage)
            yield '"|"'
        case MetricQuery(spans, metric):
            yield from _list_unserved(spans)
            yield from _list_unserved(metric)
        case AggregateTest(function) | Metric(function):
            yield f"{function}()"
        case GroupBy():
            yield "by()"
        case Coalesce():
            yield "coalesce()"
        case Select():
            yield "select()"
        case CompareSpans():
            yield "compare()"
