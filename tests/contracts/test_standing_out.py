"""The spans of which a trace's shape is drawn."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests.builders import NOW_NS, SECOND, make_request, make_span, span_id, trace_id, write_request, write_spans
from traces.models import Organization, Partition, Project
from traces.storage import get_store, standing_out
from traces.storage.base import DEFAULT_PROJECT, ProjectId

pytestmark = pytest.mark.django_db(transaction=True)


def read(*traces: int, longest: int = 3, failed: int = 2, project: ProjectId = DEFAULT_PROJECT) -> dict[int, list[int]]:
    """Numbers of spans by the number of their trace."""
    found = get_store().read_spans_standing_out(project, [trace_id(trace) for trace in traces], longest, failed)
    return {_number(trace): [_number(span.span_id) for span in spans] for trace, spans in found.items()}


def _number(identity: bytes) -> int:
    return int.from_bytes(identity, "big")


def write_trace(trace: int, durations: Sequence[int], failed: Sequence[int] = ()) -> None:
    """Span n, counted from 1, takes `durations[n - 1]`."""
    write_spans(
        *(
            make_span(trace, n, None if n == 1 else 1, duration_ns=duration, status=2 if n in failed else 0)
            for n, duration in enumerate(durations, 1)
        )
    )


def test_the_longest_spans_come_longest_first() -> None:
    write_trace(1, [100, 20, 90, 10, 50])
    write_trace(2, [7, 8])

    assert read(1, 2) == {1: [1, 3, 5], 2: [2, 1]}


def test_spans_that_failed_come_after_them_the_first_first() -> None:
    write_trace(1, [100, 20, 90, 10, 50, 60, 15], failed=[1, 2, 4, 7])

    assert read(1) == {1: [1, 3, 6, 2]}
    assert read(1, failed=9) == {1: [1, 3, 6, 2, 4, 7]}


def test_they_are_outlines_with_all_that_a_row_has() -> None:
    write_spans(make_span(1, 1, 9, name="pay", start_ns=NOW_NS - SECOND, duration_ns=5, status=2), service="shop")

    (span,) = get_store().read_spans_standing_out(DEFAULT_PROJECT, [trace_id(1)], 3, 2)[trace_id(1)]

    assert (span.trace_id, span.span_id, span.parent_span_id) == (trace_id(1), span_id(1), span_id(9))
    assert (span.operation.service.name, span.operation.name) == ("shop", "pay")
    assert (span.start_ns, span.duration_ns, span.is_error) == (NOW_NS - SECOND, 5, True)
    assert get_store().read_spans(DEFAULT_PROJECT, [span])[0].name == "pay"


def test_traces_that_are_not_kept_or_not_ours_are_left_out() -> None:
    other = ProjectId(Project.objects.create(organization=Organization.objects.get(pk=1), slug="other").pk)
    write_request(make_request(make_span(1, 1)), other)
    write_trace(2, [1])

    assert read(1, 2, 3) == {2: [1]}
    assert read(1, 2, project=other) == {1: [1]}
    assert read() == {}


def test_a_trace_is_one_whatever_partitions_it_lies_in(settings: Settings) -> None:
    settings.PARTITION_MAX_SPANS = 4
    for n in range(1, 11):
        write_spans(make_span(1, n, None if n == 1 else 1, duration_ns=n, status=2 if n in (2, 8) else 0))
        write_spans(make_span(2, n, duration_ns=n))
    before = read(1, 2)
    assert before == {1: [10, 9, 8, 2], 2: [10, 9, 8]}
    assert Partition.objects.filter(sealed_at=None).count() > 2

    get_store().seal_partitions()

    assert Partition.objects.exclude(sealed_at=None).exists()
    assert read(1, 2) == before


def test_many_traces_of_many_parts_take_few_statements() -> None:
    for part in range(20):
        write_request(make_request(*(make_span(trace, 100 * trace + part, duration_ns=part) for trace in range(1, 41))))
    get_store().list_services(DEFAULT_PROJECT)

    with CaptureQueriesContext(connection) as queries:
        found = read(*range(1, 41), longest=5)

    assert found[7] == [719, 718, 717, 716, 715]
    assert len(found) == 40
    assert len(queries) < 15


def test_of_very_large_traces_only_the_first_spans_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing_out, "_SPANS_LOOKED_AT", 10)
    write_spans(*(make_span(1, n, 99, duration_ns=n) for n in range(1, 9)))
    write_spans(*(make_span(1, n, 99, duration_ns=n) for n in range(11, 19)))
    write_spans(make_span(1, 99, duration_ns=1))
    write_trace(2, [5, 6])

    # What came with the root, and seven of those that came first; the small trace leaves them its share.
    assert read(1, 2) == {1: [7, 6, 5], 2: [2, 1]}
