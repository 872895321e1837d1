"""What stands around the methods of a relational store: its errors, its turns, its time limit."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError, connection

from traces.domain.deadline import TimeLimitReached, work_within
from traces.domain.errors import StoreUnavailable, TooBusy
from traces.storage.engine import Engine
from traces.storage.rows import PartitionGone, is_about_a_missing_table
from traces.storage.turns import Turns


class _Guarded(Protocol):
    _turns: Turns
    _engine: Engine


_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")
_Store = TypeVar("_Store", bound=_Guarded)
_Reader = Callable[Concatenate[_Store, _Params], _Result]
_ATTEMPTS = 3
_TROUBLE = (OperationalError, InterfaceError, ProgrammingError, InternalError)


def guarded(method: Callable[_Params, _Result]) -> Callable[_Params, _Result]:
    """Database trouble becomes StoreUnavailable; a partition that went away is read again without it.

    What the database refuses for its content (DataError, IntegrityError) is not trouble: trying again would not help.
    """

    @functools.wraps(method)
    def guard(*args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        with guarding():
            for _ in range(_ATTEMPTS - 1):
                try:
                    return method(*args, **kwargs)
                except (PartitionGone, OperationalError, ProgrammingError) as problem:
                    if not (isinstance(problem, PartitionGone) or is_about_a_missing_table(problem)):
                        raise
            return method(*args, **kwargs)

    return guard


@contextmanager
def guarding() -> Iterator[None]:
    """Database trouble becomes StoreUnavailable."""
    try:
        yield
    except (*_TROUBLE, PartitionGone) as problem:
        if not connection.in_atomic_block:
            connection.close()
        raise StoreUnavailable(f"The database does not answer as it should: {_first_line(problem)}") from problem


def in_turn(method: _Reader[_Store, _Params, _Result]) -> _Reader[_Store, _Params, _Result]:
    """A reader's method that may take long: so many at once, and TooBusy after SEARCH_TIMEOUT_SECONDS."""

    @functools.wraps(method)
    def read(store: _Store, /, *args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        with store._turns.take(), _within_time_limit():
            return method(store, *args, **kwargs)

    return read


def timed(method: _Reader[_Store, _Params, _Result]) -> _Reader[_Store, _Params, _Result]:
    """A reader's method whose statements end after SEARCH_TIMEOUT_SECONDS, with TooBusy."""

    @functools.wraps(method)
    def read(store: _Store, /, *args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        with _within_time_limit(), store._engine.limit_time(settings.SEARCH_TIMEOUT_SECONDS):
            return method(store, *args, **kwargs)

    return read


@contextmanager
def _within_time_limit() -> Iterator[None]:
    seconds = settings.SEARCH_TIMEOUT_SECONDS
    try:
        with work_within(seconds):
            yield
    except TimeLimitReached:
        message = f"This would take longer than {seconds:g} seconds (SEARCH_TIMEOUT_SECONDS)."
        raise TooBusy(message) from None


def _first_line(problem: Exception) -> str:
    return str(problem).strip().partition("\n")[0][:200]
