"""What one row of a roll-up holds: counts by version, status and bucket, and an example for each row of a heatmap.

A row is of one subject (an operation, a service, a link), one level and one slot of time. Its cells are packed as
(key, count) pairs of 32 bits each; `weights` are there where some span stands for others because it was sampled.
Cells are sums: merging two rows is adding them, in any order.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

CELL: Final = np.dtype([("key", "<u4"), ("count", "<u4")])
#: Weights are whole numbers of 1/65,536: their sums do not depend on an order.
WEIGHT: Final = np.dtype("<u8")
WEIGHT_UNIT: Final = 65_536
#: One span: whether it failed and its row in a heatmap (`row | FAILED`), its duration, trace and span.
EXAMPLE: Final = np.dtype([("key", "<u2"), ("duration_ns", "<u8"), ("trace_id", "u1", 16), ("span_id", "u1", 8)])
FAILED: Final = 1 << 15

BUCKET_BITS: Final = 12
STATUS_SHIFT: Final = 12
ROOT: Final = 1 << 14
#: In a link: the callee sent no span of its own for this call.
UNPAIRED: Final = ROOT
#: The span is a request to its service: a server's or a consumer's, a root, or one whose parent is known to be remote.
ENTRY: Final = 1 << 15
VERSION_SHIFT: Final = 16
MAX_VERSIONS: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Counts as columns, all of one length. `weights` are in spans, not in WEIGHT_UNITs.

    A key may come more than once: whoever reads them sums.
    """

    keys: NDArray[np.int64]
    counts: NDArray[np.int64]
    weights: NDArray[np.float64]

    @property
    def buckets(self) -> NDArray[np.int64]:
        return self.keys & ((1 << BUCKET_BITS) - 1)

    @property
    def statuses(self) -> NDArray[np.int64]:
        """0 unset, 1 ok, 2 error."""
        return (self.keys >> STATUS_SHIFT) & 3

    @property
    def are_roots(self) -> NDArray[np.bool_]:
        return (self.keys & ROOT).astype(np.bool_)

    @property
    def are_entries(self) -> NDArray[np.bool_]:
        return (self.keys & ENTRY).astype(np.bool_)

    @property
    def versions(self) -> NDArray[np.int64]:
        """The number of the version in its service; 0 where it gave none."""
        return self.keys >> VERSION_SHIFT


def make_key(version: int, status: int, *, is_root: bool, is_entry: bool, bucket: int) -> int:
    """The key of a cell."""
    return version << VERSION_SHIFT | status << STATUS_SHIFT | is_root * ROOT | is_entry * ENTRY | bucket


def unpack_counts(cells: bytes, weights: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """Keys, counts and weights in WEIGHT_UNITs of a row, or of many joined (where none or all of them has weights)."""
    found = np.frombuffer(cells, CELL)
    counts = found["count"].astype(np.int64)
    units = np.frombuffer(weights, WEIGHT) if weights else counts.astype(np.uint64) * np.uint64(WEIGHT_UNIT)
    return found["key"].astype(np.int64), counts, units


def read_cells(cells: bytes, weights: bytes) -> Cells:
    """The cells of a row."""
    keys, counts, units = unpack_counts(cells, weights)
    return Cells(keys=keys, counts=counts, weights=units / WEIGHT_UNIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A span that fell into a row of a heatmap."""

    trace_id: bytes
    span_id: bytes
    duration_ns: int
    row: int
    is_error: bool


def read_examples(packed: bytes) -> list[Example]:
    """The examples of a row."""
    return [
        Example(
            trace_id=item["trace_id"].tobytes(),
            span_id=item["span_id"].tobytes(),
            duration_ns=int(item["duration_ns"]),
            row=int(item["key"]) & ~FAILED,
            is_error=bool(int(item["key"]) & FAILED),
        )
        for item in np.frombuffer(packed, EXAMPLE)
    ]
