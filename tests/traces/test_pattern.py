"""Regular expressions from people: bounded in size, in memory and in time."""

import pytest

from traces.domain.deadline import TimeLimitReached, check_time, work_within
from traces.domain.errors import InvalidQuery
from traces.domain.pattern import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(a{1000}){1000}", "is not a regular expression: invalid repetition size"),
        (r"\pL{900}", "is not a regular expression: pattern too large"),
        (r"(\pL|\pN){400}.*", "is not a regular expression: pattern too large"),
        ("(.{900}|x)?(.{900}|y)?", "is too large: it repeats too much."),
        ("a" * 1_001, "A regular expression has at most 1,000 characters."),
        ("(" * 900, "is not a regular expression: missing )"),
        (r"(a)\1", "is not a regular expression: invalid escape sequence"),
    ],
)
def test_a_pattern_that_is_too_large_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        compile_pattern(pattern)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("(a+)+b", "a" * 100_000, False),
        ("(x+x+)+y", "x" * 100_000 + "y", True),
        ("(a|aa)*c", "a" * 100_000 + "c", True),
        (".*a.{300}", "a" * 10_000, True),
        (r"[0-9a-f]{8}-(\pL|\d)*", "0123abcd-é1", True),
        ("(.?){300}z", "é" * 300 + "z", True),
    ],
)
def test_patterns_that_take_others_for_ever_are_matched(pattern: str, text: str, is_match: bool) -> None:
    assert compile_pattern(pattern)(text) is is_match


def test_a_match_that_may_outlast_its_time_is_not_begun() -> None:
    match = compile_pattern("(.*.?){300}a")

    with work_within(1.0):
        assert not match("b" * 1_000)
        with pytest.raises(TimeLimitReached):
            match("b" * 4_000_000)
    assert compile_pattern("b*")("b" * 4_000_000)


def test_an_earlier_end_is_not_put_off() -> None:
    with work_within(0.0), pytest.raises(TimeLimitReached), work_within(60.0):
        check_time(0.001)
    check_time(10**9)
