"""The rules of "What happened" that say where the time went."""

from dataclasses import replace

import pytest

from tests.traces.explaining import CLIENT, MS, SERVER, call, find, find_all, find_numbers, make_usual, span
from tests.traces.outlines import make_trace
from traces.domain.explaining.findings import Rule
from traces.domain.explaining.main_path import find_main_path
from traces.domain.span import MAX_NS, SpanFlag, SpanOutline

CHARGE = span(2, 1, 10, 80, "charge", "bank")
ROOT = span(1, None, 0, 100, "checkout")


def test_the_operation_that_is_longest_on_the_critical_path_is_named() -> None:
    (finding,) = find(Rule.DOMINANT, ROOT, CHARGE, span(3, 1, 10, 70, "stock", "stock"))
    assert (finding.row, finding.rows) == (1, [1])
    assert finding.numbers == {
        "own_ns": 70 * MS,
        "span_ns": 70 * MS,
        "longest_ns": 70 * MS,
        "is_unusual": 0,
        "is_short": 0,
    }


def test_of_several_spans_the_longest_on_the_path_is_shown_first() -> None:
    calls = [call(number, 1, 10 * number, 10 * number + length) for number, length in ((2, 5), (3, 9), (4, 6))]
    (finding,) = find(Rule.DOMINANT, span(1, None, 20, 50), *calls)
    assert (finding.row, finding.rows) == (2, [1, 2, 3])
    assert (finding.numbers["own_ns"], finding.numbers["span_ns"]) == (20 * MS, 6 * MS)


@pytest.mark.parametrize(("longest", "is_unusual"), [(60, 1), (69.9, 1), (70, 0), (90, 0)])
def test_it_is_unusual_beyond_19_of_20(longest: float, is_unusual: int) -> None:
    usual = {CHARGE.operation: make_usual(10, 20, 30, longest)}
    (finding,) = find(Rule.DOMINANT, ROOT, CHARGE, usual=usual)
    assert finding.numbers["is_unusual"] == is_unusual
    assert finding.numbers["usual_ns"] == 20 * MS
    assert finding.numbers["usual_p95_ns"] == int(longest * MS)


@pytest.mark.parametrize(("times", "is_said"), [(17, False), (18, True)])
def test_with_fewer_than_72_spans_nothing_is_usual(times: int, is_said: bool) -> None:
    usual = {CHARGE.operation: make_usual(1, 2, 3, 4, times=times)}
    (finding,) = find(Rule.DOMINANT, ROOT, CHARGE, usual=usual)
    assert ("usual_ns" in finding.numbers, finding.numbers["is_unusual"]) == (is_said, is_said)


def test_no_operation_is_dominant_below_a_quarter_nor_alone() -> None:
    fifths = [call(number, 1, 20 * number, 20 * number + 20, f"call {number}") for number in range(2, 7)]
    assert not find(Rule.DOMINANT, span(1, None, 40, 140), *fifths)
    assert find(Rule.DOMINANT, span(1, None, 40, 120), *fifths[:4])
    assert not find_all(make_trace([ROOT]))


def test_of_several_roots_the_longest_counts_and_of_equal_ones_the_traces_own() -> None:
    late = span(8, None, 50, 300, "report"), span(9, 8, 60, 290, "query")
    assert find_main_path(make_trace([ROOT, CHARGE, *late])).root == 2
    orphan = replace(span(8, 99, 0, 100, "orphan"), start_ns=0)
    trace = make_trace([orphan, replace(ROOT, start_ns=5 * MS, duration_ns=100 * MS)])
    assert find_main_path(trace).root == trace.root_row == 1


def test_shares_of_services_add_up_to_the_root() -> None:
    path = find_main_path(make_trace([ROOT, CHARGE, span(3, 2, 20, 50, "write", "ledger")]))
    assert [(each.key.name, each.own_ns, list(each.rows)) for each in path.services] == [
        ("bank", 40 * MS, [1]), ("shop", 30 * MS, [0]), ("ledger", 30 * MS, [2]),
    ]  # fmt: skip
    assert sum(each.own_ns for each in path.operations) == path.duration_ns == 100 * MS


def test_a_span_is_slow_beyond_its_own_19_of_20() -> None:
    quote = span(3, 1, 82, 98, "quote")
    usual = {quote.operation: make_usual(1, 2, 3, 4), ROOT.operation: make_usual(10, 20, 30, 40)}
    (finding,) = find(Rule.SLOW, ROOT, CHARGE, quote, usual=usual)
    assert (finding.row, finding.numbers["span_ns"], finding.numbers["usual_ns"]) == (2, 16 * MS, 2 * MS)


def test_a_caller_of_something_slow_is_no_news() -> None:
    outer, inner = span(3, 1, 80, 99, "outer"), span(4, 3, 81, 98, "inner")
    usual = {each.operation: make_usual(1, 2, 3, 4) for each in (outer, inner)}
    assert [each.row for each in find(Rule.SLOW, ROOT, CHARGE, outer, inner, usual=usual)] == [3]


@pytest.mark.parametrize("durations", [(1, 2, 3, 17), (8, 8, 8, 9)])
def test_a_span_is_not_slow_that_one_in_twenty_exceeds_or_that_lost_less_than_a_tenth(durations: tuple[int]) -> None:
    quote = span(3, 1, 82, 98, "quote")
    assert not find(Rule.SLOW, ROOT, CHARGE, quote, usual={quote.operation: make_usual(*durations)})


