"""Random trees of the whole language, as the parser makes them: well typed, nothing folded that can be unfolded."""

from typing import Any

from hypothesis import strategies as st

from traces.domain.traceql.query_tree import (
    COMPARISONS,
    JOINS,
    RELATIONS,
    AggregateTest,
    Best,
    Coalesce,
    CompareSpans,
    GroupBy,
    Hint,
    Metric,
    MetricArithmetic,
    MetricQuery,
    Pipeline,
    Query,
    Relation,
    Select,
    Threshold,
)
from traces.domain.traceql.tree import (
    All,
    Arithmetic,
    Attribute,
    Compare,
    Field,
    Filter,
    Intrinsic,
    Is,
    Literal,
    Missing,
    Negative,
    Not,
    Present,
    Scope,
    Some,
    ValueType,
)
from traces.domain.traceql.words import FIELD_METRICS, FIELD_TYPES, KINDS, MAX_INT, MIN_INT, PLAIN_METRICS, STATUSES

_CHARACTERS = "ab 1.-/\"\\`'{}\n\0é🙂\u2028"
_TEXTS = st.one_of(
    st.sampled_from(["", "a", 'Ann "A" B', "a`b", "\\d+", "tab\tline\n", "né 🙂"]), st.text(_CHARACTERS, max_size=6)
)
_KEYS = st.one_of(
    st.sampled_from(["a", "http.route", "4xx", "a-1", "a b", 'q"q', "x\\", "{}", "k:v", "//", "span.a"]),
    st.text(_CHARACTERS, min_size=1, max_size=5),
)
ATTRIBUTES = st.builds(Attribute, st.sampled_from(Scope), _KEYS)
NUMERIC = [which for which in Field if FIELD_TYPES[which] in (ValueType.INT, ValueType.DURATION)]
TEXTUAL = [which for which in Field if FIELD_TYPES[which] is ValueType.TEXT]
_INTS = st.builds(
    Literal, st.just(ValueType.INT), st.one_of(st.integers(-9, 999), st.sampled_from([MIN_INT, MAX_INT, -MAX_INT]))
)
_LEAST = Literal(ValueType.INT, MIN_INT)
_FLOATS = st.builds(Literal, st.just(ValueType.FLOAT), st.floats(allow_nan=False, allow_infinity=False))
_DURATIONS = st.builds(
    Literal,
    st.just(ValueType.DURATION),
    st.one_of(st.integers(-MAX_INT, MAX_INT), st.sampled_from([0, 1, 1_500, 5_400_000_000_000])),
)
_NUMBERS = st.one_of(_INTS, _FLOATS, _DURATIONS)
_TEXT_LITERALS = st.builds(Literal, st.just(ValueType.TEXT), _TEXTS)
_BOOLEANS = st.builds(Literal, st.just(ValueType.BOOLEAN), st.booleans())
_PATTERNS = st.builds(Literal, st.just(ValueType.TEXT), st.sampled_from(["a.*", "(?i)x|y", "\\d{2}", '[`"]', ""]))


