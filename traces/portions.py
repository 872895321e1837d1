"""Whole traces in portions: a trace of any size is never in memory with all its attributes."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from django.conf import settings

from traces.domain.columns import SpanColumns
from traces.domain.errors import StoreUnavailable, TooBusy
from traces.domain.span import Span
from traces.storage import get_store
from traces.storage.base import ProjectId

#: So many spans are decoded at a time.
PORTION_SPANS = 500
_ASK_AGAIN_SECONDS = 0.1

Result = TypeVar("Result")


def read_portions(project: ProjectId, columns: SpanColumns) -> Iterator[tuple[Sequence[int], list[Span]]]:
    """Every span as it was sent, in the order of arrival, each portion with its spans' indexes. For use at once.

    Raises StoreUnavailable, also where spans went or moved meanwhile: what was read is not the trace then.
    """
    # What was stored together is read together.
    order = sorted(range(len(columns)), key=columns.row_ids.__getitem__)
    for first in range(0, len(order), PORTION_SPANS):
        indexes = order[first : first + PORTION_SPANS]
        read = partial(_read, project, columns, indexes)
        yield indexes, read_patiently(read) if first else read()


def read_patiently(read: Callable[[], Result]) -> Result:
    """An answer has begun: that others read just now is no reason to break it off."""
    end = time.monotonic() + settings.SEARCH_TIMEOUT_SECONDS
    while True:
        try:
            return read()
        except TooBusy:
            if time.monotonic() > end:
                raise
            time.sleep(_ASK_AGAIN_SECONDS)


def _read(project: ProjectId, columns: SpanColumns, indexes: Sequence[int]) -> list[Span]:
    spans = get_store().read_spans(project, [columns[index] for index in indexes])
    if len(spans) < len(indexes):
        raise StoreUnavailable("the trace changed while it was read: ask again")
    return spans
