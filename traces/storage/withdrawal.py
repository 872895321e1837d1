"""What is deleted from a partition, put down so that roll-ups can count it no more."""

import time

import zstandard

from traces.domain.span import SpanFlag
from traces.models import Partition
from traces.storage import tallies, todo
from traces.storage.blocks import ROW_BITS
from traces.storage.layout import Tables
from traces.storage.leaver import LeftOut, pick_spans
from traces.storage.partitions import partition_of
from traces.storage.rows import query


class Withdrawal:
    """Collects what a partition is written anew without; `queue` belongs into the transaction that deletes it."""

    def __init__(self, partition: Partition) -> None:
        # Blocks that were merged hold spans of several arrivals.
        self._is_merged = partition.replaces is not None
        self._compress = zstandard.ZstdCompressor(level=3).compress
        self._withdrawn: list[todo.Withdrawn] = []

    def add(self, project: int, block: int, received_ns: int, left_out: LeftOut) -> None:
        """Spans of one block. Those whose clock was not believed are to be filed where they were."""
        filed_ns = read_filed_times(block) if self._is_merged else {}
        by_arrival: dict[int, set[int]] = {}
        for ordinal in left_out.ordinals:
            by_arrival.setdefault(filed_ns.get(ordinal, received_ns), set()).add(ordinal)
        for arrived_ns, ordinals in by_arrival.items():
            body = pick_spans(left_out.shell, ordinals)
            self._withdrawn.append(
                todo.Withdrawn(
                    project=project, received_ns=arrived_ns, span_count=len(ordinals), body=self._compress(body)
                )
            )

    def queue(self) -> None:
        """Into the queue with it, for later: who deletes says when it is done."""
        if self._withdrawn:
            todo.add_withdrawn(self._withdrawn, time.time_ns() + todo.WITHDRAWN_AFTER_NS)
            tallies.add(tallies.SPANS_WITHDRAWN, sum(item.span_count for item in self._withdrawn))


def read_filed_times(block: int) -> dict[int, int]:
    """Where those spans of a block are filed whose clock was not believed, by ordinal."""
    first = block << ROW_BITS
    rows = query(
        f"SELECT ordinal, start_ns FROM {Tables(partition_of(block)).span}"
        f" WHERE id BETWEEN %s AND %s AND flags & {SpanFlag.CLOCK_IMPLAUSIBLE.value} <> 0",
        [first, first + (1 << ROW_BITS) - 1],
    )
    return dict(rows)
