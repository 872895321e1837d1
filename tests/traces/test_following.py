"""A job that is watched from another thread."""

from threading import Event

import pytest

from traces.following import Followed, GivenUp, Step, Tell

HALF = Step(name="a", done=1, total=2)


def test_a_job_says_how_far_it_is_and_what_it_came_to() -> None:
    seen = Event()

    def job(tell: Tell) -> str:
        tell(HALF)
        assert seen.wait(10)
        return "done"

    followed = Followed(job)
    for step in followed.steps():
        assert step == HALF
        seen.set()
    assert seen.is_set()
    assert followed.result() == "done"


def test_what_a_job_raises_is_raised_to_who_watches() -> None:
    def job(tell: Tell) -> str:
        raise ValueError("No.")

    followed = Followed(job)
    assert [*followed.steps()] == []
    with pytest.raises(ValueError, match=r"No\."):
        followed.result()


def test_a_job_that_nobody_watches_ends_at_its_next_step() -> None:
    told, is_left, ended = Event(), Event(), Event()

    def job(tell: Tell) -> None:
        try:
            tell(HALF)
            told.set()
            assert is_left.wait(10)
            tell(HALF)
        except GivenUp:
            ended.set()

    steps = Followed(job).steps()
    assert next(iter(steps)) == HALF
    assert told.wait(10)
    steps.close()  # type: ignore[attr-defined]
    is_left.set()
    assert ended.wait(10)
