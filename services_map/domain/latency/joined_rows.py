"""The cells of many rows at once: nothing is done row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services_map.domain.latency.cells import CELL, WEIGHT, WEIGHT_UNIT

Row = tuple[int, int, bytes, bytes]
_ROW_BYTES: Final = 24


@dataclass(frozen=True, slots=True, eq=False)
class JoinedRows:
    """Rows by subject and start, and their cells one after the other, still packed; `sizes` are cells of each row."""

    subjects: NDArray[np.int64]
    starts_s: NDArray[np.int64]
    sizes: NDArray[np.int64]
    cells: bytes
    #: What each cell stands for; None where every span stands for itself.
    weights: NDArray[np.float64] | None

    @property
    def byte_count(self) -> int:
        """About how much memory it takes."""
        weights = 0 if self.weights is None else self.weights.nbytes
        return _ROW_BYTES * self.subjects.size + len(self.cells) + weights


def join_rows(rows: Sequence[Row]) -> JoinedRows:
    """From (subject, start in seconds, cells, weights) as they are stored."""
    sizes = np.fromiter((len(row[2]) for row in rows), np.int64, len(rows)) // CELL.itemsize
    cells = b"".join([row[2] for row in rows])
    return JoinedRows(
        subjects=np.fromiter((row[0] for row in rows), np.int64, len(rows)),
        starts_s=np.fromiter((row[1] for row in rows), np.int64, len(rows)),
        sizes=sizes,
        cells=cells,
        weights=_join_weights(rows, sizes, cells),
    )


def _join_weights(rows: Sequence[Row], sizes: NDArray[np.int64], cells: bytes) -> NDArray[np.float64] | None:
    packed = b"".join([row[3] for row in rows])
    if not packed:
        return None
    have = np.repeat(np.fromiter((bool(row[3]) for row in rows), np.bool_, len(rows)), sizes)
    weights = np.frombuffer(cells, CELL)["count"].astype(np.float64)
    weights[have] = np.frombuffer(packed, WEIGHT) / WEIGHT_UNIT
    return weights
