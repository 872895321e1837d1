"""A store in a process of its own: making blocks takes a core, and Python has one a process.

The process ends when its connection does: after `close`, or with the collector, however that one ended. What it was
writing by then it finishes; the client, which got no answer, sends it again and it is recognised.
"""

import multiprocessing
import pickle
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.util import Finalize
from typing import TypeAlias

import structlog

from traces.domain.errors import StoreUnavailable
from traces.storage.base import SpanRequest

log = structlog.get_logger(__name__)
# After the exit priority of what stops the collector: by then it is closed, unless the collector failed.
_EXIT_PRIORITY = 10
_Answer: TypeAlias = int | Exception


class WriterProcess:
    """`SpanStore.write` in a child process. For one thread."""

    def __init__(self) -> None:
        self._start()

    def write(self, requests: Sequence[SpanRequest]) -> int:
        """As `SpanStore.write`. Raises StoreUnavailable if the process ends meanwhile; the next one is started."""
        try:
            self._connection.send(requests)
            answer: _Answer = self._connection.recv()
        except (EOFError, OSError) as problem:
            self.close()
            log.error("a writer process ended unexpectedly", exit_code=self._process.exitcode)
            self._start()
            raise StoreUnavailable("The process that stores spans ended. Send them again later.", 2) from problem
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Ends the process when it has written what it was given."""
        self._close()
        self._process.join()

    def _start(self) -> None:
        # Spawned: a process with threads must not be forked.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._close = Finalize(self, self._connection.close, exitpriority=_EXIT_PRIORITY)
        self._process: SpawnProcess = context.Process(target=_write_until_closed, args=(theirs,), name="writer")
        self._process.start()
        theirs.close()


def _write_until_closed(connection: Connection) -> None:
    """What the process does."""
    # Ctrl-C and service managers signal every process; this one goes after the collector has.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    import django

    django.setup()
    from traces.storage import get_store

    store = get_store()
    try:
        while True:
            requests: Sequence[SpanRequest] = connection.recv()
            try:
                answer: _Answer = store.write(requests)
            except Exception as problem:
                answer = _portable(problem)
            connection.send(answer)
    except (EOFError, ConnectionError):
        store.close()


def _portable(problem: Exception) -> Exception:
    """The error as it can be sent: what led to it is in the log of this process."""
    if not isinstance(problem, StoreUnavailable):
        log.exception("a writer process could not write")
    try:
        pickle.loads(pickle.dumps(problem))  # noqa: S301 - our own
    except Exception:
        return RuntimeError(repr(problem))
    return problem
