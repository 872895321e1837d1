"""The graphs that the map's layout is measured with, and how crossings are counted."""

import pytest

from benchmarks.map_layout import count_crossings
from benchmarks.service_graphs import service_graph
from services_map.domain.calls.nodes import USER, Node, NodeKind
from services_map.domain.map.layout import Layout, Point
from services_map.domain.map.layout.graph import components


@pytest.mark.parametrize("count", [50, 500])
def test_a_graph_has_the_size_that_is_asked_for_and_hangs_together(count: int) -> None:
    nodes, edges = service_graph(count, seed=1)
    assert len(set(nodes)) == len(nodes) == count
    assert len(set(edges)) == len(edges) == round(1.6 * count)
    numbers = {node: number for number, node in enumerate(nodes)}
    assert len(components(count, [(numbers[one], numbers[other]) for one, other in edges])) == 1
    assert all(callee != USER for _, callee in edges)
    callees = [callee for _, callee in edges]
    assert max(callees.count(node) for node in nodes) > 3 * 1.6
    assert service_graph(count, seed=1) == (nodes, edges)


def test_lines_that_cross_are_counted_and_those_with_a_shared_end_are_not() -> None:
    a, b, c, d = (Node(NodeKind.SERVICE, name) for name in "abcd")
    positions = {a: Point(0, 0), b: Point(0, 100), c: Point(300, 0), d: Point(300, 100)}

    def crossings(*edges: tuple[Node, Node]) -> int:
        return count_crossings(
            Layout(
                positions=positions,
                order={},
                routes=dict.fromkeys(edges, ()),
                backward=frozenset(),
                width=0,
                height=0,
                is_rearranged=False,
            )
        )

    assert crossings((a, c), (b, d)) == 0
    assert crossings((a, d), (b, c)) == 1
    assert crossings((a, c), (a, d), (b, d)) == 0
    assert crossings((a, d), (b, c), (a, c), (b, d)) == 1
