"""How long a reader may work on one answer. The limit belongs to the thread: comparisons deep below know of it."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


class TimeLimitReached(Exception):
    """The answer would take longer than it may."""


@contextmanager
def work_within(seconds: float) -> Iterator[None]:
    """What runs inside meets TimeLimitReached in `check_time` after so many seconds; an earlier end around it stays."""
    token = _deadline.set(min(_deadline.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left() -> float:
    """Until this thread must be done; infinite where nobody says."""
    return _deadline.get() - time.monotonic()


def check_time(needed_seconds: float = 0.0) -> None:
    """Raises TimeLimitReached if less than `needed_seconds` are left."""
    if time.monotonic() + needed_seconds > _deadline.get():
        raise TimeLimitReached
