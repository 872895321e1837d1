"""Answers in portions: no message that a client with gRPC's own limits refuses, no trace whole in memory."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from traces.domain.errors import TraceNotFound
from traces.domain.span import Span
from tracing_ui.compat.jaeger.whole_trace import read_whole_spans

# A client takes 4 MiB unless it is told otherwise.
MESSAGE_BYTES = 1024 * 1024

_Item = TypeVar("_Item")


def read_all_traces(trace_ids: Iterable[bytes], is_raw: bool) -> Iterator[list[Span]]:
    """The spans of traces in portions, each of one trace; one that went meanwhile is left out."""
    for trace_id in trace_ids:
        try:
            portions = read_whole_spans(trace_id, is_raw)
        except TraceNotFound:
            continue
        yield from portions


def split_by_size(
    items: Iterable[_Item], measure: Callable[[_Item], int], most: int = MESSAGE_BYTES
) -> Iterator[list[_Item]]:
    """Runs of items, together at most `most` bytes; one that is larger stands alone."""
    run: list[_Item] = []
    size = 0
    for item in items:
        item_size = measure(item)
        if run and size + item_size > most:
            yield run
            run, size = [], 0
        run.append(item)
        size += item_size
    if run:
        yield run
