"""What services would send if they were told something else. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from services_map.domain.sampling.strategy import OperationDecision, Source, Strategy

SECONDS_A_DAY: Final = 86_400
#: An operation of which fewer traces a second are kept is one that nobody finds a trace of when it is needed.
RARE_PER_SECOND: Final = 1 / 3_600
#: A smaller probability says nothing of what was left out: the few traces are too few.
_LEAST_PROBABILITY: Final = 1e-6


class Known(Enum):
    """How it is known how many traces begin."""

    #: All of them are sent, or each says for how many it stands.
    COUNTED = auto()
    #: From what is sent and the probability that it was told.
    ESTIMATED = auto()
    #: Nobody says what was left out: at least what was sent.
    AT_LEAST = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginnings:
    """Traces that begin with an operation (or, where that is empty, in a service), a second.

    `sent` are those that were kept, `begun` all of them. `error_share` is that of the kept ones, None of none.
    """

    operation: str
    sent: float
    begun: float
    known: Known
    error_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Of each second: traces, those of them whose first span failed, and spans.

    `rare_operations` are those of which something is left out and hardly a trace is sent.
    """

    traces: float
    failed: float
    spans: float
    rare_operations: int

    def bytes_a_day(self, bytes_a_span: float) -> float:
        return self.spans * bytes_a_span * SECONDS_A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Traces that began in a window: how many were kept, for how many those stand, how many of them failed."""

    count: int
    weight: float
    failed: int


def estimate_beginnings(operation: str, counted: Counted, seconds: float, probability: float | None) -> Beginnings:
    """`probability` is what was told in all of the window; None where it changed, or was no probability."""
    sent = counted.count / seconds
    begun, known = sent, Known.AT_LEAST
    if counted.weight > counted.count:
        begun, known = counted.weight / seconds, Known.COUNTED
    elif probability == 1:
        known = Known.COUNTED
    elif probability is not None and probability >= _LEAST_PROBABILITY and counted.count:
        begun, known = sent / probability, Known.ESTIMATED
    return Beginnings(
        operation=operation,
        sent=sent,
        begun=begun,
        known=known,
        error_share=counted.failed / counted.count if counted.count else None,
    )


def forecast(strategy: Strategy, beginnings: Sequence[Beginnings], spans_a_trace: float) -> Forecast:
    """What one process, or all together where no rate is limited, would send if told `strategy`."""
    chosen = {decision.operation: decision.probability for decision in strategy.operations}
    least = strategy.lower_bound_per_second if strategy.operations else 0.0
    sent = [
        max(each.begun * chosen.get(each.operation, strategy.probability), min(each.begun, least))
        for each in beginnings
    ]
    if strategy.traces_per_second is not None:
        sent = _limit(beginnings, sent, chosen, strategy.traces_per_second)
    return _sum_up(beginnings, sent, spans_a_trace)


def _limit(
    beginnings: Sequence[Beginnings], sent: Sequence[float], chosen: dict[str, float], per_second: float
) -> list[float]:
    """The exceptions as they are; of all others together so many, each its share."""
    others = sum(each.begun for each in beginnings if each.operation not in chosen)
    share = min(1.0, per_second / others) if others else 1.0
    pairs = zip(beginnings, sent, strict=True)
    return [rate if each.operation in chosen else each.begun * share for each, rate in pairs]


def _sum_up(beginnings: Sequence[Beginnings], sent: Sequence[float], spans_a_trace: float) -> Forecast:
    traces = sum(sent)
    pairs = list(zip(beginnings, sent, strict=True))
    return Forecast(
        traces=traces,
        failed=sum(rate * (each.error_share or 0.0) for each, rate in pairs),
        spans=traces * spans_a_trace,
        rare_operations=sum(rate < min(each.begun, RARE_PER_SECOND) for each, rate in pairs),
    )


def measure_now(beginnings: Sequence[Beginnings], spans_a_trace: float) -> Forecast:
    """What is sent now."""
    return _sum_up(beginnings, [each.sent for each in beginnings], spans_a_trace)


def forecast_share(probability: float, beginnings: Sequence[Beginnings], spans_a_trace: float) -> Forecast:
    """What would be sent if each trace were sent with this probability, whatever its operation."""
    return _sum_up(beginnings, [each.begun * probability for each in beginnings], spans_a_trace)


def settle(strategy: Strategy, beginnings: Sequence[Beginnings], targets: Mapping[str, float]) -> Strategy:
    """The strategy once every operation that has a target, in traces a second, has come to it at this load."""
    decided = {decision.operation: decision for decision in strategy.operations}
    for each in beginnings:
        if (target := targets.get(each.operation)) is not None:
            decided[each.operation] = OperationDecision(
                operation=each.operation,
                probability=min(1.0, target / each.begun) if each.begun else 1.0,
                source=Source.ADAPTIVE,
                reason="",
            )
    return replace(strategy, operations=tuple(decided.values()))
