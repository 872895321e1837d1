"""What came first, and what was refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from tests.builders import NOW_NS, SECOND, make_request, make_span, trace_id, write_request, write_spans
from tests.contracts.queue import roll_up
from traces.domain.refusal import MAX_REASON_CHARS, MAX_TARGET_CHARS, Refusal, RefusalKind, make_refusal
from traces.domain.span import FirstSpan
from traces.models import Organization, Project
from traces.models import Refusal as RefusalRow
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId

pytestmark = pytest.mark.django_db(transaction=True)


def refuse(kind: RefusalKind, second: int, door: str = "http", reason: str = "Because.") -> Refusal:
    return make_refusal(door, kind, "400", "POST /v1/traces", reason, NOW_NS + second * SECOND)


def test_the_span_that_arrived_first_is_known(settings: Settings) -> None:
    settings.PARTITION_MAX_SPANS = 2
    assert get_store().find_first_span(DEFAULT_PROJECT) is None

    for number in range(1, 6):
        write_request(make_request(make_span(number, 1), service=f"s{number}"), received_ns=NOW_NS + number)

    first = FirstSpan(trace_id=trace_id(1), service="s1", received_ns=NOW_NS + 1)
    assert get_store().find_first_span(DEFAULT_PROJECT) == first
    get_store().seal_partitions()
    merged = get_store().find_first_span(DEFAULT_PROJECT)
    assert merged
    assert (merged.service, merged.received_ns) == ("s1", NOW_NS + 2)


def test_the_first_span_is_that_of_the_project() -> None:
    other = ProjectId(Project.objects.create(organization=Organization.objects.get(pk=1), slug="other").pk)
    write_request(make_request(make_span(1, 1), service="theirs"), other)
    assert get_store().find_first_span(DEFAULT_PROJECT) is None

    write_spans(make_span(2, 1), service="ours")

    first = get_store().find_first_span(DEFAULT_PROJECT)
    assert first
    assert (first.service, first.trace_id) == ("ours", trace_id(2))


def test_when_the_first_is_deleted_the_next_is_the_first(settings: Settings) -> None:
    settings.PARTITION_MAX_SPANS = 1
    for number in (1, 2):
        write_request(make_request(make_span(number, 1), service=f"s{number}"), received_ns=NOW_NS + number * SECOND)

    roll_up()
    now = datetime.fromtimestamp(NOW_NS / 1e9, tz=UTC) + timedelta(days=1, seconds=1.5)
    assert get_store().delete_older_than(timedelta(days=1), now) == 1

    first = get_store().find_first_span(DEFAULT_PROJECT)
    assert first
    assert first.service == "s2"


def test_the_latest_refusal_of_each_door_and_kind_is_kept() -> None:
    body, path, grpc = refuse(RefusalKind.BODY, 1), refuse(RefusalKind.PATH, 3), refuse(RefusalKind.BODY, 2, "grpc")
    get_store().write_refusals([body, path])
    get_store().write_refusals([grpc])
    assert get_store().list_refusals() == [path, grpc, body]

    later = replace(body, refused_ns=NOW_NS + 9 * SECOND, reason="Again.", answer="413")
    get_store().write_refusals([later])

    assert get_store().list_refusals() == [later, path, grpc]


def test_there_are_as_many_rows_as_kinds_however_much_is_refused() -> None:
    for second in range(10):
        get_store().write_refusals([refuse(kind, second, reason=f"{second}") for kind in RefusalKind])

    assert RefusalRow.objects.count() == len(RefusalKind)


def test_whatever_a_sender_says_can_be_kept() -> None:
    refusal = make_refusal("http", RefusalKind.PATH, "404", "/\0\ud800" + "x" * 5_000, "ä\0" * 1_000, NOW_NS)
    get_store().write_refusals([refusal])

    (kept,) = get_store().list_refusals()

    assert kept == refusal
    assert kept.target.startswith("/\ufffd?xxx")
    assert (len(kept.target), len(kept.reason)) == (MAX_TARGET_CHARS, MAX_REASON_CHARS)