def test_the_longest_on_the_path_is_not_said_to_be_slow_again() -> None:
    assert not find(Rule.SLOW, ROOT, CHARGE, usual={CHARGE.operation: make_usual(1, 2, 3, 4)})


def test_a_stretch_without_a_child_is_a_gap() -> None:
    (finding,) = find(Rule.GAP, ROOT, span(2, 1, 0, 60, "work"), span(3, 1, 85, 100, "rest"))
    assert (finding.row, finding.numbers) == (0, {"gap_ns": 25 * MS, "start_ns": 60 * MS})


@pytest.mark.parametrize("spans", [
    (span(2, 1, 0, 80, "work"),),
    (span(2, 1, 0, 60, "work"), span(3, 1, 75, 90, "rest")),
    (span(2, 1, 0, 40, "work"), span(3, 1, 95, 100, "rest"), span(4, 1, 50, 97, "nobody waited for this")),
])  # fmt: skip
def test_what_is_a_fifth_or_less_or_has_a_child_is_no_gap(spans: tuple[SpanOutline, ...]) -> None:
    assert not find(Rule.GAP, ROOT, *spans)


def test_a_leaf_or_a_client_has_no_gap_and_five_milliseconds_are_the_least() -> None:
    client = span(2, 1, 0, 100, "GET", kind=CLIENT), span(3, 2, 90, 100, "GET", "bank", SERVER)
    assert not find(Rule.GAP, ROOT, *client)
    (found,) = find_all(make_trace([span(1, None, 0, 6), span(2, 1, 0, 1)]))
    assert "gap_ns" not in found.numbers


def test_a_gap_that_is_what_the_longest_consists_of_is_said_with_it() -> None:
    (finding,) = find_all(make_trace([ROOT, span(2, 1, 0, 20, "work")]))
    assert (finding.rule, finding.numbers["own_ns"], finding.numbers["gap_ns"]) == (Rule.DOMINANT, 80 * MS, 80 * MS)


def wait(start: float, end: float) -> list[SpanOutline]:
    """A call of 80 ms and its server."""
    return [ROOT, span(2, 1, 10, 90, "GET", kind=CLIENT), span(3, 2, start, end, "GET", "bank", SERVER)]


def test_what_passes_between_a_client_and_its_server_is_network_or_queue() -> None:
    (finding,) = find(Rule.NETWORK, *wait(40, 80))
    assert (finding.row, finding.rows, finding.numbers) == (1, [1], {"gap_ns": 40 * MS, "calls": 1, "server": 2})


def test_senders_that_know_no_kinds_name_both_sides_of_a_call_alike() -> None:
    client, server = span(2, 1, 10, 90, "Bank/Charge", kind=0), span(3, 2, 40, 80, "grpc.Bank/Charge", "bank", kind=0)
    assert find_numbers(Rule.NETWORK, ROOT, client, server)["gap_ns"] == 40 * MS
    handler = replace(client, operation=replace(client.operation, name="charge the card"))
    assert not find(Rule.NETWORK, ROOT, handler, server)


def test_the_client_is_not_said_to_be_the_longest_as_well() -> None:
    assert [each.rule for each in find_all(make_trace(wait(60, 70)))] == [Rule.NETWORK]


@pytest.mark.parametrize("spans", [
    wait(14, 85),
    [*wait(40, 80), span(4, 2, 10, 20, "its own child")],
    [*wait(40, 80)[:2], span(3, 2, 40, 95, "GET", "bank", SERVER)],
    [*wait(40, 80)[:2], span(3, 2, 40, 80, "GET", "shop", SERVER)],
    [*wait(40, 80)[:2], span(3, 2, 40, 80, "GET", "bank")],
    [span(1, None, 0, 10), span(2, 1, 0, 10, kind=CLIENT), span(3, 2, 4, 9.1, "GET", "bank", SERVER)],
    [span(1, None, 0, 10), span(2, 1, 0, 10, kind=CLIENT)],
])  # fmt: skip
def test_no_network_is_seen_where_it_is_little_or_the_server_is_not_its_other_side(spans: list[SpanOutline]) -> None:
    """Less than a tenth; another child; a server that goes on; the same service; no server; little; nobody answers."""
    assert not find(Rule.NETWORK, *spans)


def test_clocks_that_were_put_right_are_said() -> None:
    spans = [ROOT, span(2, 1, 10, 50, "GET", kind=CLIENT), span(3, 2, 205, 225, "GET", "bank", SERVER)]
    trace = make_trace(spans)
    assert trace.rows[2].span.flags & SpanFlag.CLOCK_CORRECTED
    (finding,) = [each for each in find_all(trace) if each.rule is Rule.SKEW]
    assert (finding.rows, finding.numbers["lowest_ns"], finding.numbers["is_moved"]) == ([2], -185 * MS, 1)
    assert not find(Rule.SKEW, *spans[:2])


def test_spans_without_their_parents_are_counted() -> None:
    (finding,) = find(Rule.ORPHANS, ROOT, span(5, 77, 10, 20), span(6, 5, 10, 20), span(7, 78, 10, 20))
    assert (finding.rows, finding.numbers) == ([1, 3], {"spans": 2})
    assert not find(Rule.ORPHANS, ROOT, CHARGE)


def test_a_span_that_would_end_beyond_all_clocks_ends_with_them() -> None:
    endless = replace(CHARGE, duration_ns=MAX_NS)
    (finding,) = find(Rule.DOMINANT, replace(ROOT, duration_ns=MAX_NS), endless)
    assert finding.row == 1
    assert finding.numbers["span_ns"] == MAX_NS - CHARGE.start_ns
