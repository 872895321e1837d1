"""The dependency map, the neighbours of a service and those it only knows by calling them. Both engines."""

import pytest

from services_map import reading
from services_map.domain.calls.nodes import USER, Connection, Edge, Node, NodeKind
from services_map.domain.errors import ServiceNotFound
from services_map.domain.latency.levels import HOUR, MINUTE
from services_map.domain.summary import MapFigures
from services_map.models import Subject
from services_map.reading import links as links_reading
from tests.builders import MS, NOW_NS, SECOND
from tests.services_map.rows import Call, add_link, calls_edge, learn_operation, write_calls
from traces.domain.query import Window
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.django_db
NOW_S = NOW_NS // SECOND
LAST_HOUR = Window(start_ns=NOW_NS - HOUR * SECOND, end_ns=NOW_NS)
HOUR_BEFORE = Window(start_ns=NOW_NS - 2 * HOUR * SECOND, end_ns=NOW_NS - HOUR * SECOND)
WEB, SHOP = Node(NodeKind.SERVICE, "web"), Node(NodeKind.SERVICE, "shop")
ORDERS = Node(NodeKind.DATABASE, "orders")


def write_link(edge: Edge, *calls: Call, at_s: int = NOW_S - 90) -> int:
    """Calls over a link; its id."""
    link = add_link(edge)
    write_calls(Subject.LINK, link, at_s, *calls)
    return link


def load_map() -> MapFigures:
    return reading.load_links(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, NOW_NS)


def count_calls(found: MapFigures, node: Node) -> int | None:
    figures = found.nodes[node]
    return figures.count if figures else None


def call(milliseconds: int, count: int, *, is_failed: bool = False, is_unpaired: bool = False) -> Call:
    duration_ns = milliseconds * MS
    return Call(duration_ns=duration_ns, count=count, is_entry=False, is_failed=is_failed, is_root=is_unpaired)


def test_what_was_called_by_the_name_of_a_service_is_that_service() -> None:
    learn_operation("shop")
    outside = Edge(WEB, Node(NodeKind.EXTERNAL, "shop"), Connection.CALL)
    ids = (write_link(calls_edge("web", "shop"), call(2, 8)), write_link(outside, call(2, 3, is_unpaired=True)))
    [link] = load_map().links
    assert (link.edge, link.link_ids, link.figures.count, link.unpaired) == (calls_edge("web", "shop"), ids, 11, 3)


def test_a_map_has_the_links_of_its_window_and_what_they_join() -> None:
    service, _ = learn_operation("shop")
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=MS, count=30))
    used = write_link(calls_edge("web", "shop"), call(2, 8), call(2, 2, is_failed=True))
    write_link(calls_edge("web", "old"), call(2, 8), at_s=NOW_S - 5 * HOUR)
    found = load_map()
    [link] = found.links
    assert (link.link_ids, link.edge, found.link_count) == ((used,), calls_edge("web", "shop"), 1)
    assert (link.figures.count, link.figures.error_share, link.before.count) == (10, 0.2, 0)
    assert link.figures.p95_ns == pytest.approx(2 * MS, rel=0.01)
    assert list(found.nodes) == [SHOP, WEB]
    assert found.nodes[WEB] is None
    assert count_calls(found, SHOP) == 30
    assert found.slots == {"shop": 0}


def test_calls_that_nobody_answered_with_a_span_are_counted() -> None:
    write_link(calls_edge("web", "shop"), call(2, 8), call(2, 3, is_unpaired=True))
    assert [(link.figures.count, link.unpaired) for link in load_map().links] == [(11, 3.0)]


def test_a_node_without_spans_has_the_figures_of_the_calls_into_it() -> None:
    write_link(Edge(WEB, ORDERS, Connection.QUERY), call(1, 4))
    write_link(Edge(SHOP, ORDERS, Connection.QUERY), call(9, 6))
    write_link(Edge(USER, WEB, Connection.CALL), call(9, 6))
    found = load_map()
    counts = {node: count_calls(found, node) for node in found.nodes}
    assert counts == {SHOP: None, WEB: 6, ORDERS: 10, USER: None}
    medians = {node: figures.p50_ns for node, figures in found.nodes.items() if figures}
    assert medians[ORDERS] == pytest.approx(9 * MS, rel=0.01)


def test_a_service_without_links_stands_on_the_map_too() -> None:
    service, _ = learn_operation("cron")
    write_calls(Subject.SERVICE, service, NOW_S - 90, Call(duration_ns=MS, count=3))
    assert list(load_map().nodes) == [Node(NodeKind.SERVICE, "cron")]


def test_peers_are_what_several_services_call_together() -> None:
    write_link(Edge(WEB, ORDERS, Connection.QUERY), call(1, 4), at_s=NOW_S - MINUTE)
    write_link(Edge(SHOP, ORDERS, Connection.QUERY), call(9, 6), at_s=NOW_S - HOUR - 5 * MINUTE)
    write_link(calls_edge("web", "shop"), call(9, 6))
    overview = reading.load_services(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, NOW_NS)
    [peer] = overview.peers
    assert (peer.node, peer.callers, overview.peer_count) == (ORDERS, ["shop", "web"], 1)
    assert (peer.figures.count, peer.before.count, peer.series.weights[-2:]) == (4, 6, [4.0, 0.0])


def test_neighbours_are_those_who_call_and_those_who_are_called() -> None:
    learn_operation("shop")
    write_link(calls_edge("web", "shop"), call(1, 4))
    write_link(calls_edge("app", "shop"), call(1, 9))
    write_link(Edge(SHOP, ORDERS, Connection.QUERY), call(1, 2))
    write_link(calls_edge("shop", "shop"), call(1, 1))
    write_link(calls_edge("web", "app"), call(1, 7))
    found = reading.load_neighbours(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, "shop", NOW_NS)
    assert [(link.edge.caller.name, link.figures.count) for link in found.callers] == [
        ("app", 9), ("web", 4), ("shop", 1),
    ]  # fmt: skip
    assert [(link.edge.callee.name, link.figures.count) for link in found.callees] == [("orders", 2), ("shop", 1)]
    with pytest.raises(ServiceNotFound):
        reading.load_neighbours(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, "stop", NOW_NS)


def test_of_very_many_links_the_busiest_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_reading, "MOST_LINKS", 2)
    monkeypatch.setattr(links_reading, "MOST_PEERS", 2)
    for n in range(5):
        write_link(Edge(SHOP, Node(NodeKind.EXTERNAL, f"{n}.example"), Connection.CALL), call(1, n + 1))
    found = load_map()
    assert [link.edge.callee.name for link in found.links] == ["3.example", "4.example"]
    assert found.link_count == 5
    overview = reading.load_services(DEFAULT_PROJECT, LAST_HOUR, HOUR_BEFORE, NOW_NS)
    assert ([peer.node.name for peer in overview.peers], overview.peer_count) == (["3.example", "4.example"], 5)
