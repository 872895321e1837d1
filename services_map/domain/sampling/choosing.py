"""Who decides what a service is told.

Asked in this order: rules made here, the file of strategies, the load, the default. In the first two, what is said of
the service itself comes before what is said of every service. Whoever decides for the service as a whole ends the
search: exceptions for single operations hold if they come from there or from before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services_map.domain.sampling.rules import MAX_NAME_LENGTH, RuleBook
from services_map.domain.sampling.strategy import OperationDecision, Rule, RuleKind, Source, Strategy
from services_map.domain.sampling.words import spell_traces_a_second

#: So many operations a Go client keeps apart.
MAX_OPERATIONS: Final = 256
#: Jaeger's, for who is told to limit its rate and cannot.
FALLBACK_PROBABILITY: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """All that was decided, for every service.

    `by_load` has the operations of each service, those with the most traces first; `others_by_load` says what all other
    operations of a service are told. `target_per_second` and `is_adaptive` are those of the settings, for services that
    nobody decided for.
    """

    rules: RuleBook
    file: RuleBook
    by_load: Mapping[str, Sequence[OperationDecision]]
    others_by_load: Mapping[str, OperationDecision]
    is_adaptive: bool
    target_per_second: float
    default_probability: float
    least_per_second: float


def choose(service: str, decided: Decided) -> Strategy:
    """What the service is told. Its name may be of a service that nobody knows."""
    exceptions: dict[str, Rule] = {}
    for book in (decided.rules, decided.file):
        own, general = book.get(service, {}), book.get("", {})
        for operation, rule in {**general, **own}.items():
            if operation:
                exceptions.setdefault(operation, rule)
        if decider := own.get("") or general.get(""):
            return _follow(decider, exceptions, service, decided)
    if decided.is_adaptive:
        target = spell_traces_a_second(decided.target_per_second)
        reason = f"No rule, no file: it follows the load, to {target} of each operation."
        return _adapt(Source.ADAPTIVE, reason, exceptions, service, decided)
    reason = "No rule, no file: SAMPLING_DEFAULT_PROBABILITY holds."
    return _mix(Source.DEFAULT, reason, decided.default_probability, exceptions, service, decided)


def find_target_per_second(service: str, operation: str, decided: Decided) -> float | None:
    """Traces a second that the operation shall send, if its probability follows the load."""
    for book in (decided.rules, decided.file):
        own, general = book.get(service, {}), book.get("", {})
        rule = own.get(operation) or general.get(operation) or own.get("") or general.get("")
        if rule:
            return rule.param if rule.kind is RuleKind.ADAPTIVE else None
    return decided.target_per_second if decided.is_adaptive else None


def _follow(rule: Rule, exceptions: Mapping[str, Rule], service: str, decided: Decided) -> Strategy:
    """What a rule says for a whole service."""
    said = _name(rule)
    if rule.kind is RuleKind.ADAPTIVE:
        reason = f"{said} lets it follow the load, to {spell_traces_a_second(rule.param)} of each operation."
        return _adapt(rule.source, reason, exceptions, service, decided)
    if rule.kind is RuleKind.PROBABILISTIC:
        reason = f"{said} says so."
        return _mix(rule.source, reason, rule.param, exceptions, service, decided)
    # No client does both: what is said of this service holds, and exceptions if both are said of it, or of all.
    if any(each.service or not rule.service for each in exceptions.values()):
        reason = (
            f"{said} limits it to {spell_traces_a_second(rule.param)}, but some operations are exceptions, and no"
            f" client does both: all others are sent with a probability of {FALLBACK_PROBABILITY:g}."
        )
        return _mix(rule.source, reason, FALLBACK_PROBABILITY, exceptions, service, decided)
    ignored = " Exceptions for every service cannot be told together with a rate." if exceptions else ""
    return Strategy(
        service=service,
        probability=FALLBACK_PROBABILITY,
        traces_per_second=rule.param,
        operations=(),
        lower_bound_per_second=0.0,
        source=rule.source,
        reason=f"{said} limits each of its processes to {spell_traces_a_second(rule.param)}.{ignored}",
    )


def _mix(
    source: Source, reason: str, probability: float, exceptions: Mapping[str, Rule], service: str, decided: Decided
) -> Strategy:
    """One probability, with exceptions."""
    operations = tuple(_except(exceptions, decided.by_load.get(service, ())))
    return _make(service, probability, operations, 0.0, source, reason)


def _adapt(source: Source, reason: str, exceptions: Mapping[str, Rule], service: str, decided: Decided) -> Strategy:
    """What the load says of each operation, with exceptions."""
    by_load = [each for each in decided.by_load.get(service, ()) if len(each.operation) <= MAX_NAME_LENGTH]
    operations = (*_except(exceptions, by_load), *(each for each in by_load if each.operation not in exceptions))
    # Who shall send nothing of an operation would send the lower bound of it.
    is_any_silent = any(each.probability == 0 for each in operations)
    least = 0.0 if is_any_silent else decided.least_per_second
    others = decided.others_by_load.get(service)
    probability = others.probability if others else decided.default_probability
    return _make(service, probability, operations, least, source, reason)


def _except(exceptions: Mapping[str, Rule], by_load: Sequence[OperationDecision]) -> Iterator[OperationDecision]:
    """The exceptions that can be told: one that follows the load has no probability before it was measured."""
    measured = {each.operation: each for each in by_load}
    for operation, rule in exceptions.items():
        if rule.kind is RuleKind.PROBABILISTIC:
            yield OperationDecision(
                operation=operation, probability=rule.param, source=rule.source, reason=f"{_name(rule)} says so."
            )
        elif rule.kind is RuleKind.ADAPTIVE and operation in measured:
            yield measured[operation]


def _make(
    service: str,
    probability: float,
    operations: Sequence[OperationDecision],
    least_per_second: float,
    source: Source,
    reason: str,
) -> Strategy:
    told = operations[:MAX_OPERATIONS]
    if len(operations) > len(told):
        reason += (
            f" A client keeps {MAX_OPERATIONS} operations apart; the others of these {len(operations):,} are told"
            " what the rest is told."
        )
    return Strategy(
        service=service,
        probability=probability,
        traces_per_second=None,
        operations=tuple(sorted(told, key=lambda each: each.operation)),
        lower_bound_per_second=least_per_second,
        source=source,
        reason=reason,
    )


def _name(rule: Rule) -> str:
    """The rule, as the subject of a sentence."""
    if rule.source is Source.FILE:
        return "Its entry in the strategies file" if rule.service else "The default of the strategies file"
    what = "operation" if rule.operation else "service"
    if rule.service:
        return f"A rule for this {what}"
    return "A rule for this operation of every service" if rule.operation else "A rule for every service"
