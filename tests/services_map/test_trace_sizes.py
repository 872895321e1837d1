"""How many spans a trace brings that begins in a service."""

import pytest

from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.domain.sampling.trace_sizes import MAX_DEPTH, ServiceSpans, measure_trace_sizes, trace_calls

MAILS = Node(NodeKind.QUEUE, "mails")
SERVICES = ("web", "pay", "mailer")


def spans(of_all: int, entries: int, roots: int = 0) -> ServiceSpans:
    return ServiceSpans(spans=of_all, entries=entries, roots=roots)


def edge(caller: Node | str, callee: Node | str) -> Edge:
    ends = [Node(NodeKind.SERVICE, end) if isinstance(end, str) else end for end in (caller, callee)]
    return Edge(ends[0], ends[1], Connection.CALL)


def test_a_trace_has_the_spans_of_every_service_it_goes_through() -> None:
    services = {"web": spans(300, 100, 100), "pay": spans(100, 50), "stock": spans(100, 100)}
    calls = {("web", "pay"): 50.0, ("pay", "stock"): 100.0}
    assert measure_trace_sizes(services, calls) == pytest.approx({"web": 5, "pay": 4, "stock": 1})


def test_what_several_call_is_put_down_to_each_by_its_share_of_the_calls() -> None:
    services = {"web": spans(10, 10, 10), "cron": spans(10, 10, 10), "pay": spans(80, 40)}
    sizes = measure_trace_sizes(services, {("web", "pay"): 3.0, ("cron", "pay"): 1.0})
    assert sizes == pytest.approx({"web": 1 + 60 / 10, "cron": 1 + 20 / 10, "pay": 2})


def test_all_traces_together_have_all_spans() -> None:
    services = {"web": spans(40, 20, 12), "pay": spans(90, 30, 3), "stock": spans(70, 35)}
    # Two services that call each other, and one that calls itself.
    calls = {("web", "pay"): 9.0, ("pay", "web"): 5.0, ("pay", "stock"): 8.0, ("stock", "stock"): 2.0}
    sizes = measure_trace_sizes(services, calls)
    assert 12 * sizes["web"] + 3 * sizes["pay"] == pytest.approx(40 + 90 + 70)


def test_who_only_calls_each_other_does_not_make_traces_without_end() -> None:
    services = {"a": spans(10, 10), "b": spans(10, 10)}
    sizes = measure_trace_sizes(services, {("a", "b"): 1.0, ("b", "a"): 1.0})
    assert sizes == pytest.approx(dict.fromkeys("ab", MAX_DEPTH + 1))


def test_a_service_that_nobody_enters_has_no_traces() -> None:
    assert measure_trace_sizes({"a": spans(10, 0)}, {}) == {"a": 0}
    assert measure_trace_sizes({}, {("a", "b"): 1.0}) == {}


def test_calls_go_through_queues_to_those_who_receive() -> None:
    links = {
        edge("web", MAILS): 30.0,
        edge("pay", MAILS): 10.0,
        edge(MAILS, "mailer"): 80.0,
        edge("web", "pay"): 5.0,
    }
    assert trace_calls(links, SERVICES) == {("web", "mailer"): 60, ("pay", "mailer"): 20, ("web", "pay"): 5}


def test_calls_of_nobody_and_to_nobody_are_none() -> None:
    unknown = Node(NodeKind.EXTERNAL, "bank.example")
    links = {
        edge(USER, "web"): 9.0,
        edge("web", Node(NodeKind.DATABASE, "pay")): 9.0,
        edge("web", unknown): 9.0,
        edge(MAILS, "mailer"): 9.0,
        edge("web", Node(NodeKind.EXTERNAL, "pay")): 2.0,
    }
    assert trace_calls(links, SERVICES) == {("web", "pay"): 2}
