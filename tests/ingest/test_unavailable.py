"""Spans that cannot be committed now: 503 with Retry-After, which is all that makes an exporter keep them."""

import pytest
from pytest_django import Settings

from tests.builders import make_request, make_span, span_id
from tests.ingest.doors import JSON, PROTOBUF, HttpDoor, read_span_ids, read_trace
from tests.ingest.trouble import locked_database, missing_table, read_only_database
from traces.ingest.pipeline import get_pipeline

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = make_request(make_span(1, 1), make_span(1, 2, 1))
both_encodings = pytest.mark.parametrize("media_type", [PROTOBUF, JSON])


@both_encodings
def test_a_full_memory_asks_the_client_to_come_back(door: HttpDoor, settings: Settings, media_type: str) -> None:
    settings.INGEST_MAX_PENDING_BYTES = 1_000
    with get_pipeline().hold(1_000):
        answer = door.send(REQUEST, media_type)

    assert (answer.status, answer.media_type, answer.headers["Retry-After"]) == (503, media_type, "1")
    assert answer.error == (14, "Too many spans are waiting for the database. Send them again later.")
    assert door.send(REQUEST, media_type).status == 200


@both_encodings
def test_a_database_that_does_not_answer_in_time_asks_the_client_to_come_back(
    door: HttpDoor, settings: Settings, media_type: str
) -> None:
    settings.INGEST_COMMIT_TIMEOUT_SECONDS = 0.3
    door.send(make_request(make_span(9, 9)), media_type)
    with locked_database():
        answer = door.send(REQUEST, media_type)

    assert (answer.status, answer.media_type, answer.headers["Retry-After"]) == (503, media_type, "2")
    assert answer.error == (14, "The database is too slow: the spans are not committed yet.")


def test_a_retry_after_a_timeout_is_kept_once(door: HttpDoor, settings: Settings) -> None:
    settings.INGEST_COMMIT_TIMEOUT_SECONDS = 0.3
    door.send(make_request(make_span(9, 9)))
    with locked_database():
        assert [door.send(REQUEST).status for _ in range(3)] == [503, 503, 503]
    get_pipeline().stop()
    get_pipeline.cache_clear()

    assert door.send(REQUEST).status == 200
    assert read_span_ids() == [span_id(1), span_id(2)]
    assert read_trace().notes == ()


@both_encodings
def test_a_database_without_its_tables_asks_the_client_to_come_back(door: HttpDoor, media_type: str) -> None:
    """After a 400 the client would drop the spans."""
    with missing_table():
        answer = door.send(REQUEST, media_type)

    assert (answer.status, answer.media_type, answer.error[0]) == (503, media_type, 14)
    assert int(answer.headers["Retry-After"]) >= 1
    assert door.send(REQUEST, media_type).status == 200
    assert len(read_span_ids()) == 2


def test_a_collector_that_stops_asks_the_client_to_come_back(door: HttpDoor) -> None:
    get_pipeline().stop()

    answer = door.send(REQUEST)

    assert (answer.status, answer.error) == (503, (14, "The collector is stopping."))


@both_encodings
def test_a_database_that_became_read_only_asks_the_client_to_come_back(door: HttpDoor, media_type: str) -> None:
    """As a standby is, for the seconds in which it takes over."""
    with read_only_database():
        answer = door.send(REQUEST, media_type)
    get_pipeline().stop()
    get_pipeline.cache_clear()

    assert (answer.status, answer.media_type, answer.error[0]) == (503, media_type, 14)
    assert door.send(REQUEST, media_type).status == 200
    assert len(read_span_ids()) == 2
