"""Once a minute: what operations send is looked at, and the probabilities that are told follow it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from services_map.domain.latency.covering import Piece
from services_map.domain.latency.joined_rows import JoinedRows
from services_map.domain.latency.levels import MINUTE, align_down
from services_map.domain.sampling.adaptive import OTHERS, Sampled
from services_map.domain.sampling.choosing import Decided, choose, find_target_per_second
from services_map.domain.sampling.following import MINUTES, Load
from services_map.domain.sampling.loads import Name, read_loads
from services_map.domain.sampling.sharing import Asked, adapt
from services_map.models import Subject
from services_map.sampling.decided import load_decided
from services_map.storage import sampled_operations
from services_map.storage.joined_rows import read_joined_rows
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

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What one look did: operations that are known now, and those that are told another probability."""

    operations: int
    changed: int


NOTHING: Final = Followed(operations=0, changed=0)


def follow_load(project: ProjectId, now_s: int) -> Followed:
    """Look at the last minutes that are counted, and decide. Whoever else does so at the same time, one of both counts.

    Raises StoreUnavailable.
    """
    generation, adapted_s = sampled_operations.read_state(project)
    if 0 <= now_s - adapted_s < _LEAST_BETWEEN_S:
        return NOTHING
    known = sampled_operations.read_sampled(project)
    decided = load_decided(project)
    targets = find_targets(decided, get_store().read_operations(project).values()) if _may_adapt(decided) else {}
    if not known and not targets:
        return NOTHING
    followed = _adapt(project, decided, targets, known, now_s)
    told = {(each.service, each.operation): each for each in followed}
    before = {(each.service, each.operation): each for each in known}
    news = [each for name, each in told.items() if is_news(before.get(name), each)]
    with get_store().writing():
        is_written = sampled_operations.write_sampled(
            project, news, before.keys() - told.keys(), generation=generation, now_s=now_s
        )
    if not is_written:
        log.info("another worker followed the load", project=project)
        return NOTHING
    return Followed(operations=len(told), changed=sum(is_told_anew(before.get(name), told[name]) for name in told))
