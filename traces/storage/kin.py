"""The ids under which one trace is kept: a 64-bit one, and 128-bit ones that end in it. docs/adr/0014 says why so."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from traces.domain.deadline import check_time
from traces.domain.ids import LAST_SHORT_TRACE_ID, TRACE_ID_BYTES, is_short, shorten
from traces.domain.query import Window
from traces.domain.span import MAX_NS
from traces.storage.layout import Tables
from traces.storage.partitions import Stretch
from traces.storage.rows import PARTITIONS_A_STATEMENT, Part, chunked, query

# Services of one trace whose senders wait, try again or have wrong clocks: further apart it is not looked for.
_APART_NS = 3_600 * 10**9
# For a 64-bit id that no span has: so many partitions are looked through.
_NEWEST_PARTITIONS = 20
_LOW_HALF = TRACE_ID_BYTES // 2


def find_ids(project: int, trace_id: bytes, among: Sequence[Stretch]) -> list[bytes]:
    """The ids of a trace, the one asked for first; `among` are the partitions in use, newest first.

    Of a 128-bit id nothing is looked up. For the 128-bit ids that end in a 64-bit one, all 128-bit ids are looked
    through in partitions of the same time.
    """
    if not is_short(trace_id):
        return [trace_id, shorten(trace_id)]
    window = _find_window(project, trace_id, [stretch.id for stretch in among])
    found: dict[bytes, None] = {trace_id: None}
    near = [stretch for stretch in among if stretch.overlaps(window)] if window else among[:_NEWEST_PARTITIONS]
    for stretch in near:
        check_time()
        find = _remember_longer if stretch.is_sealed else find_longer
        found |= dict.fromkeys(find(project, trace_id, stretch.id))
    return list(found)


def add_short(trace_ids: Sequence[bytes]) -> list[bytes]:
    """These ids and the 64-bit ids that they end in, each once."""
    return list(dict.fromkeys([*trace_ids, *map(shorten, trace_ids)]))


def join_parts(trace_ids: Iterable[bytes], parts: Mapping[bytes, Sequence[Part]]) -> dict[bytes, list[Part]]:
    """The parts of each trace, from those of its ids; traces without any are left out."""
    joined = {
        each: [*parts.get(each, ()), *(parts.get(shorten(each), ()) if not is_short(each) else ())]
        for each in trace_ids
    }
    return {trace_id: of_trace for trace_id, of_trace in joined.items() if of_trace}


def _find_window(project: int, trace_id: bytes, among: Sequence[int]) -> Window | None:
    """When other spans of the trace may have started; None if no span has the id."""
    bounds = list(_read_bounds(project, trace_id, among))
    if not bounds:
        return None
    earliest_ns, latest_ns = min(start for start, _ in bounds), max(end for _, end in bounds)
    return Window(start_ns=earliest_ns - _APART_NS, end_ns=min(MAX_NS, latest_ns + _APART_NS))


def _read_bounds(project: int, trace_id: bytes, among: Sequence[int]) -> Iterator[tuple[int, int]]:
    for numbers in chunked(among, PARTITIONS_A_STATEMENT):
        selects = (
            f"SELECT min(start_ns), max(end_ns) FROM {Tables(number).trace_part} WHERE project = %s AND trace_id = %s"
            for number in numbers
        )
        for first_ns, last_ns in query(" UNION ALL ".join(selects), [project, trace_id] * len(numbers)):
            if first_ns is not None:
                yield first_ns, last_ns


def forget_ids() -> None:
    """Drop what is remembered of sealed partitions."""
    _remember_longer.cache_clear()


def find_longer(project: int, trace_id: bytes, partition: int) -> tuple[bytes, ...]:
    """The 128-bit ids in a partition that end in a 64-bit one.

    64-bit ids come first in the primary key: where there are no others, nothing is looked through.
    """
    rows = query(
        f"SELECT DISTINCT trace_id FROM {Tables(partition).trace_part}"
        f" WHERE project = %s AND trace_id > %s AND substr(trace_id, {_LOW_HALF + 1}) = %s",
        [project, LAST_SHORT_TRACE_ID, trace_id[_LOW_HALF:]],
    )
    return tuple(sorted(bytes(row[0]) for row in rows))


# Of sealed partitions, which do not change.
_remember_longer = lru_cache(maxsize=4_096)(find_longer)
