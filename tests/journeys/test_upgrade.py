"""A database of the first schema, with spans in it, is taken over by the code of today."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.builders import NOW_NS, SECOND, make_request, make_span, span_id, trace_id
from tests.journeys.ledger import find_damage
from tests.journeys.old_database import make_old_database
from tests.journeys.sender import STORED, find_missing, sending_over_http
from tests.services.processes import REPOSITORY, TracingUI, make_environment, wait_until

pytestmark = pytest.mark.journey
HOUR = 3_600 * SECOND
# Everything that its age, not its span count, decides about stays out of the way.
SETTINGS = {"RETENTION_HOURS": "0"}
SEAL = "import django; django.setup(); from traces.storage import get_store; print(get_store().seal_partitions())"
COUNT = """
import django; django.setup()
from services_map.models import RollUpState
from traces.models import Partition
print({})
"""
DELETE = """
import datetime, django; django.setup()
from traces.models import Partition
from traces.storage import get_store
then = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
Partition.objects.filter(pk__lte=2).update(newest_received_at=then)
assert get_store().delete_older_than(datetime.timedelta(hours=24), datetime.datetime.now(datetime.UTC))
"""


@pytest.fixture
def upgraded(
    tmp_path: Path, new_database_url: str, start_server: Callable[..., AbstractContextManager[TracingUI]]
) -> Iterator[TracingUI]:
    """Started on the old database, as somebody does who has pulled the newest version."""
    make_old_database(make_environment(tmp_path / "old", new_database_url))
    with start_server(**SETTINGS) as tracing_ui:
        yield tracing_ui


def search(tracing_ui: TracingUI, **parameters: str) -> list[int]:
    """The numbers of the traces that the API finds."""
    window = {"start": str(NOW_NS - HOUR), "end": str(max(NOW_NS, time.time_ns()) + HOUR)}
    found = tracing_ui.get_json(f"/api/v1/traces?{urlencode(window | parameters)}")
    return [int(trace["trace_id"], 16) for trace in found["traces"]]


def read(tracing_ui: TracingUI, trace: int) -> dict[str, Any]:
    document: dict[str, Any] = tracing_ui.get_json(f"/api/v1/traces/{trace_id(trace).hex()}")
    return document


def run(tracing_ui: TracingUI, code: str) -> str:
    """Python in a process of the same environment; what it says."""
    environment = {**tracing_ui.environment, "DJANGO_SETTINGS_MODULE": "tracing_ui.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def check_searches(tracing_ui: TracingUI) -> None:
    """By every index and list that the old partitions have."""
    assert search(tracing_ui) == [3, 2, 1]
    for parameters, found in (
        ({"service": "billing"}, [2, 1]),
        ({"operation": "GET /cart"}, [3, 1]),
        ({"service": "shop", "operation": "GET /cart", "min_duration": "500ms"}, [3]),
        ({"status": "error"}, [1]),
        ({"attributes": 'http.route="/cart"'}, [3, 1]),
        ({"attributes": "http.status_code=200"}, [1]),
        ({"attributes": "cached=false"}, [1]),
        ({"attributes": "tags=b"}, [1]),
        ({"attributes": "attempt>=1"}, [2, 1]),
        ({"attributes": "exception.type=Declined"}, [1]),
        ({"attributes": "why=retry"}, [1]),
        ({"attributes": "host.name=one"}, [2, 1]),
        ({"attributes": "library=billing-lib"}, [1]),
        ({"attributes": "http.route=/nowhere"}, []),
    ):
        assert search(tracing_ui, **parameters) == found, parameters


def check_traces(tracing_ui: TracingUI) -> None:
    """The first has parts of two services in two blocks, the second in two partitions."""
    first = read(tracing_ui, 1)
    assert [(int(span["span_id"], 16), span["depth"]) for span in first["spans"]] == [(1, 0), (2, 1), (3, 1), (4, 2)]
    assert [int(span["span_id"], 16) for span in read(tracing_ui, 2)["spans"]] == [5, 6]
    charge = tracing_ui.get_json(f"/api/v1/traces/{trace_id(1).hex()}/spans/{span_id(3).hex()}")
    assert (charge["status"], charge["status_message"]) == ("error", "declined")
    assert charge["events"][0]["name"] == "exception"


def test_old_spans_are_found_and_read_beside_new_ones(upgraded: TracingUI) -> None:
    check_searches(upgraded)
    check_traces(upgraded)
    assert upgraded.get_json("/api/v1/services")["services"][0]["name"] == "billing"

    # One that begins a trace, and one that comes late to a trace which is old; both wear a name that is known.
    new = make_request(
        make_span(4, 8, name="GET /cart", start_ns=time.time_ns(), attributes={"http.route": "/cart"}),
        make_span(2, 9, 5, name="late", start_ns=time.time_ns()),
    )
    with sending_over_http(upgraded) as send:
        assert send(new.SerializeToString()) == STORED
    assert sorted(search(upgraded, attributes='http.route="/cart"')) == [1, 3, 4]
    assert [int(span["span_id"], 16) for span in read(upgraded, 2)["spans"]] == [5, 6, 9]
    assert find_missing(upgraded, range(1, 5)) == []


def test_old_spans_are_rolled_up(upgraded: TracingUI) -> None:
    wait_for_roll_ups(upgraded)


def wait_for_roll_ups(upgraded: TracingUI) -> None:
    """Until every span that is stored was counted."""
    stored = run(upgraded, COUNT.format("sum(Partition.objects.values_list('span_count', flat=True))"))
    assert int(stored) > 0
    counted = COUNT.format("sum(RollUpState.objects.values_list('span_count', flat=True))")
    wait_until(lambda: run(upgraded, counted) == stored, seconds=60)


def test_old_partitions_are_sealed_and_found_as_before(upgraded: TracingUI) -> None:
    run(upgraded, SEAL)
    check_searches(upgraded)
    check_traces(upgraded)


def test_retention_takes_old_partitions(upgraded: TracingUI) -> None:
    wait_for_roll_ups(upgraded)
    run(upgraded, DELETE)
    with sending_over_http(upgraded) as send:
        assert send(make_request(make_span(4, 8, start_ns=time.time_ns())).SerializeToString()) == STORED
    assert find_missing(upgraded, range(1, 5)) == [1, 2, 3]
    assert find_damage(upgraded.environment["DATABASE_URL"]) == []
