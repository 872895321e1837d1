"""From rows of roll-ups to how many traces began with an operation, minute by minute."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from services_map.domain.latency import summing
from services_map.domain.latency.buckets import MIDDLE_NS
from services_map.domain.latency.cells import ROOT
from services_map.domain.latency.joined_rows import JoinedRows
from services_map.domain.sampling.following import MINUTE_S, MINUTES, Load

Name = tuple[str, str]
#: So many minutes at most an operation is waited for whose traces take long.
_MOST_LATE: Final = 8
#: If more of its traces than this are longer, they are waited for.
_LATE_SHARE: Final = 0.05
_NS: Final = 1_000_000_000


def read_loads(counted: JoinedRows, ids: Mapping[Name, Sequence[int]], end_s: int) -> dict[Name, Load]:
    """Of each service and operation with traces in the MINUTES before `end_s`; `ids` are those of its rows.

    Only spans without a parent count: with them a trace begins, and its sampling is decided. They count as they came,
    whatever they say that they stand for.
    """
    names = list(ids)
    if not names:
        return {}
    cells = summing.tally(counted, [ids[name] for name in names])
    cells = cells.select(cells.has_bits(ROOT, ROOT))
    minutes = (cells.starts_s - end_s) // MINUTE_S + MINUTES
    places, shape = cells.subjects * MINUTES + minutes, (len(names), MINUTES)
    sent = _count(places, cells.counts, shape)
    failed = _count(places, cells.counts * cells.are_failed, shape)
    late = _find_late(cells, sent.sum(axis=1))
    found = {}
    for number in np.flatnonzero(sent.any(axis=1)).tolist():
        kept = MINUTES - int(late[number])
        found[names[number]] = Load(
            sent=sent[number, :kept].tolist(),
            failed=failed[number, :kept].tolist(),
            end_s=end_s - int(late[number]) * MINUTE_S,
        )
    return found


def _count(places: summing.Ints, values: summing.Floats, shape: tuple[int, int]) -> summing.Ints:
    counted: summing.Ints = np.bincount(places, values, shape[0] * shape[1]).astype(np.int64).reshape(shape)
    return counted


def _find_late(cells: summing.Tally, totals: summing.Ints) -> summing.Ints:
    """Minutes that traces of each subject come late: they come at their end, and count where they began."""
    durations_ns = MIDDLE_NS[cells.buckets]
    late = np.zeros(cells.size, np.int64)
    for minute in range(_MOST_LATE):
        is_long = durations_ns > (minute * MINUTE_S + MINUTE_S / 2) * _NS
        longer = np.bincount(cells.subjects, cells.counts * is_long, cells.size)
        late += longer > _LATE_SHARE * totals
    return late
