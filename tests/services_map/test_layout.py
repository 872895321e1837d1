"""The layout of the map: what holds of every graph, and some graphs whose picture is known."""

import random
import subprocess
import sys
from collections.abc import Iterable, Mapping
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.service_graphs import service_graph
from services_map.domain.calls.nodes import USER, Node, NodeKind
from services_map.domain.map.layout import (
    BOX_HEIGHT,
    BOX_WIDTH,
    COLUMN_WIDTH,
    MARGIN,
    SLOT_HEIGHT,
    Layout,
    Point,
    lay_out,
)

Edges = list[tuple[Node, Node]]


def service(name: str) -> Node:
    return Node(NodeKind.SERVICE, name)


def services(edges: str) -> tuple[list[Node], Edges]:
    """`a>b b>c d`: two edges and a node without any; `user` is the user."""
    pairs = [[USER if name == "user" else service(name) for name in word.split(">")] for word in edges.split()]
    return [node for pair in pairs for node in pair], [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]


def columns(layout: Layout) -> dict[str, int]:
    return {node.name: (point.x - MARGIN) // COLUMN_WIDTH for node, point in layout.positions.items()}


def check(nodes: Iterable[Node], edges: Edges, layout: Layout) -> None:
    """What is promised of every layout."""
    assert set(layout.positions) == set(layout.order) == set(nodes)
    _check_boxes(layout)
    wanted = {(one, other) for one, other in edges if one != other}
    assert set(layout.routes) == wanted
    assert layout.backward <= wanted
    for (caller, callee), points in layout.routes.items():
        _check_route(layout, caller, callee, points)
    at = layout.positions
    assert all((at[one].x > at[other].x) is ((one, other) in layout.backward) for one, other in wanted)


def _check_boxes(layout: Layout) -> None:
    stacks: dict[int, list[int]] = {}
    for point in layout.positions.values():
        assert (point.x - MARGIN) % COLUMN_WIDTH == 0
        assert MARGIN <= point.x <= layout.width - MARGIN - BOX_WIDTH
        assert MARGIN <= point.y <= layout.height - MARGIN - BOX_HEIGHT
        stacks.setdefault(point.x, []).append(point.y)
    for stack in stacks.values():
        stack.sort()
        assert all(below - above >= SLOT_HEIGHT for above, below in pairwise(stack))


def _check_route(layout: Layout, caller: Node, callee: Node, points: tuple[Point, ...]) -> None:
    assert len(points) % 3 == 1
    left, right = (callee, caller) if (caller, callee) in layout.backward else (caller, callee)
    start, end = (points[-1], points[0]) if (caller, callee) in layout.backward else (points[0], points[-1])
    assert start.x == layout.positions[left].x + BOX_WIDTH
    is_beside = layout.positions[left].x == layout.positions[right].x
    assert end.x == layout.positions[right].x + (BOX_WIDTH if is_beside else 0)
    assert layout.positions[left].y < start.y < layout.positions[left].y + BOX_HEIGHT
    assert layout.positions[right].y < end.y < layout.positions[right].y + BOX_HEIGHT
    assert all(0 <= point.x <= layout.width and 0 <= point.y <= layout.height for point in points)


def crosses_a_box(layout: Layout) -> list[tuple[Node, Node]]:
    """Edges that run through a box: routes are level there, so one height tells."""
    boxes: dict[int, list[int]] = {}
    for point in layout.positions.values():
        boxes.setdefault(point.x, []).append(point.y)
    found = []
    for edge, points in layout.routes.items():
        ends = sorted((points[index], points[index + 3]) for index in range(0, len(points) - 3, 3))
        level = [(one, other) for one, other in map(sorted, ends) if other.x - one.x >= BOX_WIDTH]
        for one, other in level:
            crossed = [y for x, ys in boxes.items() if one.x <= x and x + BOX_WIDTH <= other.x for y in ys]
            found += [edge for y in crossed if y - 1 < one.y < y + BOX_HEIGHT + 1]
    return found


NODES = st.sampled_from([USER, *(Node(NodeKind(kind), name) for kind in range(3) for name in "abcdefgh")])
GRAPHS = st.tuples(st.lists(NODES, max_size=12), st.lists(st.tuples(NODES, NODES), max_size=40))


@given(GRAPHS)
@settings(max_examples=80, deadline=None)
def test_boxes_do_not_overlap_and_every_edge_joins_the_sides_that_face_each_other(
    graph: tuple[list[Node], Edges],
) -> None:
    extra, edges = graph
    nodes = {*extra, *(end for edge in edges for end in edge)}
    layout = lay_out(nodes, edges)
    check(nodes, edges, layout)
    assert crosses_a_box(layout) == []
    if USER in nodes:
        assert layout.positions[USER].x == MARGIN or USER not in {end for edge in layout.routes for end in edge}


@given(GRAPHS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_in_which_things_are_given_does_not_matter(
    graph: tuple[list[Node], Edges], chance: random.Random
) -> None:
    extra, edges = graph
    nodes = [*extra, *(end for edge in edges for end in edge)]
    layout = lay_out(nodes, edges)
    chance.shuffle(nodes)
    chance.shuffle(edges)
    assert lay_out(nodes, [*edges, *edges]) == layout


@given(GRAPHS)
@settings(max_examples=80, deadline=None)
def test_an_unchanged_graph_stays_where_it_is(graph: tuple[list[Node], Edges]) -> None:
    extra, edges = graph
    nodes = {*extra, *(end for edge in edges for end in edge)}
    layout = lay_out(nodes, edges)
    assert lay_out(nodes, edges, layout.order) == layout


@given(GRAPHS, GRAPHS)
@settings(max_examples=80, deadline=None)
def test_any_earlier_layout_may_be_followed_and_then_nothing_moves_any_more(
    graph: tuple[list[Node], Edges], earlier: tuple[list[Node], Edges]
) -> None:
    past = lay_out({*earlier[0], *(end for edge in earlier[1] for end in edge)}, earlier[1])
    nodes = {*graph[0], *(end for edge in graph[1] for end in edge)}
    layout = lay_out(nodes, graph[1], past.order)
    check(nodes, graph[1], layout)
    again = lay_out(nodes, graph[1], layout.order)
    assert (again.positions, again.routes) == (layout.positions, layout.routes)


def test_another_process_with_other_hashes_draws_the_same() -> None:
    code = (
        "from benchmarks.service_graphs import service_graph; from services_map.domain.map.layout import lay_out;"
        "layout = lay_out(*map(set, service_graph(60, 3)));"
        "print(sorted(layout.positions.items()), sorted(layout.routes.items()))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_callers_stand_left_of_callees_and_the_user_leftmost() -> None:
    layout = lay_out(*services("user>web web>cart cart>db web>db job>db"))
    assert columns(layout) == {"user": 0, "web": 1, "cart": 2, "db": 3, "job": 2}


def test_a_caller_left_of_the_user_moves_the_user() -> None:
    layout = lay_out(*services("user>a b>c c>a"))
    assert columns(layout) == {"b": 0, "c": 1, "a": 2, "user": 0}


def test_the_edge_that_closes_a_cycle_runs_from_left_to_right_side_and_says_so() -> None:
    layout = lay_out(*services("user>a a>b b>c c>a"))
    assert columns(layout) == {"user": 0, "a": 1, "b": 2, "c": 3}
    assert layout.backward == {(service("c"), service("a"))}
    points = layout.routes[service("c"), service("a")]
    assert points[0].x == layout.positions[service("c")].x
    assert points[-1].x == layout.positions[service("a")].x + BOX_WIDTH


def test_a_cycle_is_opened_where_one_comes_into_it() -> None:
    layout = lay_out(*services("user>web web>shop shop>pay pay>bank bank>shop"))
    assert columns(layout) == {"user": 0, "web": 1, "shop": 2, "pay": 3, "bank": 4}
    assert layout.backward == {(service("bank"), service("shop"))}


def test_two_that_call_each_other_have_two_routes_over_one_way() -> None:
    layout = lay_out(*services("a>b b>a"))
    forth, back = layout.routes[service("a"), service("b")], layout.routes[service("b"), service("a")]
    assert back == forth[::-1]
    assert len(layout.backward) == 1


def test_whoever_calls_the_user_still_stands_right_of_it() -> None:
    layout = lay_out(*services("user>a a>user b>user"))
    assert columns(layout) == {"user": 0, "a": 1, "b": 1}
    assert layout.backward == {(service("a"), USER), (service("b"), USER)}


def test_an_edge_to_itself_and_edges_to_nowhere_have_no_route() -> None:
    nodes, edges = services("a>b")
    layout = lay_out(nodes, [*edges, (service("a"), service("a")), (service("a"), service("gone"))])
    assert set(layout.routes) == set(edges)


def test_nothing_is_drawn_of_nothing() -> None:
    layout = lay_out([], [])
    assert (layout.positions, layout.routes, layout.order) == ({}, {}, {})
    assert layout.width > 0
    assert layout.height > 0


def test_parts_that_do_not_hang_together_stand_below_each_other_the_users_first() -> None:
    layout = lay_out(*services("c>d d>e c>e user>x alone"))
    bottom = {name: point.y for node, point in layout.positions.items() for name in [node.name]}
    assert max(bottom["user"], bottom["x"]) < min(bottom["c"], bottom["d"], bottom["e"])
    assert bottom["alone"] > max(bottom["c"], bottom["d"], bottom["e"])


def test_nodes_without_edges_stand_in_rows_of_six() -> None:
    layout = lay_out([service(name) for name in "abcdefgh"], [])
    assert columns(layout) == {name: index % 6 for index, name in enumerate("abcdefgh")}


def test_a_chain_of_ten_is_a_line() -> None:
    chain = [service(f"{number:02}") for number in range(10)]
    layout = lay_out(chain, list(pairwise(chain)))
    assert [layout.positions[node] for node in chain] == [(MARGIN + COLUMN_WIDTH * step, MARGIN) for step in range(10)]


def test_a_deep_map_has_callees_in_the_columns_of_their_callers() -> None:
    chain = [USER, *(service(f"{number:02}") for number in range(24))]
    edges = list(pairwise(chain))
    layout = lay_out(chain, edges)
    check(chain, edges, layout)
    places = [columns(layout)[node.name] for node in chain]
    assert places == sorted(places)
    assert places[:2] == [0, 1]
    assert max(places) == 9
    assert layout.backward == frozenset()
    caller, callee = next(edge for edge, step in zip(edges, pairwise(places), strict=True) if step[0] == step[1])
    right = layout.positions[caller].x + BOX_WIDTH
    assert [point.x > right for point in layout.routes[caller, callee]] == [False, True, True, False]


def test_a_chain_or_a_ring_of_a_thousand_works() -> None:
    chain = [service(f"{number:04}") for number in range(1_000)]
    edges = list(pairwise(chain))
    check(chain, edges, lay_out(chain, edges))
    ring = [*edges, (chain[-1], chain[0])]
    layout = lay_out(chain, ring)
    check(chain, ring, layout)
    assert layout.backward == {(chain[-1], chain[0])}
    assert lay_out(chain, ring, layout.order) == layout


def test_wide_layers_are_divided_into_columns_of_at_most_24_right_of_all_callers() -> None:
    leaves = [service(f"leaf-{number}") for number in range(100)]
    edges = [(service("hub"), leaf) for leaf in leaves] + [(leaf, service("sink")) for leaf in leaves]
    nodes = [service("hub"), service("sink"), *leaves]
    layout = lay_out(nodes, edges)
    check(nodes, edges, layout)
    assert crosses_a_box(layout) == []
    sizes: dict[int, int] = {}
    for node in leaves:
        sizes[layout.positions[node].x] = sizes.get(layout.positions[node].x, 0) + 1
    assert sorted(sizes.values()) == [20] * 5


@pytest.mark.parametrize("count", [50, 200])
def test_a_map_as_services_have_them_keeps_all_promises(count: int) -> None:
    nodes, edges = service_graph(count, seed=5)
    layout = lay_out(nodes, edges)
    check(nodes, edges, layout)
    assert crosses_a_box(layout) == []


def test_a_tree_is_drawn_without_crossings() -> None:
    nodes = [service(f"{number:02}") for number in range(40)]
    edges = [(nodes[(number - 1) // 3], nodes[number]) for number in range(1, 40)]
    layout = lay_out(nodes, edges)
    order: Mapping[Node, Point] = layout.positions
    lines = [(order[one], order[other]) for one, other in edges]
    crossed = [
        (a, b)
        for a in lines
        for b in lines
        if a[0].x == b[0].x and a[1].x == b[1].x and a[0].y < b[0].y and a[1].y > b[1].y
    ]
    assert crossed == []
