"""All that was decided about sampling, read anew every few seconds: every process of every service asks each minute.

Nothing is kept by the name that was asked for, so invented names cost no memory and no question to the database.
"""

from functools import cache, partial
from typing import Final

from django.conf import settings

from services_map.domain.sampling.choosing import Decided
from services_map.domain.sampling.file_format import FileOfStrategies
from services_map.domain.sampling.rules import make_book
from services_map.sampling.remembering import Remembered
from services_map.sampling.strategies_file import NOTHING, get_strategies_file
from services_map.storage.sampling_rules import read_rules
from traces.storage.base import ProjectId

#: So long what was read is told.
DECIDED_SECONDS: Final = 5.0
_SECONDS_A_MINUTE: Final = 60


@cache
def get_decided(project: ProjectId) -> Remembered[Decided]:
    """What this process knows."""
    return Remembered(partial(load_decided, project), DECIDED_SECONDS)


def load_decided(project: ProjectId) -> Decided:
    """As it is now. Raises StoreUnavailable."""
    return Decided(
        rules=make_book(read_rules(project)),
        file=load_file().book,
        by_load={},
        others_by_load={},
        is_adaptive=settings.SAMPLING_ADAPTIVE,
        target_per_second=settings.SAMPLING_TARGET_PER_SECOND,
        default_probability=settings.SAMPLING_DEFAULT_PROBABILITY,
        least_per_second=settings.SAMPLING_LEAST_PER_MINUTE / _SECONDS_A_MINUTE,
    )


def load_file() -> FileOfStrategies:
    """What SAMPLING_STRATEGIES_FILE says, if there is one."""
    path = settings.SAMPLING_STRATEGIES_FILE
    return get_strategies_file(path).load() if path else NOTHING
