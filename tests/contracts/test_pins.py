"""What every store promises of the list of pinned traces."""

from dataclasses import replace

import pytest
from django.conf import LazySettings

from tests.builders import trace_id
from tests.contracts.merging import read_trace
from tests.contracts.pinned import expire, pin, unpin, write_at
from traces.domain.errors import TraceNotFound
from traces.domain.pin import TooManyPins
from traces.models import Organization, PinnedTrace, Project
from traces.storage import get_store, pins
from traces.storage.base import DEFAULT_PROJECT, ProjectId

pytestmark = pytest.mark.django_db(transaction=True)


def test_pins_belong_to_a_project() -> None:
    other = ProjectId(Project.objects.create(organization=Organization.objects.get(pk=1), slug="other").pk)
    write_at(50, 1)
    write_at(50, 1, project=other)
    get_store().pin_trace(other, trace_id(1), "theirs")

    assert get_store().find_pins(DEFAULT_PROJECT, [trace_id(1)]) == {}
    assert expire() == 2

    assert (read_trace(1), len(read_trace(1, other))) == ([], 2)


def test_a_pin_has_a_note_that_can_be_changed_and_pins_are_listed_latest_first() -> None:
    write_at(1, 1, 2)
    first = get_store().pin_trace(DEFAULT_PROJECT, trace_id(1), "INC-812")
    pin(2)

    changed = get_store().pin_trace(DEFAULT_PROJECT, trace_id(1), "second failure")

    assert changed == replace(first, note="second failure")
    assert [each.trace_id for each in get_store().list_pins(DEFAULT_PROJECT)] == [trace_id(2), trace_id(1)]
    assert get_store().find_pins(DEFAULT_PROJECT, [trace_id(1), trace_id(3)]) == {trace_id(1): changed}
    assert PinnedTrace.objects.count() == 2


def test_only_what_is_here_can_be_pinned_and_only_so_many(settings: LazySettings) -> None:
    settings.PINNED_TRACES_MAX = 2
    write_at(1, 1, 2, 3)
    with pytest.raises(TraceNotFound):
        pin(9)
    pin(1, 2)

    with pytest.raises(TooManyPins, match=r"^2 traces are pinned"):
        pin(3)

    pin(1, note="still")
    assert unpin(2)
    pin(3)
    assert pins.read_pins() == {DEFAULT_PROJECT: {trace_id(1), trace_id(3)}}
