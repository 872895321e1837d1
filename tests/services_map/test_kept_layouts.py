"""A map looks tomorrow as it looks today: layouts are kept, and new ones begin with the latest."""

from dataclasses import replace

import pytest

from services_map.domain.calls.nodes import USER, Node, NodeKind
from services_map.domain.map.layout import Layout, lay_out
from services_map.models import MapLayout
from services_map.reading import kept_layouts
from services_map.reading.kept_layouts import Pair, load_layout, name_topology, pack, unpack
from tests.services_map.graphs import Shape, make_landscape, service
from traces.storage.base import DEFAULT_PROJECT


def landscape(services: int) -> tuple[list[Node], list[Pair]]:
    figures = make_landscape(Shape(services=services))
    return list(figures.nodes), [(link.edge.caller, link.edge.callee) for link in figures.links]


def load(nodes: list[Node], pairs: list[Pair], is_whole: bool = True) -> Layout:
    return load_layout(DEFAULT_PROJECT, nodes, pairs, is_whole)


def test_a_layout_is_unpacked_as_it_was_packed() -> None:
    nodes, pairs = landscape(40)
    nodes.append(Node(NodeKind.DATABASE, "name with “quotes”, \u202e and \U0001f4be"))
    layout = lay_out(nodes, pairs)
    assert unpack(pack(layout)) == replace(layout, is_rearranged=False)


def test_a_topology_has_one_name_in_whatever_order_it_comes() -> None:
    a, b, c = service("a"), service("b"), service("c")
    name = name_topology([a, b, c], [(a, b), (b, c)])
    assert name_topology([c, a, b], [(b, c), (a, b)]) == name
    others = [
        name_topology([a, b, c], [(b, a), (b, c)]),
        name_topology([a, b], [(a, b)]),
        name_topology([a, b, c, USER], [(a, b), (b, c)]),
        name_topology([a, b, Node(NodeKind.DATABASE, "c")], [(a, b), (b, c)]),
    ]
    assert len({name, *others}) == 5


@pytest.mark.django_db
def test_the_same_topology_stands_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes, pairs = landscape(30)
    first = load(nodes, pairs)
    load(*landscape(31))
    unpack.cache_clear()
    monkeypatch.setattr(kept_layouts, "lay_out", None)
    again = load(nodes[::-1], pairs[::-1])
    assert again.positions == first.positions
    assert again.routes == first.routes


@pytest.mark.django_db
def test_a_new_topology_begins_with_the_latest_layout() -> None:
    nodes, pairs = landscape(30)
    before = load(nodes, pairs)
    new = service("new")
    after = load([*nodes, new], [*pairs, (nodes[0], new)])
    assert after == lay_out([*nodes, new], [*pairs, (nodes[0], new)], before.order)


@pytest.mark.django_db
def test_a_part_of_the_map_follows_the_latest_and_is_not_kept() -> None:
    nodes, pairs = landscape(30)
    whole = load(nodes, pairs)
    part = load(nodes[:10], [], is_whole=False)
    assert part == lay_out(nodes[:10], [], whole.order)
    assert MapLayout.objects.count() == 1


@pytest.mark.django_db
def test_sixteen_topologies_are_kept() -> None:
    nodes = [service(f"service-{number}") for number in range(20)]
    for number in range(1, 20):
        load(nodes[:number], [])
    assert MapLayout.objects.count() == 16
    kept = set(MapLayout.objects.values_list("topology_hash", flat=True))
    assert name_topology(nodes[:19], []) in {bytes(name) for name in kept}
    assert name_topology(nodes[:3], []) not in {bytes(name) for name in kept}
