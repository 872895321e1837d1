"""From a validated request to its commit: a bounded queue, and one thread for each writer.

A writer takes as many waiting requests as fit one transaction, so that many small requests cost few commits. The
thread that brought a request waits until it is durable: an answer is never given before.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from functools import cache
from typing import Protocol

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError

from traces.domain.errors import PayloadRejected, StoreUnavailable
from traces.ingest import metrics
from traces.ingest.memory import Held, Memory
from traces.ingest.result import Translated
from traces.ingest.writer_process import WriterProcess
from traces.storage import get_store
from traces.storage.base import ProjectId, SpanRequest

log = structlog.get_logger(__name__)
MAX_GROUP_SPANS = 4_096
MAX_GROUP_BYTES = 32 * 1024 * 1024


class Writer(Protocol):
    """A store, here or in a process of its own, as one thread uses it."""

    def write(self, requests: Sequence[SpanRequest]) -> int:
        """See `SpanStore.write`."""
        ...

    def close(self) -> None:
        """No more will be written."""
        ...


class Pipeline:
    """Accepts requests from any thread. `max_pending_bytes` bounds what is in memory at once."""

    def __init__(self, writers: Sequence[Writer], max_pending_bytes: int, commit_timeout_seconds: float) -> None:
        self._memory = Memory(max_pending_bytes)
        self._commit_timeout_seconds = commit_timeout_seconds
        self._waiting: deque[tuple[SpanRequest, Future[None]]] = deque()
        self._changed = threading.Condition()
        self._is_stopping = False
        self._threads = [
            threading.Thread(target=self._write_for_ever, args=(writer,), name="span-writer", daemon=True)
            for writer in writers
        ]
        for thread in self._threads:
            thread.start()

    def hold(self, size: int) -> Held:
        """Claims memory for a request; release it when the request is answered."""
        return self._memory.hold(size)

    def submit(self, project: ProjectId, translated: Translated) -> None:
        """Returns when the spans are durable. Raises StoreUnavailable if they are not, PayloadRejected if never.

        After a timeout the spans may be committed all the same, if the writer had begun; the client's retry is then
        recognised.
        """
        if not translated.span_count:
            return
        request = SpanRequest(
            project=project,
            body=translated.body,
            span_count=translated.span_count,
            received_ns=time.time_ns(),
            cuts=translated.cuts,
        )
        done: Future[None] = Future()
        with self._changed:
            if self._is_stopping:
                raise StoreUnavailable("The collector is stopping.")
            self._waiting.append((request, done))
            metrics.QUEUE_REQUESTS.set(len(self._waiting))
            self._changed.notify()
        try:
            done.result(self._commit_timeout_seconds)
        except FutureTimeout:
            self._withdraw(done)
            raise StoreUnavailable("The database is too slow: the spans are not committed yet.", 2) from None

    def is_accepting(self) -> bool:
        """Whether a request would be taken now."""
        is_writing = all(thread.is_alive() for thread in self._threads)
        return is_writing and not self._is_stopping and self._memory.has_room()

    def stop(self) -> None:
        """Commit what was accepted, then end the writers."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _withdraw(self, done: Future[None]) -> None:
        """What nobody waits for any more must not fill the memory while the database is away."""
        with self._changed:
            self._waiting = deque(item for item in self._waiting if item[1] is not done)
            metrics.QUEUE_REQUESTS.set(len(self._waiting))

    def _write_for_ever(self, writer: Writer) -> None:
        while group := self._take_group():
            try:
                self._commit(writer, group)
            except Exception:
                # The outermost loop: a defect must not end the thread and with it all ingest.
                log.exception("a group of requests could not be written")
                _fail(group, StoreUnavailable("The spans could not be stored."))
        writer.close()

    def _take_group(self) -> list[tuple[SpanRequest, Future[None]]]:
        """The next requests to commit together; empty when stopping and nothing is left."""
        group: list[tuple[SpanRequest, Future[None]]] = []
        spans = size = 0
        with self._changed:
            while not self._waiting and not self._is_stopping:
                self._changed.wait()
            while self._waiting and (not group or (spans < MAX_GROUP_SPANS and size < MAX_GROUP_BYTES)):
                group.append(self._waiting.popleft())
                spans += group[-1][0].span_count
                size += len(group[-1][0].body)
            metrics.QUEUE_REQUESTS.set(len(self._waiting))
        return group

    def _commit(self, writer: Writer, group: list[tuple[SpanRequest, Future[None]]]) -> None:
        started = time.perf_counter()
        requests = [request for request, _ in group]
        try:
            stored = writer.write(requests)
        except StoreUnavailable as problem:
            metrics.COMMIT_FAILURES.inc()
            log.error("spans could not be committed", requests=len(group), problem=str(problem))
            _fail(group, problem)
        except Exception as problem:
            metrics.COMMIT_FAILURES.inc()
            self._isolate(writer, group, problem)
        else:
            metrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
            metrics.SPANS_STORED.inc(stored)
            metrics.SPANS_REPEATED.inc(sum(request.span_count for request in requests) - stored)
            for _, done in group:
                done.set_result(None)

    def _isolate(self, writer: Writer, group: list[tuple[SpanRequest, Future[None]]], problem: Exception) -> None:
        """One request that cannot be stored must not take its group with it: each is tried alone."""
        if len(group) > 1:
            for item in group:
                self._commit(writer, [item])
            return
        log.exception("a request could not be stored", spans=group[0][0].span_count)
        if isinstance(problem, PayloadRejected):
            _fail(group, problem)
        elif isinstance(problem, DataError | IntegrityError):
            _fail(group, PayloadRejected("The database refuses these spans; the server's log says why."))
        else:
            # Whatever else it is, it is not known to be the spans' fault, and a client drops what is rejected.
            _fail(group, StoreUnavailable("The spans cannot be stored at the moment; the server's log says why."))


def _fail(group: list[tuple[SpanRequest, Future[None]]], problem: Exception) -> None:
    for _, done in group:
        if not done.done():
            done.set_exception(problem)


@cache
def get_pipeline() -> Pipeline:
    """The pipeline of this process, started at the first call."""
    count = settings.INGEST_WRITERS
    writers: list[Writer] = [get_store()] if count == 1 else [WriterProcess() for _ in range(count)]
    return Pipeline(writers, settings.INGEST_MAX_PENDING_BYTES, settings.INGEST_COMMIT_TIMEOUT_SECONDS)
