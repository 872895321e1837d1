"""What is said of a duration beside what is usual for its operation."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from tests.builders import MS, SECOND
from tests.traces.outlines import make_outline, make_trace
from traces.domain.errors import StoreUnavailable
from traces.domain.span import Operation
from traces.domain.usual import Usual
from traces.explained.usual import Standing, describe_standing, end_of_day_before, find_standing_of_root, spell_rank
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.usual_times import UsualTimes, get_usual_times, provide

Answer = Callable[[Sequence[Operation], int], Mapping[Operation, Usual]]
#: 990 of up to 10 ms, 10 of up to a second; nothing between.
MOSTLY_QUICK = Usual(
    span_count=1_000,
    uppers_ns=(9 * MS, 10 * MS, 900 * MS, SECOND),
    middles_ns=(9.0 * MS, 10.0 * MS, 900.0 * MS, 1.0 * SECOND),
    weights=(0.0, 990.0, 0.0, 10.0),
)


class Known:
    """Whoever is asked, as a function says."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def load(self, project: ProjectId, operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
        return self._answer(operations, until_ns)

    def find_typical_trace(self, project: ProjectId, operation: Operation, until_ns: int) -> bytes | None:
        return None


@pytest.fixture
def provided() -> Iterator[Callable[[UsualTimes], None]]:
    before = get_usual_times()
    yield provide
    provide(before)


@pytest.mark.parametrize(
    ("share", "span_count", "text"),
    [
        (0.0, 30, "p1"),
        (0.485, 30, "p48"),
        (0.9799, 30, "p97"),
        (0.9999, 999, "p99"),
        (0.0, 1_000, "p0.1"),
        (0.0049, 1_000, "p0.4"),
        (0.973, 41_203, "p97"),
        (0.9967, 41_203, "p99.6"),
        (1.0, 41_203, "p99.9"),
    ],
)
def test_a_rank_is_cut_off_and_never_the_first_or_the_last(share: float, span_count: int, text: str) -> None:
    assert spell_rank(share, span_count) == text


@pytest.mark.parametrize(
    ("duration_ns", "rank", "is_unusual", "has_slower"),
    [
        (10 * MS, "p49", False, True),
        (MS, "p0.1", True, True),
        (9 * MS, "p0.1", False, True),
        (11 * MS, "p99.0", False, True),
        (500 * MS, "p99.0", True, True),
        (SECOND, "p99.5", True, False),
        (5 * SECOND, "p99.9", True, False),
    ],
)
def test_a_duration_is_unusual_beyond_most_others_and_clearly(
    duration_ns: int, rank: str, is_unusual: bool, has_slower: bool
) -> None:
    assert describe_standing(MOSTLY_QUICK, duration_ns) == Standing(
        rank=rank,
        span_count=1_000,
        p50_ns=10 * MS,
        p95_ns=10 * MS,
        is_unusual=is_unusual,
        has_slower=has_slower,
    )


def test_of_few_spans_nothing_is_usual() -> None:
    few = Usual(span_count=19, uppers_ns=(MS,), middles_ns=(1.0 * MS,), weights=(1_900.0,))
    assert describe_standing(few, MS) is None


def test_a_trace_is_held_against_the_day_that_ends_with_it(provided: Callable[[UsualTimes], None]) -> None:
    trace = make_trace([make_outline(1, duration_ns=500 * MS), make_outline(2, 1, "db", 0, 3 * SECOND + 1)])
    asked: list[int] = []

    def answer(operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
        asked.append(until_ns)
        return dict.fromkeys(operations, MOSTLY_QUICK)

    provided(Known(answer))
    standing = find_standing_of_root(DEFAULT_PROJECT, trace)
    assert standing is not None
    assert (standing.rank, asked) == ("p99.0", [4 * SECOND])
    assert end_of_day_before(trace) == 4 * SECOND


def test_a_trace_goes_without_what_nobody_can_say(provided: Callable[[UsualTimes], None]) -> None:
    def refuse(operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
        raise StoreUnavailable("The store does not answer.")

    answers: tuple[Answer, ...] = (refuse, lambda operations, until_ns: {})
    for answer in answers:
        provided(Known(answer))
        assert find_standing_of_root(DEFAULT_PROJECT, make_trace([make_outline(1)])) is None
