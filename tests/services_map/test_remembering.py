"""A value that many ask for and that is read rarely."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest

from services_map.sampling.remembering import Remembered
from traces.domain.errors import StoreUnavailable


class Source:
    """Counts how often it is read; `trouble` comes once each. `clock` stands still until it is set."""

    def __init__(self) -> None:
        self.reads = 0
        self.trouble: list[Exception] = []
        self.now_s = 0.0
        self.before_answer: Callable[[], object] = bool

    def read(self) -> int:
        self.reads += 1
        value = self.reads
        self.before_answer()
        if self.trouble:
            raise self.trouble.pop()
        return value

    def remembered(self) -> Remembered[int]:
        return Remembered(self.read, 5.0, lambda: self.now_s)


def test_it_is_read_anew_when_it_is_old() -> None:
    source = Source()
    value = source.remembered()
    assert [value.get(), value.get()] == [1, 1]
    source.now_s = 4.9
    assert value.get() == 1
    source.now_s = 5.0
    assert [value.get(), value.get()] == [2, 2]


def test_what_was_forgotten_is_read_anew() -> None:
    source = Source()
    value = source.remembered()
    value.forget()
    assert value.get() == 1
    value.forget()
    assert [value.get(), value.get()] == [2, 2]


def test_what_was_read_before_somebody_forgot_it_is_not_kept() -> None:
    source = Source()
    value = source.remembered()
    source.before_answer = value.forget
    assert value.get() == 1
    source.before_answer = bool
    assert [value.get(), value.get()] == [2, 2]


def test_while_the_store_is_away_what_was_true_before_is_told() -> None:
    source = Source()
    value = source.remembered()
    value.get()
    source.now_s, source.trouble = 10.0, [StoreUnavailable("away")]
    assert [value.get(), value.get(), source.reads] == [1, 1, 2]
    source.now_s = 20.0
    assert value.get() == 3


def test_without_a_value_from_before_trouble_is_trouble_and_the_next_tries_again() -> None:
    source = Source()
    value = source.remembered()
    source.trouble = [StoreUnavailable("away")]
    with pytest.raises(StoreUnavailable):
        value.get()
    assert value.get() == 2


def test_one_thread_reads_and_the_others_do_not_wait_for_it() -> None:
    source = Source()
    value = source.remembered()
    value.get()
    begun, may_end = Event(), Event()

    def wait() -> bool:
        begun.set()
        return may_end.wait(20)

    source.before_answer = wait
    source.now_s = 10.0
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(value.get)
        assert begun.wait(20)
        assert value.get() == 1
        may_end.set()
        assert reading.result(20) == 2
    assert (value.get(), source.reads) == (2, 2)


def test_of_those_who_wait_for_the_first_value_one_reads_it() -> None:
    source = Source()
    value = source.remembered()
    may_end = Event()
    source.before_answer = lambda: may_end.wait(20)
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(value.get) for _ in range(8)]
        may_end.set()
        assert {each.result(20) for each in waiting} == {1}


def test_of_those_who_wait_for_the_first_value_one_meets_trouble_for_all() -> None:
    all_ask, asked, reads = Event(), count(1), count(1)

    def read() -> int:
        next(reads)
        all_ask.wait(20)
        raise StoreUnavailable("away")

    def clock() -> float:
        now = next(asked)
        if now == 4:
            all_ask.set()
        return now

    value = Remembered(read, 5.0, clock)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(value.get) for _ in range(4)]
        assert [str(each.exception(20)) for each in waiting] == ["away"] * 4
    assert next(reads) == 2
