"""Two million spans in one store: nothing is lost between partitions, and what is rare is found."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum

from tests.builders import MS, NOW_NS, SECOND, make_request, make_span, span_request, trace_id
from tests.contracts.queue import roll_up
from traces import reading
from traces.domain.query import Comparison, Condition, Place, TraceQuery, Window
from traces.models import Partition
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

SPANS_A_REQUEST = 4_000
REQUESTS = 500
SPANS_A_TRACE = 8


def write_request_number(number: int) -> int:
    """A request whose traces begin at `number` seconds after the first; every thousandth span is rare."""
    first = number * SPANS_A_REQUEST
    spans = [
        make_span(
            index // SPANS_A_TRACE + 1,
            index + 1,
            None if index % SPANS_A_TRACE == 0 else index - index % SPANS_A_TRACE + 1,
            name=f"operation {index % 20}",
            start_ns=NOW_NS + number * SECOND + index % SPANS_A_TRACE * MS,
            attributes={"common": index % 3, "rare" if index % 1_000 == 0 else "usual": index},
        )
        for index in range(first, first + SPANS_A_REQUEST)
    ]
    return get_store().write([span_request(make_request(*spans), received_ns=NOW_NS + number * SECOND)])


def find(key: str, value: int) -> tuple[int, list[int]]:
    window = Window(start_ns=NOW_NS, end_ns=NOW_NS + (REQUESTS + 1) * SECOND)
    where = Condition(place=Place.SPAN, key=key, comparison=Comparison.EQUAL, value=value)
    page = reading.search(DEFAULT_PROJECT, TraceQuery(window=window, where=where))
    return page.total, [int.from_bytes(trace.trace_id, "big") for trace in page.traces]


def test_two_million_spans_are_kept_found_and_dropped() -> None:
    total = SPANS_A_REQUEST * REQUESTS
    assert sum(write_request_number(number) for number in range(REQUESTS)) == total
    get_store().seal_partitions()

    assert Partition.objects.count() >= 2
    assert Partition.objects.aggregate(total=Sum("span_count"))["total"] == total
    for index in range(0, total, 100_000):
        number = index // SPANS_A_TRACE + 1
        assert len(get_store().read_trace(DEFAULT_PROJECT, trace_id(number))) == SPANS_A_TRACE
        assert find("rare", index) == (1, [number])
    newest = total // SPANS_A_TRACE
    assert find("common", 1)[1] == list(range(newest, newest - 20, -1))

    end = datetime.fromtimestamp(NOW_NS // SECOND + REQUESTS, tz=UTC)
    roll_up()
    assert get_store().delete_older_than(timedelta(seconds=-1), end) == total
    assert find("rare", 0) == (0, [])
