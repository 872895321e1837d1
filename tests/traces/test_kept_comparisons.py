"""The comparisons that a process keeps: not many, and none that is large."""

import pytest

from tests.traces.outlines import make_outline
from traces.comparing import comparison
from traces.comparing.comparison import Found, compare
from traces.domain.trace import Trace, build_trace


def make_trace(number: int, span_count: int) -> Trace:
    """A trace of its own, in which every span has a name of its own."""
    root = make_outline(1, name=f"root {number}", duration_ns=1_000)
    names = (f"{number} {child}" for child in range(2, span_count + 1))
    children = [make_outline(child, 1, name=name) for child, name in enumerate(names, 2)]
    return build_trace(number.to_bytes(16, "big"), [root, *children])


def find(a: int, b: int, span_count: int = 2) -> Found:
    return compare(make_trace(a, span_count), make_trace(b, span_count)).found


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    comparison._get_kept.cache_clear()


def test_the_last_comparisons_are_kept_and_which_is_a_matters() -> None:
    first = find(1, 2)
    assert find(1, 2) is first
    assert find(2, 1) is not first
    for number in range(10, 13):
        find(1, number)
    assert find(1, 2) is not first


def test_large_comparisons_are_not_kept_and_leave_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "_MAX_KEPT_LINES", 30)
    small = find(1, 2)
    large = find(3, 4, 20)
    assert find(3, 4, 20) is not large
    assert find(1, 2) is small


def test_all_that_is_kept_is_no_more_than_one_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = find(1, 2, 5), find(3, 4, 5)
    monkeypatch.setattr(comparison, "_MAX_KEPT_LINES", first.lines + second.lines - 1)
    third = find(5, 6, 5)
    assert find(5, 6, 5) is third
    assert find(1, 2, 5) is not first
