"""The rules of "What happened" about calls: loops, retries, what could overlap, and very many."""

import pytest

from tests.traces.explaining import CONSUMER, MS, SERVER, call, find, find_all, find_numbers, span
from tests.traces.outlines import make_trace
from traces.domain.explaining.explain import MOST_FINDINGS
from traces.domain.explaining.findings import Rule
from traces.domain.span import SpanOutline

ROOT = span(1, None, 0, 1_000, "checkout")


def loop(count: int, every: float = 10, length: float = 9, parent: int = 1, first: int = 2) -> list[SpanOutline]:
    return [call(first + n, parent, every * n, every * n + length) for n in range(count)]


def test_five_calls_one_after_the_other_are_a_loop() -> None:
    (finding,) = find(Rule.N_PLUS_ONE, span(1, None, 0, 100), *loop(5))
    assert (finding.row, finding.rows) == (1, [1, 2, 3, 4, 5])
    assert finding.numbers == {"calls": 5, "sum_ns": 45 * MS, "times": 1}


@pytest.mark.parametrize("spans", [
    [span(1, None, 0, 100), *loop(4)],
    [span(1, None, 0, 226), *loop(5)],
    [span(1, None, 0, 100), *loop(5, every=2)],
    [span(1, None, 0, 0), *loop(5, every=0, length=0)],
    [span(1, None, 0, 100), *(span(n, 1, 10 * n, 10 * n + 9) for n in range(2, 7))],
    [span(1, None, 0, 100), *(call(n, 1, 10 * n, 10 * n + 9, f"call {n}") for n in range(2, 7))],
    [span(1, None, 0, 100), *(call(n, 1, 10 * n, 10 * n + 9, fails=n > 3) for n in range(2, 7))],
    [span(1, None, 0, 100), *loop(3), span(9, 1, 0, 99), *loop(3, parent=9, first=10)],
])  # fmt: skip
def test_these_are_no_loop(spans: list[SpanOutline]) -> None:
    """Four; less than a fifth of the parent; at once; no time; no calls; different; failing ones; of two parents."""
    assert not find(Rule.N_PLUS_ONE, *spans)


@pytest.mark.parametrize(("overlapping", "is_loop"), [(1, True), (2, False)])
def test_four_fifths_have_to_come_after_all_before(overlapping: int, is_loop: bool) -> None:
    calls = [
        call(2, 1, 0, 9),
        *(call(3 + n, 1, 5, 9) for n in range(overlapping)),
        *loop(6 - overlapping, first=10)[1:],
    ]
    assert len(calls) == 6
    assert bool(find(Rule.N_PLUS_ONE, span(1, None, 0, 100), *calls)) is is_loop


@pytest.mark.parametrize(("overlap_us", "is_loop"), [(50, True), (51, False)])
def test_fifty_microseconds_of_overlap_come_from_clocks(overlap_us: int, is_loop: bool) -> None:
    assert bool(find(Rule.N_PLUS_ONE, span(1, None, 0, 100), *loop(5, length=10 + overlap_us / 1_000))) is is_loop


def test_a_call_to_another_service_without_a_client_span_is_a_call() -> None:
    servers = [span(n, 1, 10 * n, 10 * n + 9, "GET", "stock", SERVER) for n in range(2, 7)]
    assert find_numbers(Rule.N_PLUS_ONE, span(1, None, 0, 100), *servers)["calls"] == 5
    consumers = [span(n, 1, 10 * n, 10 * n + 9, "take", "stock", CONSUMER) for n in range(2, 7)]
    assert not find(Rule.N_PLUS_ONE, span(1, None, 0, 100), *consumers)


def test_an_operation_that_loops_again_and_again_is_one_finding() -> None:
    parents = [span(n, 1, 300 * n, 300 * n + 100, "load cart") for n in (2, 3)]
    second = [call(30 + n, 3, 900 + 10 * n, 909 + 10 * n) for n in range(6)]
    first = [call(10 + n, 2, 600 + 10 * n, 609 + 10 * n) for n in range(5)]
    (finding,) = find(Rule.N_PLUS_ONE, span(1, None, 0, 2_000), *parents, *first, *second)
    assert (finding.row, len(finding.rows)) == (8, 11)
    assert finding.numbers == {"calls": 6, "sum_ns": 54 * MS, "times": 2}


def attempts(*failed: bool, wait: float = 10, overlap: float = 0) -> list[SpanOutline]:
    """Of 20 ms each."""
    return [call(2 + n, 1, n * (20 + wait) - overlap * n, n * (20 + wait) + 20 - overlap * n, "POST", fails)
            for n, fails in enumerate(failed)]  # fmt: skip


def test_a_call_is_tried_again_that_failed() -> None:
    (finding,) = find(Rule.RETRIES, ROOT, *attempts(True, True, False))
    assert (finding.row, finding.rows) == (1, [1, 2, 3])
    assert finding.numbers == {"attempts": 3, "is_success": 1, "whole_ns": 80 * MS, "waited_ns": 20 * MS, "times": 1}


