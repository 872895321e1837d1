"""Lines of the tables on the pages of sampling. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from services_map.domain.sampling.choosing import Decided, choose
from services_map.domain.sampling.forecast import SECONDS_A_DAY, Beginnings, Counted, Forecast
from services_map.domain.sampling.strategy import OperationDecision, Rule, Strategy
from services_map.domain.sampling.trace_sizes import find_beginners
from services_map.pages.figure_words import spell_share
from services_map.pages.sampling.measuring import Measured
from services_map.pages.sampling.wording import (
    SOURCES,
    describe_rule,
    describe_told,
    spell_begun,
    spell_bytes,
    spell_decided,
    spell_per,
    spell_probability,
    spell_usual,
)
from services_map.reading.beginnings import ServiceTraffic, Traffic

#: Lines of a table: more are counted, not listed.
MAX_LINES: Final = 200
#: Services named in a sentence.
MAX_NAMED: Final = 8
NOTHING: Final = Counted(count=0, weight=0.0, failed=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """What a service is told and sends; figures are empty of one that begins no trace. `slot` is its colour."""

    name: str
    slot: int | None
    told: str
    source: str
    source_label: Promise
    reason: str
    sent: str
    failed: str
    spans: str
    bytes_a_day: str
    spans_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLine:
    """`rule` is that made for this operation of this service; `is_own` says whether it is told a probability of its
    own, or that of its service."""

    name: str
    told: str
    source: str
    source_label: Promise
    reason: str
    is_own: bool
    begun: str
    sent: str
    failed: str
    rule: Rule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule and what it asks for."""

    rule: Rule
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """What would be sent, in words. `kept` is how much of it is kept at a time; empty where all is kept for ever."""

    traces: str
    failed: str
    spans: str
    bytes_a_day: str
    kept: str
    rare: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLine:
    """What would be sent with a probability, which `text` spells."""

    text: str
    cost: CostLine


def list_services(strategies: Sequence[Strategy], traffic: Traffic, bytes_a_span: float) -> list[ServiceLine]:
    """Those whose traces cost most first, then by name."""
    lines = [
        _make_line(strategy, traffic.services.get(strategy.service), traffic.seconds, bytes_a_span)
        for strategy in strategies
    ]
    return sorted(lines, key=lambda line: (-line.spans_per_second, line.name.casefold()))


def describe_anyone(strategy: Strategy) -> ServiceLine:
    """What a service is told that nobody decided for."""
    return _make_line(strategy, None, 1.0, 0.0)


def _make_line(strategy: Strategy, found: ServiceTraffic | None, seconds: float, bytes_a_span: float) -> ServiceLine:
    begun = found.begun if found else NOTHING
    rate = begun.count / seconds
    spans = rate * found.spans_a_trace if found else 0.0
    return ServiceLine(
        name=strategy.service,
        slot=found.service.slot if found else None,
        told=describe_told(strategy),
        source=strategy.source.value,
        source_label=SOURCES[strategy.source],
        reason=strategy.reason,
        sent=spell_per(rate) if rate else "",
        failed=spell_share(begun.failed / begun.count) if rate else "",
        spans=spell_per(spans) if rate else "",
        bytes_a_day=spell_bytes(spans * bytes_a_span * SECONDS_A_DAY) if rate else "",
        spans_per_second=spans,
    )


def list_beginners(service: str, traffic: Traffic, decided: Decided) -> list[ServiceLine]:
    """The services that decide about traces which reach this one from elsewhere."""
    spans = {name: found.spans for name, found in traffic.services.items()}
    return [
        _make_line(choose(name, decided), traffic.services[name], traffic.seconds, 0.0)
        for name in find_beginners(service, spans, traffic.calls)
    ]


def list_operations(measured: Measured, decided: Decided) -> list[OperationLine]:
    """Those with the most traces first, then those that are told something and sent nothing."""
    rules = decided.rules.get(measured.service, {})
    told = {each.operation: each for each in measured.strategy.operations}
    seen = {each.operation: each for each in measured.beginnings}
    silent = sorted((told.keys() | rules.keys()) - seen.keys() - {""})
    return [
        _make_operation(name, seen.get(name), told.get(name), rules.get(name), measured.strategy)
        for name in (*seen, *silent)
    ]


def _make_operation(
    name: str, seen: Beginnings | None, told: OperationDecision | None, rule: Rule | None, strategy: Strategy
) -> OperationLine:
    source = told.source if told else strategy.source
    usual = describe_told(strategy) if strategy.traces_per_second is not None else spell_usual(strategy)
    return OperationLine(
        name=name,
        told=spell_decided(told) if told else usual,
        source=source.value,
        source_label=SOURCES[source],
        reason=told.reason if told else "",
        is_own=told is not None,
        begun=spell_begun(seen) if seen else "",
        sent=spell_per(seen.sent) if seen else "",
        failed=spell_share(seen.error_share) if seen else "",
        rule=rule,
    )


def list_rules(rules: Iterable[Rule]) -> list[RuleLine]:
    """By service and operation; those for every service first."""
    ordered = sorted(rules, key=lambda rule: (rule.service.casefold(), rule.operation))
    return [RuleLine(rule=rule, text=describe_rule(rule)) for rule in ordered]


def describe_cost(found: Forecast, bytes_a_span: float, kept_days: float) -> CostLine:
    """`kept_days` is how long spans are kept; 0: for ever."""
    a_day = found.bytes_a_day(bytes_a_span)
    return CostLine(
        traces=spell_per(found.traces),
        failed=spell_per(found.failed),
        spans=spell_per(found.spans),
        bytes_a_day=spell_bytes(a_day),
        kept=spell_bytes(a_day * kept_days) if kept_days else "",
        rare=found.rare_operations,
    )


def list_share_lines(
    shares: Sequence[tuple[float, Forecast]], bytes_a_span: float, kept_days: float
) -> list[ShareLine]:
    """In the order given."""
    return [
        ShareLine(text=spell_probability(share), cost=describe_cost(found, bytes_a_span, kept_days))
        for share, found in shares
    ]
