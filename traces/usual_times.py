"""What others know of many traces, asked for by pages of one trace. Who knows it says so when the product starts.

So pages of a trace can say what is usual without knowing who computes it: nothing here imports `services_map`.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from traces.domain.errors import StoreUnavailable
from traces.domain.span import Operation
from traces.domain.usual import Usual
from traces.storage.base import ProjectId


class UsualTimes(Protocol):
    """Raises StoreUnavailable as the store does; callers that can do without go on without."""

    def load(self, project: ProjectId, operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
        """Of the day before `until_ns`; an operation without spans then is not in it."""
        ...

    def find_typical_trace(self, project: ProjectId, operation: Operation, until_ns: int) -> bytes | None:
        """The id of a trace, still kept, that contains the operation without an error and in about its median time."""
        ...


class _NothingKnown:
    def load(self, project: ProjectId, operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
        return {}

    def find_typical_trace(self, project: ProjectId, operation: Operation, until_ns: int) -> bytes | None:
        return None


class _Provided:
    known: UsualTimes = _NothingKnown()


def provide(known: UsualTimes) -> None:
    """From now on this one is asked."""
    _Provided.known = known


def get_usual_times() -> UsualTimes:
    """Whoever was provided last; without one nothing is usual."""
    return _Provided.known


def load_if_known(project: ProjectId, operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
    """As `UsualTimes.load`, for pages that go on without; nothing where the store has no time."""
    try:
        return get_usual_times().load(project, operations, until_ns)
    except StoreUnavailable:
        return {}
