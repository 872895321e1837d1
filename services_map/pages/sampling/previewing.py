"""What a rule would change, before it is made. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services_map.domain.sampling.choosing import Decided, choose
from services_map.domain.sampling.forecast import (
    Beginnings,
    Forecast,
    Known,
    forecast,
    forecast_share,
    measure_now,
    settle,
)
from services_map.domain.sampling.rules import make_book
from services_map.domain.sampling.strategy import Rule, RuleKind, Source
from services_map.pages.sampling.measuring import Measured, find_targets

SHARES: Final = (1.0, 0.5, 0.2, 0.1, 0.05, 0.01, 0.001)
NOTHING: Final = Forecast(traces=0.0, failed=0.0, spans=0.0, rare_operations=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is sent `now`, and what would be `then`, by `services` that are told something else then.

    `is_least`: of some traces nobody knows how many begin. `is_limited`: it is what one process of each would send.
    """

    now: Forecast
    then: Forecast
    services: Sequence[Measured]
    is_least: bool
    is_limited: bool


def decide_otherwise(decided: Decided, service: str, operation: str, rule: Rule | None) -> Decided:
    """As if there were this rule for the traces of a service (that begin with an operation), or none."""
    rules = [
        each for of_service in decided.rules.values() for each in of_service.values()
        if (each.service, each.operation) != (service, operation)
    ]  # fmt: skip
    return replace(decided, rules=make_book([*rules, rule] if rule else rules))


def preview(measured: Iterable[Measured], then: Decided, sizes: Mapping[str, float]) -> Preview:
    """`sizes` is how many spans a trace has that begins in each service; `then` is what would be decided."""
    changed = [each for each in measured if choose(each.service, then) != each.strategy]
    strategies = [choose(each.service, then) for each in changed]
    pairs = list(zip(changed, strategies, strict=True))
    return Preview(
        now=add(measure_now(each.beginnings, sizes.get(each.service, 0.0)) for each in changed),
        then=add(
            forecast(
                settle(strategy, each.beginnings, find_targets(each.service, each.beginnings, then)),
                each.beginnings,
                sizes.get(each.service, 0.0),
            )
            for each, strategy in pairs
        ),
        services=changed,
        is_least=any(each.known is Known.AT_LEAST for of_service in changed for each in of_service.beginnings),
        is_limited=any(strategy.traces_per_second is not None for strategy in strategies),
    )


def list_shares(
    measured: Sequence[Measured], operation: str, sizes: Mapping[str, float]
) -> list[tuple[float, Forecast]]:
    """What would be sent at each of SHARES, of all traces or of those that begin with an operation."""
    return [
        (
            share,
            add(
                forecast_share(share, narrow(each.beginnings, operation), sizes.get(each.service, 0.0))
                for each in measured
            ),
        )
        for share in SHARES
    ]


def list_concerned(measured: Iterable[Measured], decided: Decided, service: str) -> list[Measured]:
    """Those that a rule for the service (empty: for every service) would be for."""
    rule = Rule(service=service, operation="", kind=RuleKind.PROBABILISTIC, param=0.5, source=Source.RULE)
    other = replace(rule, param=0.25)
    one, two = (decide_otherwise(decided, service, "", each) for each in (rule, other))
    return [each for each in measured if choose(each.service, one) != choose(each.service, two)]


def narrow(beginnings: Sequence[Beginnings], operation: str) -> Sequence[Beginnings]:
    """Those of one operation; all, if none is named."""
    return [each for each in beginnings if operation in ("", each.operation)]


def add(parts: Iterable[Forecast]) -> Forecast:
    """All together."""
    total = NOTHING
    for part in parts:
        total = Forecast(
            traces=total.traces + part.traces,
            failed=total.failed + part.failed,
            spans=total.spans + part.spans,
            rare_operations=total.rare_operations + part.rare_operations,
        )
    return total
