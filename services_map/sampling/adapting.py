"""Once a minute: what operations send is looked at, and the probabilities that are told follow it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import structlog

from services_map.domain.latency.covering import Piece
from services_map.domain.latency.levels import MINUTE, align_down
from services_map.domain.sampling.adaptive import OTHERS, Sampled
from services_map.domain.sampling.choosing import Decided, choose, find_target_per_second
from services_map.domain.sampling.following import MINUTES, Load
from services_map.domain.sampling.loads import Name, read_loads
from services_map.domain.sampling.rules import MAX_NAME_LENGTH, is_any_adaptive
from services_map.domain.sampling.sharing import Asked, adapt
from services_map.models import Subject
from services_map.sampling.decided import load_decided
from services_map.storage import sampled_operations
from services_map.storage.joined_rows import list_counted_projects, read_joined_rows, read_newest_received_ns
from traces.domain.search_text import NS_PER_SECOND
from traces.storage import get_store
from traces.storage.base import ProjectId

#: Spans that came so long ago are counted.
COUNTED_AFTER_S: Final = 30
#: Who comes sooner after somebody else has nothing to do.
_LEAST_BETWEEN_S: Final = 30
#: Operations of a project that have a probability of their own; of services beyond that none has.
MAX_SAMPLED: Final = 20_000
#: What is known is written again if a figure is off by so much, or it is so old.
_NEWS_SHARE: Final = 0.1
_NEWS_S: Final = 300

_Value = TypeVar("_Value")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What one look did: operations that are known now, and those that are told another probability."""

    operations: int
    changed: int


NOTHING: Final = Followed(operations=0, changed=0)


def list_sampled_projects() -> list[ProjectId]:
    """The projects whose load may be followed. Raises StoreUnavailable."""
    return [ProjectId(project) for project in list_counted_projects()]


def follow_load(project: ProjectId, now_s: int) -> Followed:
    """Look at the last minutes that are counted, and decide. Whoever else does so at the same time, one of both counts.

    Raises StoreUnavailable.
    """
    generation, adapted_s = sampled_operations.read_state(project)
    if 0 <= now_s - adapted_s < _LEAST_BETWEEN_S:
        return NOTHING
    before = {_name(each): each for each in sampled_operations.read_sampled(project)}
    decided = load_decided(project)
    ids = _find_operations(project, decided)
    if not before and not ids:
        return NOTHING
    loads = _load(project, ids, now_s)
    after = {_name(each): each for each in decide(decided, ids.keys(), before.values(), loads, now_s)}
    news = [each for name, each in after.items() if is_news(before.get(name), each)]
    with get_store().writing():
        is_written = sampled_operations.write_sampled(
            project, news, before.keys() - after.keys(), generation=generation, now_s=now_s
        )
    if not is_written:
        log.info("another worker followed the load", project=project)
        return NOTHING
    changed = sum(_is_told_anew(before.get(name), each) for name, each in after.items())
    return Followed(operations=len(after), changed=changed)


def _name(each: Sampled) -> Name:
    return each.service, each.operation


def _find_operations(project: ProjectId, decided: Decided) -> dict[Name, list[int]]:
    """The ids of every operation whose probability shall follow the load, of all kinds, if services can be told it."""
    if not decided.is_adaptive and not is_any_adaptive(decided.rules):
        return {}
    ids: dict[Name, list[int]] = defaultdict(list)
    for id_, operation in get_store().read_operations(project).items():
        if len(operation.name) <= MAX_NAME_LENGTH:
            ids[operation.service.name, operation.name].append(id_)
    return {name: found for name, found in ids.items() if find_target_per_second(*name, decided) is not None}


def _load(project: ProjectId, ids: Mapping[Name, Sequence[int]], now_s: int) -> dict[Name, Load]:
    """What came in the last minutes that are counted for sure."""
    end_s = align_down(_find_counted_s(project, now_s), MINUTE)
    piece = Piece(level_s=MINUTE, start_s=end_s - MINUTES * MINUTE, end_s=end_s)
    every = [id_ for found in ids.values() for id_ in found]
    return read_loads(read_joined_rows(project, Subject.OPERATION, every, [piece]), ids, end_s)


def _find_counted_s(project: ProjectId, now_s: int) -> int:
    """Until when spans are counted: while none come, or while roll-ups are behind, nothing is known of later."""
    newest_ns = read_newest_received_ns(project)
    waiting_ns = get_store().read_backlog(project).oldest_received_ns
    known_ns = newest_ns if waiting_ns is None else min(newest_ns, waiting_ns)
    return max(0, min(now_s, known_ns // NS_PER_SECOND) - COUNTED_AFTER_S)


def decide(
    decided: Decided, names: Iterable[Name], known: Iterable[Sampled], loads: Mapping[Name, Load], now_s: int
) -> list[Sampled]:
    """What is known from now on of every service: at most MAX_SAMPLED operations and a few, of the busiest services.

    A known service stays before a new one, but not if it sends nothing: names that were invented once keep nobody out.
    """
    known_of, names_of = _by_service((each.service, each) for each in known), _by_service(names)
    loads_of: dict[str, dict[str, Load]] = defaultdict(dict)
    for (service, operation), load in loads.items():
        loads_of[service][operation] = load
    total = {service: sum(sum(load.sent) for load in found.values()) for service, found in loads_of.items()}

    def rank(service: str) -> tuple[bool, bool, int, str]:
        sent = total.get(service, 0)
        return not sent, service not in known_of, -sent, service

    found: list[Sampled] = []
    for service in sorted(names_of, key=rank):
        if len(found) >= MAX_SAMPLED:
            break
        asked = _ask(decided, service, names_of[service])
        found += adapt(asked, known_of.get(service, []), loads_of.get(service, {}), now_s)
    return found


def _by_service(pairs: Iterable[tuple[str, _Value]]) -> dict[str, list[_Value]]:
    found: dict[str, list[_Value]] = defaultdict(list)
    for service, value in pairs:
        found[service].append(value)
    return found


def _ask(decided: Decided, service: str, operations: Iterable[str]) -> Asked:
    targets = {name: find_target_per_second(service, name, decided) for name in operations}
    return Asked(
        service=service,
        targets={name: target for name, target in targets.items() if target is not None},
        others_target=find_target_per_second(service, OTHERS, decided),
        probability=choose(service, replace(decided, by_load={}, others_by_load={})).probability,
    )


def is_news(before: Sampled | None, after: Sampled) -> bool:
    """Whether it has to be written: not each figure that moved a little, a thousand times a minute."""
    if before is None or after.told != before.told or after.reason is not before.reason:
        return True
    if after.measured_s - before.measured_s >= _NEWS_S:
        return True
    figures = (
        (before.arriving_per_second, after.arriving_per_second),
        (before.sent_per_second, after.sent_per_second),
        (before.target_per_second, after.target_per_second),
        (before.error_share, after.error_share),
    )
    return any(abs(new - old) > _NEWS_SHARE * old for old, new in figures)


def _is_told_anew(before: Sampled | None, after: Sampled) -> bool:
    return before is None or before.probability != after.probability
