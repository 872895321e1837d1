"""The traces that a process remembers."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.traces.test_trace import TRACE, outline
from traces.domain.clock import Clock
from traces.domain.errors import TooBusy
from traces.domain.trace import Trace, build_trace
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.trace_cache import TraceCache, count_bytes

KEY_1, KEY_2, KEY_3 = ((DEFAULT_PROJECT, bytes([number]), Clock.SENT) for number in (1, 2, 3))


def make_trace(version: str = "a", spans: int = 10) -> Trace:
    trace = build_trace(TRACE, [outline(number) for number in range(1, spans + 1)])
    return replace(trace, rows=replace(trace.rows, spans=replace(trace.rows.spans, version=version)))


def make_cache(max_bytes: int = 10**6) -> TraceCache:
    return TraceCache(max_bytes, patience_seconds=30)


def refuse() -> Trace:
    raise AssertionError("it should be remembered")


def is_kept(cache: TraceCache, key: tuple[ProjectId, bytes, Clock], version: str = "a") -> bool:
    try:
        cache.load(key, version, refuse)
    except AssertionError:
        return False
    return True


def give(trace: Trace) -> Callable[[], Trace]:
    return lambda: trace


def test_a_trace_is_read_once() -> None:
    cache, trace = make_cache(), make_trace()
    assert cache.load(KEY_1, "a", give(trace)) is trace
    assert cache.load(KEY_1, "a", refuse) is trace


@pytest.mark.parametrize("key", [(ProjectId(2), b"\1", Clock.SENT), KEY_2, (DEFAULT_PROJECT, b"\1", Clock.CORRECTED)])
def test_another_project_another_trace_and_another_clock_are_another_trace(
    key: tuple[ProjectId, bytes, Clock],
) -> None:
    cache = make_cache()
    cache.load(KEY_1, "a", give(make_trace()))
    assert not is_kept(cache, key)


def test_a_newer_version_takes_the_place_and_the_room_of_the_older_one() -> None:
    cache = make_cache(2 * count_bytes(make_trace()))
    newer = make_trace("b")
    for _ in range(5):
        cache.load(KEY_1, "a", give(make_trace("a")))
        assert cache.load(KEY_1, "b", give(newer)) is newer
    assert not is_kept(cache, KEY_1, "a")
    cache.load(KEY_2, "a", give(make_trace()))
    assert is_kept(cache, KEY_1, "b")


def test_the_trace_that_was_asked_for_longest_ago_goes_first() -> None:
    cache = make_cache(2 * count_bytes(make_trace()))
    cache.load(KEY_1, "a", give(make_trace()))
    cache.load(KEY_2, "a", give(make_trace()))
    cache.load(KEY_1, "a", refuse)
    cache.load(KEY_3, "a", give(make_trace()))
    assert [is_kept(cache, key) for key in (KEY_1, KEY_2, KEY_3)] == [True, False, True]


def test_a_trace_that_is_too_large_is_not_kept_and_drives_out_no_other() -> None:
    small, large = make_trace(), make_trace(spans=11)
    cache = make_cache(count_bytes(small))
    cache.load(KEY_1, "a", give(small))
    assert cache.load(KEY_2, "a", give(large)) is large
    assert [is_kept(cache, key) for key in (KEY_1, KEY_2)] == [True, False]
    assert not is_kept(make_cache(0), KEY_1)


def test_memory_is_counted_by_spans_and_repeats() -> None:
    assert count_bytes(make_trace(spans=110)) - count_bytes(make_trace(spans=10)) == 100 * 330


def test_those_who_ask_at_once_for_one_trace_share_one_reading() -> None:
    cache, began, may_end, readings = make_cache(), threading.Event(), threading.Event(), []
    trace = make_trace()

    def read() -> Trace:
        readings.append(1)
        began.set()
        assert may_end.wait(20)
        return trace

    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(cache.load, KEY_1, "a", read) for _ in range(8)]
        assert began.wait(20)
        # Another trace does not wait for it.
        other = cache.load(KEY_2, "a", give(trace))
        may_end.set()
        assert all(answer.result(20) is trace for answer in answers)
    assert (readings, other) == ([1], trace)


def test_a_reading_that_fails_leaves_the_next_to_try_again() -> None:
    cache, trace = make_cache(), make_trace()
    with pytest.raises(AssertionError):
        cache.load(KEY_1, "a", refuse)
    assert cache.load(KEY_1, "a", give(trace)) is trace


def test_who_waits_too_long_for_the_reading_of_others_is_told_so() -> None:
    cache, began, may_end = TraceCache(10**6, patience_seconds=0.05), threading.Event(), threading.Event()

    def read() -> Trace:
        began.set()
        assert may_end.wait(20)
        return make_trace()

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(cache.load, KEY_1, "a", read)
        assert began.wait(20)
        with pytest.raises(TooBusy):
            cache.load(KEY_1, "a", refuse)
        may_end.set()
        trace = first.result(20)
    assert cache.load(KEY_1, "a", refuse) is trace
