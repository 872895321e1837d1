"""What a service is told about sampling, and who said so."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class RuleKind(IntEnum):
    """What a rule asks for. Its parameter is a probability, traces a second of one process, or, where it adapts, traces
    a second of each operation."""

    PROBABILISTIC = 0
    RATE_LIMITING = 1
    ADAPTIVE = 2


class Source(StrEnum):
    """Who decided: a rule made here, the file of strategies, the load, or nobody."""

    RULE = "rule"
    FILE = "file"
    ADAPTIVE = "adaptive"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What somebody decided for a service or, if `operation` is given, for the traces that begin with it.

    An empty `service` is every service that has no rule of its own.
    """

    service: str
    operation: str
    kind: RuleKind
    param: float
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationDecision:
    """The probability for traces that begin with `operation`, and a sentence that says why."""

    operation: str
    probability: float
    source: Source
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """What one service is told.

    `traces_per_second` is None unless each process limits its rate; `probability` then only serves who cannot do that.
    `operations` are exceptions, by name; who samples by them sends at least `lower_bound_per_second` traces of each.
    """

    service: str
    probability: float
    traces_per_second: float | None
    operations: tuple[OperationDecision, ...]
    lower_bound_per_second: float
    source: Source
    reason: str
