"""Many crashes, one after the other: what was acknowledged is there."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.journeys.sender import Load, find_missing, send_span, sending_over_grpc, sending_over_http
from tests.services.postgres import run_postgres
from tests.services.processes import TracingUI, start_tracing_ui, wait_until

pytestmark = [pytest.mark.journey, pytest.mark.long]

# In all two hundred crashes; `test_operate` has the small version.
ROUNDS = 100


def crash_under_load(tracing_ui: TracingUI, crash: Callable[[], None], numbers: "count[int]") -> list[int]:
    """What was acknowledged before, while and after `crash` happened under load."""
    with sending_over_http(tracing_ui) as send, sending_over_grpc(tracing_ui) as send_too:
        loads = [Load(send, numbers=numbers), Load(send_too, numbers=numbers)]
        for load in loads:
            load.start(threads=4)
        wait_until(lambda: all(len(load.acknowledged) > 50 for load in loads), seconds=30)
        crash()
        for load in loads:
            load.stop()
    return [trace for load in loads for trace in load.acknowledged]


def answers(tracing_ui: TracingUI) -> bool:
    """Whether it reaches its database."""
    return send_span(tracing_ui.otlp_http_url)[0] == 200


def test_no_crash_of_ours_loses_a_span(start_server: Callable[..., AbstractContextManager[TracingUI]]) -> None:
    numbers, acknowledged = count(1), list[int]()
    with start_server() as tracing_ui:

        def crash(part: str) -> None:
            tracing_ui.kill(part)
            tracing_ui.wait()
            wait_until(lambda: tracing_ui.find_pids() == [], seconds=20)

        for number in range(ROUNDS):
            part = ("collector", "up")[number % 2]
            newest = crash_under_load(tracing_ui, partial(crash, part), numbers)
            tracing_ui.start()
            assert find_missing(tracing_ui, newest) == []
            acknowledged += newest
        assert find_missing(tracing_ui, acknowledged) == []


def test_no_crash_of_the_database_loses_a_span(tmp_path: Path) -> None:
    numbers, acknowledged = count(1), list[int]()
    with run_postgres(durable=True) as postgres, start_tracing_ui(tmp_path, postgres.url) as tracing_ui:
        for _ in range(ROUNDS):
            newest = crash_under_load(tracing_ui, postgres.kill, numbers)
            postgres.start()
            wait_until(partial(answers, tracing_ui))
            assert find_missing(tracing_ui, newest) == []
            acknowledged += newest
        assert find_missing(tracing_ui, acknowledged) == []
