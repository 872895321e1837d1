"""The pipeline: what is acknowledged is readable, what is refused is refused alone, and memory comes back."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.builders import make_request, make_span, span_id
from tests.ingest.doors import HttpDoor, read_span_ids
from tests.ingest.trouble import database_that_refuses, locked_database, missing_table, read_only_database
from traces.domain.errors import PayloadRejected, StoreUnavailable
from traces.ingest.pipeline import Pipeline
from traces.ingest.result import Translated
from traces.ingest.translate.otlp import translate_otlp
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId

pytestmark = pytest.mark.django_db(transaction=True)

NO_PROJECT = ProjectId(987_654)
REFUSED_PROJECT = ProjectId(2)


def one_span(trace: int) -> Translated:
    return translate_otlp(make_request(make_span(trace, 1)).SerializeToString())


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    """Patient, and small enough to be filled."""
    pipeline = Pipeline([get_store()], max_pending_bytes=10_000, commit_timeout_seconds=20)
    yield pipeline
    pipeline.stop()


@pytest.fixture
def refusal() -> Iterator[None]:
    """The database refuses what REFUSED_PROJECT sends."""
    with database_that_refuses(REFUSED_PROJECT):
        yield


@pytest.fixture
def hasty_pipeline() -> Iterator[Pipeline]:
    """Waits for a commit no longer than a moment."""
    pipeline = Pipeline([get_store()], max_pending_bytes=10_000, commit_timeout_seconds=0.2)
    yield pipeline
    pipeline.stop()


def submit_until_accepted(pipeline: Pipeline, trace: int) -> None:
    """As a client does."""
    for _ in range(50):
        try:
            return pipeline.submit(DEFAULT_PROJECT, one_span(trace))
        except StoreUnavailable:
            continue
    raise TimeoutError


def submit_in_thread(threads: ThreadPoolExecutor, pipeline: Pipeline, project: ProjectId, trace: int) -> Future[None]:
    return threads.submit(pipeline.submit, project, one_span(trace))


def count(what: str) -> float | None:
    """The requests or bytes in the queue, as /metrics has them."""
    return REGISTRY.get_sample_value(f"tracing_ui_queue_{what}")


def wait_until_waiting(requests: int) -> None:
    """Until that many requests are in the queue, beside those that the writer has taken."""
    deadline = time.monotonic() + 10
    while (count("requests") or 0) < requests:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_request_is_readable_when_it_is_acknowledged(pipeline: Pipeline) -> None:
    def send(trace: int) -> int:
        pipeline.submit(DEFAULT_PROJECT, one_span(trace))
        found = len(read_span_ids(trace))
        connection.close()
        return found

    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(send, range(1, 201))) == [1] * 200


def test_waiting_requests_share_a_commit(pipeline: Pipeline) -> None:
    commits = REGISTRY.get_sample_value("tracing_ui_commit_seconds_count") or 0
    with ThreadPoolExecutor(40) as threads:
        with locked_database():
            sent = [submit_in_thread(threads, pipeline, DEFAULT_PROJECT, trace) for trace in range(1, 41)]
            wait_until_waiting(30)
        for future in sent:
            future.result()

    # The writer has taken the first, or the first few, when the others come.
    assert (REGISTRY.get_sample_value("tracing_ui_commit_seconds_count") or 0) - commits == 2
    assert [len(read_span_ids(trace)) for trace in range(1, 41)] == [1] * 40


@pytest.mark.usefixtures("door")
def test_requests_are_read_one_at_a_time_and_wait_for_their_commit_together() -> None:
    HttpDoor().send(make_request(make_span(99, 1)))
    with ThreadPoolExecutor(20) as threads:
        with locked_database():
            sent = [threads.submit(HttpDoor().send, make_request(make_span(trace, 1))) for trace in range(1, 21)]
            wait_until_waiting(10)
        assert [future.result().status for future in sent] == [200] * 20


@pytest.mark.usefixtures("refusal")
def test_a_request_that_the_database_refuses_does_not_take_its_group_along(pipeline: Pipeline) -> None:
    with ThreadPoolExecutor(21) as threads:
        with locked_database():
            good = [submit_in_thread(threads, pipeline, DEFAULT_PROJECT, trace) for trace in range(1, 11)]
            bad = submit_in_thread(threads, pipeline, REFUSED_PROJECT, 99)
            good += [submit_in_thread(threads, pipeline, DEFAULT_PROJECT, trace) for trace in range(11, 21)]
            wait_until_waiting(15)
        with pytest.raises(PayloadRejected, match="The database refuses these spans; the server's log says why"):
            bad.result()
        assert [future.result() for future in good] == [None] * 20

    assert [len(read_span_ids(trace)) for trace in range(1, 21)] == [1] * 20


@pytest.mark.usefixtures("refusal")
def test_a_refused_request_alone_is_rejected_and_the_writer_goes_on(pipeline: Pipeline) -> None:
    for _ in range(3):
        with pytest.raises(PayloadRejected):
            pipeline.submit(REFUSED_PROJECT, one_span(99))

    pipeline.submit(DEFAULT_PROJECT, one_span(1))
    assert read_span_ids() == [span_id(1)]


@pytest.mark.parametrize("trouble", [missing_table, read_only_database])
def test_trouble_that_is_not_the_spans_fault_is_no_refusal(
    pipeline: Pipeline, trouble: Callable[[], AbstractContextManager[None]]
) -> None:
    with trouble(), pytest.raises(StoreUnavailable):
        pipeline.submit(DEFAULT_PROJECT, one_span(1))


def test_a_failure_that_nobody_foresaw_is_no_refusal(pipeline: Pipeline) -> None:
    """A project that does not exist is a mistake of ours; the client must keep its spans."""
    with ThreadPoolExecutor(3) as threads:
        with locked_database():
            lost = submit_in_thread(threads, pipeline, NO_PROJECT, 99)
            good = submit_in_thread(threads, pipeline, DEFAULT_PROJECT, 1)
        with pytest.raises(StoreUnavailable, match="The spans cannot be stored at the moment"):
            lost.result()
        assert good.result() is None

    assert read_span_ids() == [span_id(1)]


def test_a_request_without_spans_is_not_worth_a_commit(hasty_pipeline: Pipeline) -> None:
    with locked_database():
        hasty_pipeline.submit(DEFAULT_PROJECT, Translated(body=b"", span_count=0))


def test_stopping_commits_what_was_accepted() -> None:
    pipeline = Pipeline([get_store()], max_pending_bytes=10_000, commit_timeout_seconds=20)
    with ThreadPoolExecutor(40) as threads:
        with locked_database():
            sent = [submit_in_thread(threads, pipeline, DEFAULT_PROJECT, trace) for trace in range(1, 41)]
            wait_until_waiting(30)
            stopping = threading.Thread(target=pipeline.stop)
            stopping.start()
            while pipeline.is_accepting():
                time.sleep(0.005)
            with pytest.raises(StoreUnavailable, match="The collector is stopping"):
                pipeline.submit(DEFAULT_PROJECT, one_span(99))
        stopping.join(20)
        assert [future.result() for future in sent] == [None] * 40

    assert [len(read_span_ids(trace)) for trace in range(1, 41)] == [1] * 40


def test_stopping_twice_is_stopping() -> None:
    pipeline = Pipeline([get_store()], max_pending_bytes=10_000, commit_timeout_seconds=20)
    pipeline.stop()
    pipeline.stop()

    assert not pipeline.is_accepting()


def test_a_commit_that_takes_too_long_is_not_acknowledged(hasty_pipeline: Pipeline) -> None:
    submit_until_accepted(hasty_pipeline, 9)
    with locked_database():
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="The database is too slow") as caught:
            hasty_pipeline.submit(DEFAULT_PROJECT, one_span(1))
        waited = time.monotonic() - started

    assert 0.2 <= waited < 2
    assert caught.value.retry_after_seconds == 2


def test_requests_that_gave_up_waiting_leave_the_queue(hasty_pipeline: Pipeline) -> None:
    """While a database is away, clients send the same again and again: that must not fill the memory."""
    submit_until_accepted(hasty_pipeline, 9)
    with ThreadPoolExecutor(20) as threads, locked_database():
        for _ in range(3):
            sent = [submit_in_thread(threads, hasty_pipeline, DEFAULT_PROJECT, trace) for trace in range(1, 21)]
            assert {type(future.exception()) for future in sent} == {StoreUnavailable}
        assert count("requests") == 0

    submit_until_accepted(hasty_pipeline, 30)
    assert read_span_ids(30) == [span_id(1)]


def test_memory_is_given_to_one_request_whatever_its_size_and_to_others_while_there_is_room(
    pipeline: Pipeline,
) -> None:
    with pipeline.hold(50_000):
        assert not pipeline.is_accepting()
        with pytest.raises(StoreUnavailable, match="Too many spans are waiting for the database"):
            pipeline.hold(1)
    with pipeline.hold(6_000), pipeline.hold(4_000):
        assert not pipeline.is_accepting()
        with pytest.raises(StoreUnavailable):
            pipeline.hold(1)
    assert pipeline.is_accepting()
    assert count("bytes") == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (make_request(make_span(1, 1)).SerializeToString(), 200),
        (b"", 200),
        (make_request(make_span(0, 1)).SerializeToString(), 200),
        (b"\xff" * 1_000, 400),
    ],
)
def test_memory_comes_back_after_every_answer(door: HttpDoor, body: bytes, status: int) -> None:
    assert door.post(body).status == status
    assert count("bytes") == 0


@pytest.mark.parametrize(
    ("setting", "value", "status"),
    [
        ("INGEST_MAX_BODY_BYTES", 50, 413),
        ("INGEST_COMMIT_TIMEOUT_SECONDS", 0.1, 503),
        ("INGEST_MAX_PENDING_BYTES", 150, 503),
    ],
)
def test_memory_comes_back_after_every_failure(
    door: HttpDoor, settings: Settings, setting: str, value: float, status: int
) -> None:
    setattr(settings, setting, value)
    # A chunked body, so that it is read before it is found too large.
    body = make_request(make_span(1, 1, name="n" * 70_000)).SerializeToString()
    door.send(make_request(make_span(2, 2)))
    with locked_database():
        assert door.post(body, is_chunked=True).status == status

    assert count("bytes") == 0


@pytest.mark.usefixtures("refusal")
def test_memory_comes_back_after_a_refusal(pipeline: Pipeline) -> None:
    with pytest.raises(PayloadRejected), pipeline.hold(5_000):
        pipeline.submit(REFUSED_PROJECT, one_span(1))

    assert count("bytes") == 0
