"""The self times of all rows are those that bars show of each."""

import random

from hypothesis import given
from hypothesis import strategies as some

from tests.traces.outlines import make_outline, make_trace
from traces.bars import measure_self_ns


@given(some.integers(0, 2**32))
def test_a_row_takes_the_same_alone_and_among_all(seed: int) -> None:
    chance = random.Random(seed)
    trace = make_trace(
        [
            make_outline(
                n, chance.randint(0, n - 1) or None, start_ns=chance.randint(0, 50), duration_ns=chance.randint(0, 50)
            )
            for n in range(1, chance.randint(2, 15))
        ]
    )
    assert list(trace.self_times_ns) == [measure_self_ns(trace.rows, row) for row in range(len(trace.rows))]
