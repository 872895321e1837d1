"""A writer in a process of its own writes as one in this process does, and its end is nobody's loss."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.db import connection

from tests.builders import NOW_NS, make_request, make_span, span_id
from tests.ingest.doors import read_span_ids
from tests.ingest.trouble import database_that_refuses
from traces.domain.errors import PayloadRejected, StoreUnavailable
from traces.ingest.pipeline import Pipeline
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.writer_process import WriterProcess
from traces.storage.base import DEFAULT_PROJECT, ProjectId, SpanRequest

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED_PROJECT = ProjectId(2)


def request(trace: int) -> SpanRequest:
    translated = translate_otlp(make_request(make_span(trace, 1)).SerializeToString())
    return SpanRequest(
        project=DEFAULT_PROJECT, body=translated.body, span_count=1, received_ns=NOW_NS, cuts=translated.cuts
    )


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new process uses the database of the test."""
    name = quote(str(connection.settings_dict["NAME"]), safe="/")
    is_sqlite = connection.vendor == "sqlite"
    url = f"sqlite:///{name}" if is_sqlite else urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl()
    monkeypatch.setenv("DATABASE_URL", url)


@pytest.fixture
def writer(database: None) -> Iterator[WriterProcess]:
    writer = WriterProcess()
    yield writer
    writer.close()


@pytest.fixture
def writers(database: None) -> Iterator[Pipeline]:
    pipeline = Pipeline([WriterProcess(), WriterProcess()], max_pending_bytes=10_000_000, commit_timeout_seconds=20)
    yield pipeline
    pipeline.stop()


def test_what_it_wrote_is_there_and_a_repetition_is_recognised(writer: WriterProcess) -> None:
    assert writer.write([request(1), request(2)]) == 2
    assert writer.write([request(2)]) == 0

    assert [read_span_ids(1), read_span_ids(2)] == [[span_id(1)]] * 2


def test_a_killed_writer_is_replaced(writer: WriterProcess) -> None:
    writer.write([request(1)])
    for process in multiprocessing.active_children():
        process.kill()
        process.join(10)

    with pytest.raises(StoreUnavailable, match="Send them again later"):
        writer.write([request(2)])

    assert writer.write([request(2)]) == 1
    assert writer.write([request(1)]) == 0


def test_signals_for_the_collector_do_not_end_it(writer: WriterProcess) -> None:
    writer.write([request(1)])
    (process,) = multiprocessing.active_children()
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process.pid or 0, number)

    assert writer.write([request(2)]) == 1


def test_closing_ends_the_process(database: None) -> None:
    writer = WriterProcess()
    writer.write([request(1)])
    assert len(multiprocessing.active_children()) == 1

    writer.close()

    assert multiprocessing.active_children() == []


def test_a_refused_request_is_refused_alone(writers: Pipeline) -> None:
    with database_that_refuses(REFUSED_PROJECT):
        with pytest.raises(PayloadRejected, match="The database refuses these spans"):
            writers.submit(REFUSED_PROJECT, translate_otlp(make_request(make_span(9, 1)).SerializeToString()))
        writers.submit(DEFAULT_PROJECT, translate_otlp(make_request(make_span(1, 1)).SerializeToString()))

    assert read_span_ids(1) == [span_id(1)]
