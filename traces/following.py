"""A long job that is watched while it runs in a thread of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Thread
from typing import Generic, TypeVar

# How often is said how far it is; who has hung up is noticed as often.
STEP_SECONDS = 0.2

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`done` of `total` bytes of the file called `name`."""

    name: str
    done: int
    total: int


Tell = Callable[[Step], None]


class GivenUp(Exception):
    """Raised inside a job that nobody watches any more."""


class Followed(Generic[T]):
    """A job that begins when its steps are read, and is ended at its next step when reading them is.

    The job is called with a function to be told of every step. It must need no database: its thread has no end to its
    connections.
    """

    def __init__(self, job: Callable[[Tell], T]) -> None:
        self._job = job
        self._done: Future[T] = Future()
        self._step: Step | None = None
        self._is_given_up = False

    def steps(self) -> Iterator[Step]:
        """The latest step again and again, until the job is done."""
        # A process that is told to stop does not wait for it: an import can be repeated.
        Thread(target=self._run, daemon=True, name="followed job").start()
        try:
            while wait([self._done], STEP_SECONDS).not_done:
                if self._step:
                    yield self._step
        finally:
            self._is_given_up = True

    def result(self) -> T:
        """What the job returned, once its steps have ended. Raises what the job raised."""
        return self._done.result(0)

    def _run(self) -> None:
        try:
            self._done.set_result(self._job(self._tell))
        except BaseException as problem:
            self._done.set_exception(problem)

    def _tell(self, step: Step) -> None:
        if self._is_given_up:
            raise GivenUp
        self._step = step