def test_or_fails_in_the_end() -> None:
    assert find_numbers(Rule.RETRIES, ROOT, *attempts(True, True, True))["is_success"] == 0


def test_the_called_side_says_as_well_that_it_failed() -> None:
    spans = [*attempts(False, False), span(9, 2, 5, 15, "POST", "bank", SERVER, fails=True)]
    assert not find(Rule.RETRIES, ROOT, *spans)
    spans.append(span(10, 3, 35, 45, "POST", "bank", SERVER))
    assert find_numbers(Rule.RETRIES, ROOT, *spans)["callee"] == 2


def test_waits_may_grow_from_attempt_to_attempt() -> None:
    starts = (0, 1_000, 3_900, 12_000)
    spans = [call(2 + n, 1, start, start + 20, "POST", n < 3) for n, start in enumerate(starts)]
    assert find_numbers(Rule.RETRIES, span(1, None, 0, 20_000), *spans)["attempts"] == 4


@pytest.mark.parametrize("spans", [
    attempts(False, False, False),
    attempts(False, True),
    attempts(True, True),
    attempts(True, False, wait=1_001),
    attempts(True, False, wait=0, overlap=1),
    [call(2, 1, 0, 20, "POST", True), call(3, 1, 30, 50, "PUT")],
    [call(2, 1, 0, 20, "POST", True), span(3, 1, 25, 99, "again"), call(4, 3, 30, 50, "POST")],
    [span(2, 1, 0, 20, "work", fails=True), span(3, 1, 30, 50, "work")],
])  # fmt: skip
def test_these_are_no_retries(spans: list[SpanOutline]) -> None:
    """None failed; the last did; two did; too late; at once; another call; another parent; no calls."""
    assert not find(Rule.RETRIES, ROOT, *spans)


def test_the_wait_between_attempts_is_no_gap() -> None:
    spans = [call(2, 1, 0, 400, "POST", True), call(3, 1, 900, 1_000, "POST")]
    assert find(Rule.RETRIES, ROOT, *spans)
    assert not find(Rule.GAP, ROOT, *spans)


def to_services(*services: str, length: float = 100, every: float = 110, number: int = 2) -> list[SpanOutline]:
    """A call to each, one after the other, and its server."""
    return [each for n, service in enumerate(services) for each in (
        call(number + 2 * n, 1, every * n, every * n + length, f"call {service}"),
        span(number + 1 + 2 * n, number + 2 * n, every * n + 1, every * n + length - 1, "serve", service, SERVER),
    )]  # fmt: skip


def test_calls_to_three_services_could_overlap() -> None:
    (finding,) = find(Rule.SEQUENTIAL, ROOT, *to_services("a", "b", "c", length=190, every=200))
    assert (finding.row, finding.rows) == (0, [1, 3, 5])
    assert finding.numbers == {"calls": 3, "sum_ns": 570 * MS, "saving_ns": 380 * MS, "times": 1}


@pytest.mark.parametrize("spans", [
    [ROOT, *to_services("a", "b", length=300, every=310)],
    [ROOT, *to_services("a", "b", "a", length=190, every=200)],
    [ROOT, *to_services("a", "b", "c", length=190, every=180)],
    [ROOT, *to_services("a", "b", "c", length=160, every=170)],
    [ROOT, *to_services("a", length=700), call(10, 1, 701, 790), call(11, 1, 795, 890, "UPDATE")],
    [span(1, None, 0, 30), *to_services("a", "b", "c", length=9, every=10)],
])  # fmt: skip
def test_these_need_not_be_asked_about(spans: list[SpanOutline]) -> None:
    """Two; to two services; they overlap; less than half; less than a fifth to save; less than 20 ms to save."""
    assert not find(Rule.SEQUENTIAL, *spans)


def test_ten_calls_of_one_span_are_a_fan_out() -> None:
    (finding,) = find(Rule.FAN_OUT, ROOT, *to_services(*"abcdefghij", length=50, every=20))
    assert (finding.row, len(finding.rows)) == (0, 10)
    assert finding.numbers == {"calls": 10, "targets": 10, "at_once": 3, "times": 1}
    assert not find(Rule.FAN_OUT, ROOT, *to_services(*"abcdefghi", length=50, every=20))


def test_a_loop_of_ten_calls_is_not_said_to_be_a_fan_out_too() -> None:
    assert find(Rule.N_PLUS_ONE, span(1, None, 0, 150), *loop(15))
    assert not find(Rule.FAN_OUT, span(1, None, 0, 150), *loop(15))


def test_where_every_span_has_a_name_of_its_own_not_all_are_said() -> None:
    """A loop of so many calls below each of many pages is said instead of their fan-out, and not of all pages."""
    pages = [span(page, 1, 0, 100, f"GET /user/{page}") for page in range(2, 2 + 2 * MOST_FINDINGS)]
    loops = [each for number in range(2, 2 + len(pages)) for each in loop(10, parent=number, first=1_000 * number)]
    findings = find_all(make_trace([ROOT, *pages, *loops]))
    assert len(findings) == MOST_FINDINGS
    assert Rule.FAN_OUT not in {each.rule for each in findings}
