"""Where errors begin, and what holds for all findings of any trace."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as some

from tests.traces.explaining import CLIENT, SERVER, call, find, find_all, find_numbers, invent, span
from tests.traces.outlines import make_trace
from traces.domain.explaining.findings import PROPERTIES, QUALITY, Rule
from traces.domain.span import SpanOutline, StatusCode

ROOT = span(1, None, 0, 1_000, "checkout", fails=True)


def test_an_error_begins_in_the_deepest_span_that_fails() -> None:
    (finding,) = find(Rule.ERROR_ORIGIN, ROOT, span(2, 1, 0, 50, fails=True), span(3, 2, 0, 40, "charge", fails=True))
    assert (finding.row, finding.rows) == (2, [0, 1, 2])
    assert finding.numbers == {
        "above": 2, "reaches_root": 1, "top": 0, "times": 1, "origins": 1, "others": 0,
    }  # fmt: skip


def test_it_ends_where_the_span_above_did_not_fail() -> None:
    spans = span(2, 1, 0, 50), span(3, 2, 0, 40, "charge", fails=True)
    numbers = find_numbers(Rule.ERROR_ORIGIN, span(1, None, 0, 100), *spans)
    assert (numbers["above"], numbers["reaches_root"], numbers["top"]) == (0, 0, 2)


def test_without_an_error_nothing_is_said_of_one() -> None:
    assert not find(Rule.ERROR_ORIGIN, span(1, None, 0, 100), span(2, 1, 0, 50))


def test_a_server_that_answers_with_a_4xx_passes_the_error_on() -> None:
    client, server = span(2, 1, 0, 90, "POST", kind=CLIENT, fails=True), span(3, 2, 5, 80, "POST", "bank", SERVER)
    below = span(4, 3, 10, 70, "check", "bank", fails=True)
    (finding,) = find(Rule.ERROR_ORIGIN, ROOT, client, server, below)
    assert (finding.row, finding.rows) == (3, [0, 1, 3])
    said_ok = replace(server, status=StatusCode.OK)
    assert sorted(each.row for each in find(Rule.ERROR_ORIGIN, ROOT, client, said_ok, below)) == [1, 3]


def test_what_reaches_the_root_is_said_first_then_what_is_deepest() -> None:
    spans = [
        span(2, 1, 0, 10, "shallow", fails=True),
        span(3, 1, 20, 90), span(4, 3, 20, 90),
        span(5, 4, 20, 80, "deep", fails=True), span(6, 3, 90, 95, "less", fails=True),
    ]  # fmt: skip
    trace = make_trace([ROOT, *spans])
    found = [each for each in find_all(trace) if each.rule is Rule.ERROR_ORIGIN]
    assert [trace.rows.operation(each.row).name for each in found] == ["shallow", "deep", "less"]


def test_an_operation_in_which_many_errors_begin_is_one_finding_and_three_are_the_most() -> None:
    spans = [span(n, 1, n, n + 1, f"step {n % 5}", fails=True) for n in range(2, 22)]
    found = find(Rule.ERROR_ORIGIN, ROOT, *spans)
    assert [each.numbers["times"] for each in found] == [4, 4, 4]
    assert [each.numbers["others"] for each in found] == [0, 0, 2]
    assert found[0].numbers["origins"] == 5


def test_an_attempt_that_failed_before_one_that_succeeded_is_no_error() -> None:
    root, failed = span(1, None, 0, 100), call(2, 1, 0, 20, "POST", fails=True)
    below = span(9, 2, 5, 15, "POST", "bank", SERVER, fails=True)
    assert find(Rule.ERROR_ORIGIN, root, failed, below)
    again = call(3, 1, 30, 50, "POST"), span(10, 3, 35, 45, "POST", "bank", SERVER)
    assert not find(Rule.ERROR_ORIGIN, root, failed, below, *again)


@settings(max_examples=40)
@given(some.integers(0, 2**32))
def test_all_errors_of_any_trace_begin_somewhere(seed: int) -> None:
    """As a plain walk over it says, without retries."""
    spans = [replace(each, operation=replace(each.operation, kind=1)) for each in invent(seed)]
    spans = [replace(each, operation=replace(each.operation, service=spans[0].operation.service)) for each in spans]
    trace = make_trace(spans)
    rows = trace.rows
    failing = {row for row in range(len(rows)) if rows[row].span.is_error}
    origins = [row for row in failing if not failing & set(rows.find_children(row))]
    found = [each for each in find_all(trace) if each.rule is Rule.ERROR_ORIGIN]
    assert sum(each.numbers["times"] for each in found) <= len(origins)
    assert len({rows.operation(row) for row in origins}) == len(found) + (found[-1].numbers["others"] if found else 0)
    for each in found:
        assert each.row in origins
        assert set(each.rows) <= failing
        assert each.numbers["above"] == len(each.rows) - 1


@settings(max_examples=40)
@given(some.integers(0, 2**32))
def test_findings_of_any_trace_are_in_order_and_about_its_rows(seed: int) -> None:
    trace = make_trace(list(invent(seed)))
    found = find_all(trace)
    for each in found:
        assert each.rows
        assert {each.row, *each.rows} <= set(range(len(trace.rows)))
        assert len(set(each.rows)) == len(each.rows)
    places = [2 if each.rule in PROPERTIES else 1 if each.rule in QUALITY else 0 for each in found]
    assert places == sorted(places)
    assert all(a.weight >= b.weight for (a, b), (p, q) in zip(pairwise(found), pairwise(places), strict=True) if p == q)
    assert sum(each.rule is Rule.DOMINANT for each in found) <= 1


@settings(max_examples=40)
@given(some.integers(0, 2**32))
def test_what_is_found_does_not_depend_on_when_or_under_which_names(seed: int) -> None:
    spans = list(invent(seed))

    def elsewhere(span: SpanOutline) -> SpanOutline:
        operation = replace(
            span.operation, service=replace(span.operation.service, name=span.operation.service.name + "!")
        )
        return replace(span, start_ns=span.start_ns + 10**18, operation=operation)

    assert find_all(make_trace(spans)) == find_all(make_trace([elsewhere(each) for each in spans]))


def test_a_trace_as_deep_or_as_wide_as_any_is_explained() -> None:
    deep = [span(n, n - 1 or None, n, 100_000 - n, fails=True) for n in range(1, 5_001)]
    (finding,) = find(Rule.ERROR_ORIGIN, *deep)
    assert finding.numbers["above"] == 4_999
    wide = [span(1, None, 0, 6_000), *(call(n, 1, n, n + 1) for n in range(2, 5_001))]
    assert find_numbers(Rule.N_PLUS_ONE, *wide)["calls"] == 4_999
