"""The tree of a whole query: filters related to each other, stages, metrics, hints.

`at` is the position of a node's first character in the text, counted from 0; equality does not look at it.
"""

from dataclasses import dataclass, field
from typing import Final, TypeAlias, Union

from traces.domain.traceql.tree import Attribute, Condition, Filter, Intrinsic, Literal, Operand

#: What relates the spans right of it to those left of it.
RELATIONS: Final = frozenset(
    {">", ">>", "<", "<<", "~", "!>", "!>>", "!<", "!<<", "!~", "&>", "&>>", "&<", "&<<", "&~"}
)
#: What joins whole sets of spans; they bind less than relations.
JOINS: Final = frozenset({"&&", "||"})
COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Relation:
    """`{ … } >> { … }`; `operator` is one of RELATIONS or JOINS."""

    operator: str
    left: "SpanSet"
    right: "SpanSet"
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class AggregateTest:
    """`count() > 2`, `avg(duration) > 1s`. `operand` is None of count() only; `value` holds no field."""

    function: str
    operand: Operand | None
    operator: str
    value: Operand
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class GroupBy:
    """`by(…)` as a stage."""

    operand: Operand | Condition
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Coalesce:
    """`coalesce()`: the groups become one set again."""

    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Select:
    """`select(…)`: what to show of each span; at least one."""

    fields: tuple[Attribute | Intrinsic, ...]
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`… | …`: at least two stages, or one that is no set of spans; none of them a Pipeline that is not in brackets."""

    stages: tuple["Stage", ...]
    at: int = field(default=0, compare=False, kw_only=True)


SpanSet: TypeAlias = Union[Filter, Relation, Pipeline]
Stage: TypeAlias = Union[SpanSet, AggregateTest, GroupBy, Coalesce, Select]


@dataclass(frozen=True, slots=True)
class Metric:
    """`rate()`, `quantile_over_time(duration, 0.99)`, with `by (…)`. `operand` is None of rate() and count_over_time()
    only; `quantiles` is empty but of quantile_over_time()."""

    function: str
    operand: Attribute | Intrinsic | None
    quantiles: tuple[float, ...] = ()
    by: tuple[Attribute | Intrinsic, ...] = ()
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class CompareSpans:
    """`compare({ … }, 10, start, end)`: the selection against the rest. `top` is 10 where nothing is said; times are
    nanoseconds since 1970."""

    selection: Filter
    top: int = 10
    start_ns: int | None = None
    end_ns: int | None = None
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Best:
    """`topk(5)`, `bottomk(5)`."""

    function: str
    count: int
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Threshold:
    """`> 5` after a metric; `value` holds no field."""

    operator: str
    value: Operand
    at: int = field(default=0, compare=False, kw_only=True)


Step: TypeAlias = Union[Best, Threshold]


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """`{ … } | rate()`, and what is done with the series."""

    spans: SpanSet
    metric: Metric | CompareSpans
    steps: tuple[Step, ...] = ()
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class MetricArithmetic:
    """`+ - * /` of metrics and numbers; at least one side is a metric. A number holds no field."""

    operator: str
    left: "MetricTerm"
    right: "MetricTerm"
    steps: tuple[Step, ...] = ()
    at: int = field(default=0, compare=False, kw_only=True)


Series: TypeAlias = Union[MetricQuery, MetricArithmetic]
MetricTerm: TypeAlias = Union[Series, Operand]


@dataclass(frozen=True, slots=True)
class Hint:
    """`most_recent=true` of `with (…)`."""

    name: str
    value: Literal
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query. Of several `with (…)` the last one counts; unknown hints are kept, and mean nothing."""

    body: SpanSet | Series
    hints: tuple[Hint, ...] = ()
