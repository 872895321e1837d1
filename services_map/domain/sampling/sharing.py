"""The operations of one service: which have a probability of their own, and what all others are told."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services_map.domain.sampling.adaptive import (
    LEAST_PROBABILITY,
    MAX_OPERATIONS,
    OTHERS,
    OTHERS_TARGETS,
    Reason,
    Sampled,
    Told,
)
from services_map.domain.sampling.following import MOST_RAISED, Load, follow, forget, tell

#: What came no more for so long is forgotten.
FORGOTTEN_AFTER_S: Final = 86_400
#: What others are told changes only where it is off by more than this.
_OTHERS_TOLERANCE: Final = 0.25
#: One that is known gives way to one that has so many times as many traces.
_STAYING_POWER: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a service: `targets` by operation, in traces a second. One that is not in it does not adapt.

    `others_target` is the target of operations that nobody knows yet, None if the service as a whole does not adapt;
    `probability` is what it is told before anything is known.
    """

    service: str
    targets: Mapping[str, float]
    others_target: float | None
    probability: float


def adapt(asked: Asked, known: Sequence[Sampled], loads: Mapping[str, Load], now_s: int) -> list[Sampled]:
    """What is known of the service from now on; what is missing in it is to be forgotten.

    Where nothing at all came of the service nothing is learned of it: it stopped, or it cannot reach us.
    """
    before = {each.operation: each for each in known}
    others = before.pop(OTHERS, None) or _begin_others(asked, now_s)
    wanted = {name: each for name, each in before.items() if name in asked.targets and not _is_over(each, now_s)}
    if any(sum(load.sent) for load in loads.values()):
        for name in loads.keys() & asked.targets.keys():
            wanted.setdefault(name, replace(others, operation=name, reason=Reason.NEW))
        wanted = {name: _follow(each, asked, loads, now_s) for name, each in wanted.items()}
        others = _adapt_others(others, asked, list(wanted.values()), now_s)
    kept = sorted(wanted.values(), key=lambda each: _rank(each, before.keys()))[:MAX_OPERATIONS]
    return [*kept, others] if kept and asked.others_target is not None else kept


def _begin_others(asked: Asked, now_s: int) -> Sampled:
    return Sampled(
        service=asked.service,
        operation=OTHERS,
        arriving_per_second=0.0,
        sent_per_second=0.0,
        target_per_second=0.0,
        error_share=0.0,
        reason=Reason.OTHERS,
        told=(Told(since_s=0, probability=max(asked.probability, LEAST_PROBABILITY)),),
        seen_s=0,
        measured_s=now_s,
    )


def _is_over(each: Sampled, now_s: int) -> bool:
    return now_s - each.seen_s >= FORGOTTEN_AFTER_S


def _follow(each: Sampled, asked: Asked, loads: Mapping[str, Load], now_s: int) -> Sampled:
    load = loads.get(each.operation) or Load(sent=(), failed=(), end_s=now_s)
    return follow(each, load, asked.targets[each.operation], now_s)


def _rank(each: Sampled, known: Container[str]) -> tuple[bool, float, str]:
    """Those with the most traces first; what is quiet comes last."""
    weight = each.arriving_per_second * (_STAYING_POWER if each.operation in known else 1.0)
    return each.reason is Reason.QUIET, -weight, each.operation


def _adapt_others(others: Sampled, asked: Asked, every: Sequence[Sampled], now_s: int) -> Sampled:
    """If all traces of the service came under names that nobody knows, they would send OTHERS_TARGETS at most.

    So a deployment that gives everything other names, or names with numbers in them, floods nobody.
    """
    if asked.others_target is None:
        return others
    # How many traces there are of one that does not follow what it is told is not known.
    alive = [each for each in every if each.reason not in (Reason.QUIET, Reason.UNHEEDED)]
    arriving = sum(each.arriving_per_second for each in alive)
    target = OTHERS_TARGETS * asked.others_target
    others = forget(others, now_s, now_s)
    wanted = min(1.0, max(LEAST_PROBABILITY, target / arriving)) if arriving else others.probability
    wanted = min(wanted, others.probability * MOST_RAISED)
    is_off = abs(wanted / others.probability - 1) > _OTHERS_TOLERANCE or wanted in (1.0, LEAST_PROBABILITY)
    return replace(
        others,
        arriving_per_second=arriving,
        sent_per_second=sum(each.sent_per_second for each in alive),
        target_per_second=target,
        told=tell(others.told, wanted, now_s) if is_off else others.told,
        seen_s=max(each.seen_s for each in every),
        measured_s=now_s,
    )