def arithmetic(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Leaves, and what is calculated from them. A minus before a literal would have become part of it."""
    negatable = leaves.filter(lambda node: not isinstance(node, Literal) or node == _LEAST)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Arithmetic, st.sampled_from("+-*/%^"), inner, inner),
            st.builds(Negative, inner.filter(lambda node: isinstance(node, Arithmetic | Negative)) | negatable),
        ),
        max_leaves=4,
    )


CONSTANTS = arithmetic(_NUMBERS)
NUMBERS = arithmetic(st.one_of(_NUMBERS, ATTRIBUTES, st.builds(Intrinsic, st.sampled_from(NUMERIC))))
TEXT_FIELDS = st.one_of(ATTRIBUTES, st.builds(Intrinsic, st.sampled_from(TEXTUAL)))
FIELDS = st.one_of(ATTRIBUTES, st.builds(Intrinsic, st.sampled_from(Field)))
_ALIKE = st.sampled_from(["=", "!="])
_ORDERS = st.sampled_from(sorted(COMPARISONS))


def words_of(which: Field, kind: ValueType, words: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.builds(
        Compare, _ALIKE, st.just(Intrinsic(which)), st.builds(Literal, st.just(kind), st.sampled_from(words))
    )


_IS = st.builds(Is, st.one_of(ATTRIBUTES, _BOOLEANS))
_ATOMS = st.one_of(
    st.builds(Compare, _ORDERS, NUMBERS, NUMBERS),
    st.builds(Compare, _ORDERS, TEXT_FIELDS, st.one_of(_TEXT_LITERALS, TEXT_FIELDS)),
    st.builds(Compare, st.sampled_from(["=~", "!~"]), TEXT_FIELDS, _PATTERNS),
    st.builds(Compare, _ALIKE, ATTRIBUTES, _BOOLEANS),
    words_of(Field.STATUS, ValueType.STATUS, STATUSES),
    words_of(Field.KIND, ValueType.KIND, KINDS),
    st.builds(Present, FIELDS),
    st.builds(Missing, ATTRIBUTES.filter(lambda it: (it.scope, it.key) != (Scope.RESOURCE, "service.name"))),
    _IS,
)


def grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Conditions of conditions; All and Some hold none of their own kind."""
    no_all = inner.filter(lambda node: not isinstance(node, All))
    no_some = inner.filter(lambda node: not isinstance(node, Some))
    return st.one_of(
        st.builds(Not, inner),
        st.builds(All, st.lists(no_all, min_size=2, max_size=3).map(tuple)),
        st.builds(Some, st.lists(no_some, min_size=2, max_size=3).map(tuple)),
    )


CONDITIONS = st.recursive(_ATOMS, grow, max_leaves=5)
FILTERS = st.builds(Filter, st.one_of(st.none(), CONDITIONS))
SMALL_FILTERS = st.builds(Filter, st.one_of(st.none(), _ATOMS))


def aggregate_tests() -> st.SearchStrategy[AggregateTest]:
    of_numbers = st.sampled_from(["avg", "min", "max", "sum"])
    return st.one_of(
        st.builds(AggregateTest, st.just("count"), st.none(), _ORDERS, CONSTANTS),
        st.builds(AggregateTest, of_numbers, NUMBERS, _ORDERS, CONSTANTS),
    )


_GROUPS = st.builds(GroupBy, st.one_of(FIELDS, NUMBERS, CONDITIONS.filter(lambda node: not isinstance(node, Is))))
_SELECTS = st.builds(Select, st.lists(FIELDS, min_size=1, max_size=3).map(tuple))
_LATER = st.one_of(aggregate_tests(), _GROUPS, _SELECTS, st.just(Coalesce()))


def grow_spans(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    plain = inner.filter(lambda node: not isinstance(node, Pipeline))
    pipelines = st.builds(
        lambda first, later: Pipeline((first, *later)), plain, st.lists(_LATER | plain, min_size=1, max_size=2)
    )
    alone = st.builds(lambda stage: Pipeline((stage,)), st.one_of(aggregate_tests(), _GROUPS, _SELECTS))
    relations = st.builds(Relation, st.sampled_from(sorted(RELATIONS | JOINS)), inner, inner)
    return st.one_of(relations, pipelines, alone)


SPANS = st.recursive(SMALL_FILTERS, grow_spans, max_leaves=4)
_NUMERIC_FIELDS = st.one_of(ATTRIBUTES, st.builds(Intrinsic, st.sampled_from(NUMERIC)))
_BY = st.lists(FIELDS, max_size=2).map(tuple)
_QUANTILES = st.lists(st.floats(0, 1), min_size=1, max_size=3).map(tuple)
_WHOLE = st.integers(1, 99)
METRICS = st.one_of(
    st.builds(Metric, st.sampled_from(PLAIN_METRICS), st.none(), by=_BY),
    st.builds(Metric, st.sampled_from(FIELD_METRICS), _NUMERIC_FIELDS, by=_BY),
    st.builds(Metric, st.just("quantile_over_time"), _NUMERIC_FIELDS, _QUANTILES, by=_BY),
)
_PLAIN_NUMBERS = st.one_of(_INTS, _FLOATS)
_STEPS = st.lists(
    st.one_of(
        st.builds(Best, st.sampled_from(["topk", "bottomk"]), _WHOLE),
        st.builds(Threshold, _ORDERS, st.one_of(_DURATIONS, arithmetic(_PLAIN_NUMBERS))),
    ),
    max_size=2,
).map(tuple)
QUERIES_OF_METRICS = st.builds(MetricQuery, SPANS, METRICS, _STEPS)


def grow_series(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    operators = st.sampled_from("+-*/")
    numbers = arithmetic(_PLAIN_NUMBERS)
    return st.one_of(
        st.builds(MetricArithmetic, operators, inner, st.one_of(inner, numbers), _STEPS),
        st.builds(MetricArithmetic, operators, numbers, inner, _STEPS),
    )


SERIES = st.recursive(QUERIES_OF_METRICS, grow_series, max_leaves=3)
COMPARISONS_OF_SPANS = st.builds(
    MetricQuery,
    SPANS,
    st.one_of(
        st.builds(CompareSpans, SMALL_FILTERS, _WHOLE), st.builds(CompareSpans, SMALL_FILTERS, _WHOLE, _WHOLE, _WHOLE)
    ),
)
_HINTS = st.builds(Hint, st.sampled_from(["sample", "most_recent", "new"]), st.one_of(_BOOLEANS, _TEXT_LITERALS))
QUERIES = st.builds(
    Query,
    st.one_of(FILTERS, SPANS, SERIES, COMPARISONS_OF_SPANS),
    st.lists(_HINTS, max_size=2).map(tuple),
)
