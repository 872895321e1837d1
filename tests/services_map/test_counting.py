"""Spans as sums: the same whatever the order, and as numpy counts them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services_map.domain.latency.buckets import BUCKETS, BUCKETS_A_ROW, MIDDLE_NS, UPPER_NS, buckets_of, row_bounds_ns
from services_map.domain.latency.cells import WEIGHT_UNIT, make_key, read_cells, read_examples
from services_map.domain.latency.counting import Counted, PackedRow, Sums, add_stored, coarsen, count_spans, pack_rows
from services_map.domain.latency.histogram import Histogram
from services_map.domain.latency.levels import DAY, HOUR, MINUTE, TEN_MINUTES
from traces.domain.span import MAX_NS

Row = tuple[int, int]
Span = tuple[int, int, int, int, bool, int, int]  # subject, start in seconds, duration, status, is a root, version, id


def counted(spans: Sequence[Span], times: int = 1, units: int = WEIGHT_UNIT) -> Counted:
    column = list(zip(*spans, strict=True)) if spans else [()] * 7
    ids = [number.to_bytes(8) for number in column[6]]
    return Counted(
        subjects=np.array(column[0], np.int64),
        starts_ns=np.array(column[1], np.int64) * 10**9,
        durations_ns=np.array(column[2], np.int64),
        statuses=np.array(column[3], np.int64),
        are_roots=np.array(column[4], np.bool_),
        are_entries=np.array(column[4], np.bool_),
        versions=np.array(column[5], np.int64),
        units=np.full(len(spans), units, np.int64),
        times=np.full(len(spans), times, np.int64),
        trace_ids=np.frombuffer(b"".join(number * 2 for number in ids), np.uint8).reshape(-1, 16),
        span_ids=np.frombuffer(b"".join(ids), np.uint8).reshape(-1, 8),
    )


def plain(spans: Sequence[Span], level_s: int) -> dict[Row, Counter[int]]:
    rows: dict[Row, Counter[int]] = {}
    for subject, start_s, duration_ns, status, is_root, version, _ in spans:
        bucket = next(bucket for bucket in range(BUCKETS) if duration_ns <= UPPER_NS[bucket])
        key = make_key(version, min(status, 2), is_root=is_root, is_entry=is_root, bucket=bucket)
        rows.setdefault((subject, start_s - start_s % level_s), Counter())[key] += 1
    return rows


def unpacked(rows: Sequence[PackedRow]) -> dict[Row, Counter[int]]:
    found = {}
    for row in rows:
        cells = read_cells(row.cells, row.weights)
        found[row.subject, row.start_s] = Counter(dict(zip(cells.keys.tolist(), cells.counts.tolist(), strict=True)))
    return found


SPANS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(1_000_000_000, 1_000_200_000),
        st.one_of(st.integers(0, 10**6), st.just(MAX_NS)),
        st.integers(0, 3),
        st.booleans(),
        st.integers(0, 2),
        st.integers(1, 2**63),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(spans=SPANS, cut=st.integers(0, 40), level_s=st.sampled_from([MINUTE, TEN_MINUTES, HOUR, DAY]))
def test_sums_do_not_depend_on_how_spans_come(spans: list[Span], cut: int, level_s: int) -> None:
    first, second = (coarsen(count_spans(counted(some)), level_s) for some in (spans[:cut], spans[cut:]))
    stored = {(row.subject, row.start_s): row for row in pack_rows(first)}
    touched = [
        stored[key]
        for key in zip(second.subjects.tolist(), second.starts_s.tolist(), strict=True)
        if key in stored
    ]  # fmt: skip
    stored.update(((row.subject, row.start_s), row) for row in pack_rows(add_stored(second, touched)))
    together = {(row.subject, row.start_s): row for row in pack_rows(coarsen(count_spans(counted(spans)), level_s))}
    assert stored == together
    assert unpacked(list(together.values())) == plain(spans, level_s)


@settings(max_examples=30, deadline=None)
@given(spans=SPANS, more=SPANS)
def test_what_is_taken_back_was_never_there(spans: list[Span], more: list[Span]) -> None:
    everything = list(pack_rows(count_spans(counted([*spans, *more]))))
    taken = count_spans(counted(more, times=-1))
    touched = set(zip(taken.subjects.tolist(), taken.starts_s.tolist(), strict=True))
    left = pack_rows(add_stored(taken, [row for row in everything if (row.subject, row.start_s) in touched]))
    rest = {key: cells for key, cells in unpacked(list(left)).items() if cells}
    assert rest == {key: cells for key, cells in plain(spans, MINUTE).items() if key in touched}


def test_no_cell_counts_less_than_nothing() -> None:
    (row,) = pack_rows(count_spans(counted([(1, 60, 5, 0, True, 0, 1)], times=-1)))
    assert row.cells == b""


def test_weights_are_kept_only_where_a_span_stands_for_others() -> None:
    (plain_row,) = pack_rows(count_spans(counted([(1, 60, 5, 0, True, 0, 1)])))
    assert plain_row.weights == b""
    sampled = count_spans(counted([(1, 60, 5, 0, True, 0, 2)], units=4 * WEIGHT_UNIT))
    (row,) = pack_rows(add_stored(sampled, [plain_row]))
    cells = read_cells(row.cells, row.weights)
    assert (cells.counts.tolist(), cells.weights.tolist()) == ([2], [5.0])


def test_a_count_beyond_32_bits_takes_several_cells() -> None:
    spans = counted([(1, 60, 5, 0, True, 0, 1)])
    (row,) = pack_rows(count_spans(spans))
    for _ in range(34):
        (row,) = pack_rows(add_stored(_nothing_of(row), [row, row]))
    cells = read_cells(row.cells, row.weights)
    assert cells.counts.sum() == 2**34
    assert cells.weights.sum() == 2.0**34
    assert len(cells.counts) == 5


def _nothing_of(row: PackedRow) -> Sums:
    """Sums of a row that add nothing to it."""
    return replace(count_spans(counted([])), subjects=np.array([row.subject]), starts_s=np.array([row.start_s]))


def test_each_row_of_the_heatmap_has_an_example_and_failed_ones_have_their_own() -> None:
    spans = [(1, 60, 1_000, 0, True, 0, 7), (1, 61, 1_001, 0, True, 0, 5), (1, 62, 1_002, 2, True, 0, 9)]
    (row,) = pack_rows(count_spans(counted(spans)))
    examples = read_examples(row.examples)
    assert [(int.from_bytes(one.span_id), one.is_error, one.duration_ns) for one in examples] == [
        (5, False, 1_001),
        (9, True, 1_002),
    ]
    low, high = row_bounds_ns(examples[0].row)
    assert low <= 1_001 <= high


def test_examples_of_deleted_traces_go() -> None:
    (row,) = pack_rows(count_spans(counted([(1, 60, 1_000, 0, True, 0, 7)])))
    trace_id = read_examples(row.examples)[0].trace_id
    sums = count_spans(counted([(1, 60, 1_000, 0, True, 0, 7)], times=-1))
    (gone,) = pack_rows(add_stored(sums, [row], {trace_id}))
    assert (gone.cells, gone.examples) == (b"", b"")


def test_every_duration_is_within_one_percent_of_its_bucket() -> None:
    durations = np.unique(np.concatenate([np.arange(1, 5_000), np.geomspace(1, 2**62, 20_000).astype(np.int64)]))
    middles = MIDDLE_NS[buckets_of(durations)]
    # The middle is not a whole number: below 100 ns one percent is less than the rounding of the edges.
    assert (np.abs(middles - durations) / durations).max() <= 0.01 + 1e-9


@pytest.mark.parametrize("duration", [0, 1, 2, 1_000, 10**9, MAX_NS - 1, MAX_NS])
def test_a_duration_lies_between_the_edges_of_its_bucket(duration: int) -> None:
    bucket = int(buckets_of(np.array([duration]))[0])
    low, high = row_bounds_ns(bucket // BUCKETS_A_ROW)
    assert (UPPER_NS[bucket - 1] if bucket else -1) < duration <= UPPER_NS[bucket]
    assert low <= duration <= high


@settings(max_examples=60, deadline=None)
@given(
    durations=st.lists(st.integers(0, 10**12), min_size=1, max_size=60),
    share=st.sampled_from([0.5, 0.75, 0.9, 0.99, 1.0]),
)
def test_a_percentile_is_numpy_s_within_one_percent(durations: list[int], share: float) -> None:
    values = np.array(durations)
    ones = np.ones(values.size)
    found = Histogram.of(buckets_of(values), ones.astype(np.int64), ones).percentile_ns(share)
    expected = np.quantile(values, share, method="inverted_cdf")
    assert found == pytest.approx(expected, rel=0.0101)
