"""What is known of the traces that begin in services, to be held against what these are told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services_map.domain.sampling.adaptive import OTHERS, Sampled
from services_map.domain.sampling.choosing import Decided, choose, find_target_per_second
from services_map.domain.sampling.forecast import Beginnings, Counted, Known, estimate_beginnings
from services_map.domain.sampling.strategy import Strategy
from services_map.reading.beginnings import load_beginnings
from services_map.sampling.adapted import load_sampled
from services_map.sampling.rules import list_changes
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND
from traces.storage.base import ProjectId

#: Processes ask once a minute, and begin to do as told then.
ASKING_NS: Final = 90 * NS_PER_SECOND
_MINUTE_NS: Final = 60 * NS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The traces that began in a service in `window`, by operation, those sent most first.

    `is_settled` says whether the service was told in all of it what it is told now. The window begins when that began,
    where enough of it is left then.
    """

    service: str
    strategy: Strategy
    beginnings: tuple[Beginnings, ...]
    window: Window
    is_settled: bool


def measure(
    project: ProjectId, services: Collection[str], decided: Decided, window: Window, now_ns: int
) -> dict[str, Measured]:
    """Of each of these services. Raises StoreUnavailable."""
    changes = list_changes(project)
    by_window: dict[tuple[Window, bool], list[str]] = defaultdict(list)
    for service in services:
        by_window[choose_window(service, changes, window, now_ns)].append(service)
    every = load_sampled(project, next(iter(services)) if len(services) == 1 else None)
    sampled = {(each.service, each.operation): each for each in every if each.operation != OTHERS}
    found: dict[str, Measured] = {}
    for (measured, is_settled), names in by_window.items():
        counts, seconds = load_beginnings(project, measured, names, now_ns)
        for service in names:
            strategy = choose(service, decided)
            told = strategy if is_settled else None
            beginnings = _estimate(service, counts[service], seconds, told, decided, sampled)
            ordered = sorted(beginnings, key=lambda each: (-each.sent, each.operation))
            found[service] = Measured(
                service=service,
                strategy=strategy,
                beginnings=tuple(ordered),
                window=measured,
                is_settled=is_settled,
            )
    return found


def choose_window(
    service: str, changes: Mapping[tuple[str, str], int], window: Window, now_ns: int
) -> tuple[Window, bool]:
    """The part of a window in which a service was told what it is told now, and whether it is long enough to measure.

    All of the window, where it is not.
    """
    changed_ns = max((at_ns for (of, _), at_ns in changes.items() if of in ("", service)), default=0)
    if changed_ns + ASKING_NS <= window.start_ns:
        return window, True
    start_ns = -(-(changed_ns + ASKING_NS) // _MINUTE_NS) * _MINUTE_NS
    if start_ns > min(now_ns, window.end_ns) - _MINUTE_NS:
        return window, False
    return Window(start_ns=start_ns, end_ns=window.end_ns), True


def _estimate(
    service: str,
    counts: Mapping[str, Counted],
    seconds: float,
    told: Strategy | None,
    decided: Decided,
    sampled: Mapping[tuple[str, str], Sampled],
) -> Iterator[Beginnings]:
    """`told` is None of a service that was told several things in that time."""
    exceptions = {each.operation: each.probability for each in told.operations} if told else {}
    is_limited = told is None or told.traces_per_second is not None
    for operation, counted in counts.items():
        known = sampled.get((service, operation))
        if known and find_target_per_second(service, operation, decided) is not None:
            yield _follow_load(operation, counted, seconds, known)
            continue
        usual = None if is_limited or told is None else told.probability
        yield estimate_beginnings(operation, counted, seconds, exceptions.get(operation, usual))


def _follow_load(operation: str, counted: Counted, seconds: float, known: Sampled) -> Beginnings:
    """Whose probability changes all the time was measured with each of them."""
    return Beginnings(
        operation=operation,
        sent=counted.count / seconds,
        begun=max(known.arriving_per_second, counted.count / seconds),
        known=Known.COUNTED if known.probability == 1 else Known.ESTIMATED,
        error_share=counted.failed / counted.count if counted.count else None,
    )


def find_targets(service: str, beginnings: Iterable[Beginnings], decided: Decided) -> dict[str, float]:
    """Traces a second that operations shall send whose probability follows the load."""
    targets = {each.operation: find_target_per_second(service, each.operation, decided) for each in beginnings}
    return {operation: target for operation, target in targets.items() if target is not None}
