"""Who waits for whom at the collector's doors."""

import threading
from contextlib import ExitStack

import pytest
from pytest_django import Settings

from tests.builders import make_request, make_span
from tests.ingest.doors import JSON, PROTOBUF, HttpDoor, read_span_ids
from traces.ingest import export, parsing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_a_small_body_does_not_wait_for_a_large_one(door: HttpDoor, media_type: str) -> None:
    """A large one, or a hostile one, is parsed for seconds."""
    small = make_request(make_span())
    large = make_request(make_span(2, 2, attributes={"k": "x" * 3_000_000}))
    answers: list[int] = []

    with parsing._large:
        waiting = threading.Thread(target=lambda: answers.append(door.send(large, media_type).status))
        waiting.start()
        assert door.send(small, media_type).status == 200
        assert answers == []
    waiting.join(30)

    assert answers == [200]
    assert len(read_span_ids(1)) == len(read_span_ids(2)) == 1


def test_a_request_that_finds_no_place_is_sent_again(door: HttpDoor, settings: Settings) -> None:
    settings.INGEST_THREADS, settings.INGEST_COMMIT_TIMEOUT_SECONDS = 2, 1
    export._places.cache_clear()

    with ExitStack() as places:
        for _ in range(2):
            places.enter_context(export._place("http"))
        answer = door.send(make_request(make_span()))
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert answer.error[1] == "Too many requests are waiting for the database. Send the spans again later."
    settings.INGEST_COMMIT_TIMEOUT_SECONDS = 10
    assert door.send(make_request(make_span())).status == 200
    export._places.cache_clear()
