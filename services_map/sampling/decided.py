"""All that was decided about sampling, read anew every few seconds: every process of every service asks each minute.

Nothing is kept by the name that was asked for, so invented names cost no memory and no question to the database.
"""

from functools import cache
from typing import Final

from django.conf import settings

from services_map.domain.sampling.choosing import Decided
from services_map.domain.sampling.file_format import FileOfStrategies
from services_map.domain.sampling.rules import is_any_adaptive, make_book
from services_map.sampling.adapted import Adapted, load_adapted
from services_map.sampling.remembering import Remembered
from services_map.sampling.strategies_file import NOTHING, get_strategies_file
from services_map.storage.sampled_operations import read_state
from services_map.storage.sampling_rules import read_rules
from traces.storage.base import ProjectId

#: So long what was read is told.
DECIDED_SECONDS: Final = 5.0
_SECONDS_A_MINUTE: Final = 60
_UNMEASURED: Final = Adapted(operations={}, others={})


class DecidedReader:
    """Reads what was decided. What the load decided is read again only once it has decided again. For one thread."""

    def __init__(self, project: ProjectId) -> None:
        self._project = project
        self._state: tuple[int, int] | None = None
        self._adapted = _UNMEASURED

    def read(self) -> Decided:
        """As it is now. Raises StoreUnavailable."""
        rules = make_book(read_rules(self._project))
        adapted = self._read_adapted() if settings.SAMPLING_ADAPTIVE or is_any_adaptive(rules) else _UNMEASURED
        return Decided(
            rules=rules,
            file=load_file().book,
            by_load=adapted.operations,
            others_by_load=adapted.others,
            is_adaptive=settings.SAMPLING_ADAPTIVE,
            target_per_second=settings.SAMPLING_TARGET_PER_SECOND,
            default_probability=settings.SAMPLING_DEFAULT_PROBABILITY,
            least_per_second=settings.SAMPLING_LEAST_PER_MINUTE / _SECONDS_A_MINUTE,
        )

    def _read_adapted(self) -> Adapted:
        state = read_state(self._project)
        if state != self._state:
            # What is decided in between is read now, and once more the next time.
            self._adapted = load_adapted(self._project)
            self._state = state
        return self._adapted


@cache
def get_decided(project: ProjectId) -> Remembered[Decided]:
    """What this process knows."""
    return Remembered(DecidedReader(project).read, DECIDED_SECONDS)


def load_decided(project: ProjectId) -> Decided:
    """As it is now. Raises StoreUnavailable."""
    return DecidedReader(project).read()


def load_file() -> FileOfStrategies:
    """What SAMPLING_STRATEGIES_FILE says, if there is one."""
    path = settings.SAMPLING_STRATEGIES_FILE
    return get_strategies_file(path).load() if path else NOTHING
