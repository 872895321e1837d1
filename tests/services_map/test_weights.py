"""Adjusted counts from tracestate."""

import pytest

from services_map.domain.latency.cells import WEIGHT_UNIT
from services_map.domain.latency.weights import read_weight


@pytest.mark.parametrize(
    ("trace_state", "weight"),
    [
        (b"", 1),
        (b"ot=th:0", 1),
        (b"ot=th:8", 2),
        (b"ot=th:c", 4),
        (b"vendor=x, ot=th:8;x:y", 2),
        (b"ot=rv:ffffffffffffff;th:c", 4),
        (b"ot=p:3;r:5", 8),
        (b"ot=p:0", 1),
    ],
)
def test_a_span_stands_for_as_many_as_its_threshold_says(trace_state: bytes, weight: int) -> None:
    assert read_weight(trace_state) == weight * WEIGHT_UNIT


def test_one_in_a_hundred_stands_for_a_hundred() -> None:
    assert read_weight(b"ot=th:fd70a4") / WEIGHT_UNIT == pytest.approx(100, rel=1e-4)


@pytest.mark.parametrize(
    "trace_state",
    [
        b"th:8",
        b"x@ot=th:8",
        b"ot=th:",
        b"ot=th:0x1",
        b"ot=th:+1",
        b"ot=th:1_0",
        b"ot=th:C",
        b"ot=th:fffffffffffffff",
        b"ot=th:8;" + b"x" * 300,
        b"ot=p:63",
        b"ot=p:64",
        b"ot=p:5;r:3",
        b"ot",
        b"\xff\xfe=\x00",
    ],
)
def test_what_cannot_be_believed_counts_once(trace_state: bytes) -> None:
    assert read_weight(trace_state) == WEIGHT_UNIT


def test_randomness_below_the_threshold_contradicts_it() -> None:
    assert read_weight(b"ot=th:8;rv:7fffffffffffff") == WEIGHT_UNIT
    assert read_weight(b"ot=th:8", randomness=0x7FFFFFFFFFFFFF) == WEIGHT_UNIT
    assert read_weight(b"ot=th:8", randomness=0x80000000000000) == 2 * WEIGHT_UNIT


def test_no_span_stands_for_more_than_sixteen_million() -> None:
    assert read_weight(b"ot=th:ffffffffffffff") == 2**24 * WEIGHT_UNIT
    assert read_weight(b"ot=p:62") == 2**24 * WEIGHT_UNIT
