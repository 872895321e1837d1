"""What moves on the map when something is added: next to nothing."""

import random
from itertools import pairwise
from statistics import median

import pytest

from benchmarks.service_graphs import service_graph
from services_map.domain.calls.nodes import USER, Node, NodeKind
from services_map.domain.map.layout import COLUMN_WIDTH, SLOT_HEIGHT, Layout, lay_out
from tests.services_map.test_layout import check, columns, service, services

Graph = tuple[list[Node], list[tuple[Node, Node]]]

NEW = service("new")
SEEDS = range(5)


def moves(before: Layout, after: Layout) -> list[tuple[int, int]]:
    """How far each box moved to the right and down, among those of both."""
    found = []
    for node in before.positions.keys() & after.positions.keys():
        old, new = before.positions[node], after.positions[node]
        found.append((new.x - old.x, new.y - old.y))
    return found


def draw(seed: int) -> tuple[Graph, random.Random, Layout]:
    nodes, edges = service_graph(15 + 20 * seed, seed)
    return (nodes, edges), random.Random(seed), lay_out(nodes, edges)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_callee_moves_no_box_by_more_than_one_slot_and_none_sideways(seed: int) -> None:
    (nodes, edges), chance, before = draw(seed)
    callers = [node for node in nodes if node.kind == NodeKind.SERVICE]
    for caller in chance.sample(callers, 4):
        grown = [*edges, (caller, NEW)]
        after = lay_out([*nodes, NEW], grown, before.order)
        check([*nodes, NEW], grown, after)
        assert not after.is_rearranged
        assert all(right == 0 and abs(down) <= SLOT_HEIGHT for right, down in moves(before, after))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_caller_moves_all_by_one_column_at_most_and_none_by_more_than_one_slot(seed: int) -> None:
    (nodes, edges), chance, before = draw(seed)
    for callee in chance.sample([node for node in nodes if node != USER], 4):
        grown = [*edges, (NEW, callee)]
        after = lay_out([*nodes, NEW], grown, before.order)
        check([*nodes, NEW], grown, after)
        assert not after.is_rearranged
        assert all(right in (0, COLUMN_WIDTH) and abs(down) <= SLOT_HEIGHT for right, down in moves(before, after))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_service_between_two_others_moves_its_callees_by_one_column_and_hardly_anything_up_or_down(
    seed: int,
) -> None:
    (nodes, edges), chance, before = draw(seed)
    for _ in range(3):
        caller, callee = chance.choice(sorted(set(edges) - before.backward))
        grown = [*edges, (caller, NEW), (NEW, callee)]
        after = lay_out([*nodes, NEW], grown, before.order)
        check([*nodes, NEW], grown, after)
        assert not after.is_rearranged
        assert all(right in (0, COLUMN_WIDTH) for right, _ in moves(before, after))
        assert median(abs(down) for _, down in moves(before, after)) <= SLOT_HEIGHT


@pytest.mark.parametrize("seed", SEEDS)
def test_what_goes_away_moves_no_other_box_by_more_than_its_room(seed: int) -> None:
    (nodes, edges), chance, before = draw(seed)
    leaves = [node for node in nodes if all(caller != node for caller, _ in edges)]
    gone = chance.choice(leaves)
    rest = [node for node in nodes if node != gone]
    after = lay_out(rest, [edge for edge in edges if edge[1] != gone], before.order)
    assert not after.is_rearranged
    assert all(abs(right) <= COLUMN_WIDTH and abs(down) <= SLOT_HEIGHT for right, down in moves(before, after))


