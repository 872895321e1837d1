"""Spans of an operation in the hour before those that a page shows, as the roll-ups counted them."""

from services_map.models import Subject
from tests.builders import SECOND
from tests.pages.sending import HALF_A_MINUTE_AGO
from tests.services_map.rows import Call, write_calls
from traces.models import Operation


def count_calls(name: str, *calls: Call) -> None:
    """A span of the operation was sent already."""
    operation = Operation.objects.get(name=name).pk
    write_calls(Subject.OPERATION, operation, HALF_A_MINUTE_AGO // SECOND - 3_600, *calls)