@pytest.mark.parametrize("size", [20, 40, 41, 80])
def test_a_new_leaf_of_a_deep_map_moves_nothing_by_more_than_one_slot(size: int) -> None:
    """Also where the map may have one layer more, now that it has one node more."""
    chance = random.Random(size)
    chain = [service(f"{number:02}") for number in range(size)]
    edges = [*pairwise(chain), *((chain[n], chain[n + 7]) for n in chance.sample(range(size - 7), size // 3))]
    before = lay_out(chain, edges)
    for caller in chance.sample(chain, 4):
        after = lay_out([*chain, NEW], [*edges, (caller, NEW)], before.order)
        check([*chain, NEW], [*edges, (caller, NEW)], after)
        assert not after.is_rearranged
        assert all(right == 0 and abs(down) <= SLOT_HEIGHT for right, down in moves(before, after))


def test_a_deep_map_that_became_shallow_has_all_callers_left_of_their_callees_again() -> None:
    chain = [service(f"{number:02}") for number in range(30)]
    before = lay_out(chain, list(pairwise(chain)))
    star = [(chain[0], node) for node in chain[1:]]
    after = lay_out(chain, star, before.order)
    assert all(after.positions[node].x > after.positions[chain[0]].x for node in chain[1:])


def test_an_edge_more_moves_only_what_it_has_to() -> None:
    nodes, edges = services("user>a a>b user>c c>d")
    before = lay_out(nodes, edges)
    after = lay_out(nodes, [*edges, (service("b"), service("d"))], before.order)
    assert columns(before) == {"user": 0, "a": 1, "b": 2, "c": 1, "d": 2}
    assert columns(after) == {"user": 0, "a": 1, "b": 2, "c": 1, "d": 3}
    assert [move for move in moves(before, after) if move != (0, 0)] == [(COLUMN_WIDTH, 0)]


def test_an_earlier_layout_of_other_nodes_is_of_no_use() -> None:
    nodes, edges = services("a>b b>c")
    past = lay_out(*services("x>y y>z"))
    assert lay_out(nodes, edges, past.order) == lay_out(nodes, edges)


def test_nodes_of_an_earlier_layout_that_are_gone_are_not_missed() -> None:
    nodes, edges = services("a>b a>c")
    before = lay_out(nodes, edges)
    order = {**before.order, service("gone"): (3, 1_000)}
    assert lay_out(nodes, edges, order) == before


def test_a_layout_whose_lines_became_much_too_long_is_drawn_anew() -> None:
    nodes, edges = services("user>a a>b b>c c>d d>e")
    order = {node: (column, 4_000 * (column % 2)) for column, node in enumerate(nodes[0::2])}
    after = lay_out(nodes, edges, order)
    assert after.is_rearranged
    assert after.positions == lay_out(nodes, edges).positions


def test_a_column_that_grew_too_full_is_drawn_anew() -> None:
    hub, leaves = service("hub"), [service(f"{number:03}") for number in range(40)]
    before = lay_out([hub, *leaves[:20]], [(hub, leaf) for leaf in leaves[:20]])
    order = dict(before.order) | {leaf: (1, SLOT_HEIGHT * number) for number, leaf in enumerate(leaves)}
    after = lay_out([hub, *leaves], [(hub, leaf) for leaf in leaves], order)
    assert after.is_rearranged
    assert max(columns(after).values()) == 2


def test_parts_keep_their_sequence_when_one_grows() -> None:
    nodes, edges = services("a>b c>d")
    before = lay_out(nodes, edges)
    grown = [*edges, *services("d>e e>f f>g")[1]]
    after = lay_out([*nodes, *services("e f g")[0]], grown, before.order)
    assert set(moves(before, after)) == {(0, 0)}


def test_nodes_without_edges_keep_their_places_when_one_is_added() -> None:
    before = lay_out([service(name) for name in "bcd"], [])
    after = lay_out([service(name) for name in "abcd"], [], before.order)
    assert moves(before, after) == [(0, 0)] * 3
    assert columns(after)["a"] == 3


def test_growing_by_one_service_at_a_time_stays_tidy() -> None:
    """Sixty small steps end with lines less than twice as long as a fresh start's; only few steps draw it anew."""
    nodes, edges = service_graph(90, seed=7)
    rank = {node: number for number, node in enumerate(nodes)}
    layout, rearranged = lay_out([USER], []), 0
    for size in range(2, len(nodes) + 1):
        shown = nodes[:size]
        some = [edge for edge in edges if rank[edge[0]] < size and rank[edge[1]] < size]
        layout = lay_out(shown, some, layout.order)
        check(shown, some, layout)
        rearranged += layout.is_rearranged
    assert _length(layout) < 2 * _length(lay_out(nodes, edges))
    assert rearranged < 15


def _length(layout: Layout) -> int:
    at = layout.positions
    return sum(abs(at[one].x - at[other].x) + abs(at[one].y - at[other].y) for one, other in layout.routes)
