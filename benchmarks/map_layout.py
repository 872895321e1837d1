"""`python -m benchmarks.map_layout`: how long the dependency map's layout takes, how tangled it is, what moves in it.

Of maps of several sizes: the processor time of a fresh layout and of one that follows an earlier one (the least of
RUNS); how often lines cross, drawn straight from box to box; and how far boxes move when a service is added.
"""

import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean, median

import numpy as np

from benchmarks.report import markdown_table
from benchmarks.service_graphs import Graph, service_graph
from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.map.layout import BOX_HEIGHT, BOX_WIDTH, Layout, lay_out

SIZES = (50, 200, 500, 1_000)
SEEDS = (1, 2, 3, 4, 5)
RUNS = 5
TARGET_MS = 100
NEW = Node(NodeKind.SERVICE, "new")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of maps of one size. Moves are in pixels, down and to the right together."""

    fresh_ms: float
    kept_ms: float
    crossings: list[int]
    median_move: float
    moved_share: float
    redrawn: int


def measure(count: int) -> Figures:
    graphs = [service_graph(count, seed) for seed in SEEDS]
    layouts = [lay_out(*graph) for graph in graphs]
    first, layout = graphs[0], layouts[0]
    moves: list[int] = []
    redrawn = 0
    for graph, before in zip(graphs, layouts, strict=True):
        for grown in _grow(graph):
            after = lay_out(*grown, before.order)
            redrawn += after.is_rearranged
            moves += [
                abs(point.x - after.positions[node].x) + abs(point.y - after.positions[node].y)
                for node, point in before.positions.items()
            ]
    return Figures(
        fresh_ms=_least_ms(lambda: lay_out(*first)),
        kept_ms=_least_ms(lambda: lay_out(*first, layout.order)),
        crossings=[count_crossings(each) for each in layouts],
        median_move=median(moves),
        moved_share=mean(move > 0 for move in moves),
        redrawn=redrawn,
    )


def count_crossings(layout: Layout) -> int:
    """Pairs of edges that cross, each a straight line between the middles of its boxes; a shared end is no crossing."""
    middles = {node: (at.x + BOX_WIDTH / 2, at.y + BOX_HEIGHT / 2) for node, at in layout.positions.items()}
    lines = np.array([(*middles[caller], *middles[callee]) for caller, callee in sorted(layout.routes)])
    found = 0
    for index, (x1, y1, x2, y2) in enumerate(lines):
        others_x1, others_y1, others_x2, others_y2 = lines[index + 1 :].T
        dx, dy = others_x2 - others_x1, others_y2 - others_y1
        starts = np.sign((x2 - x1) * (others_y1 - y1) - (y2 - y1) * (others_x1 - x1))
        ends = np.sign((x2 - x1) * (others_y2 - y1) - (y2 - y1) * (others_x2 - x1))
        ours = np.sign(dx * (y1 - others_y1) - dy * (x1 - others_x1))
        theirs = np.sign(dx * (y2 - others_y1) - dy * (x2 - others_x1))
        found += int(np.count_nonzero((starts * ends < 0) & (ours * theirs < 0)))
    return found


def _grow(graph: Graph) -> list[Graph]:
    """The same with one service more: called by one, calling one, or between two."""
    nodes, edges = graph
    chance = random.Random(len(nodes))
    caller, callee = chance.choice(edges)
    services = [node for node in nodes if node.kind == NodeKind.SERVICE]
    more = [[(chance.choice(services), NEW)], [(NEW, chance.choice(services))], [(caller, NEW), (NEW, callee)]]
    return [([*nodes, NEW], [*edges, *added]) for added in more]


def _least_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return 1_000 * min(times)


def main() -> int:
    rows = []
    is_fast = True
    for count in SIZES:
        found = measure(count)
        is_fast &= found.fresh_ms <= TARGET_MS
        rows.append(
            [
                f"{count:,}",
                f"{found.fresh_ms:.0f} ms",
                f"{found.kept_ms:.0f} ms",
                f"{mean(found.crossings):,.0f} ({min(found.crossings):,} to {max(found.crossings):,})",
                f"{found.median_move:.0f} px",
                f"{found.moved_share:.0%}",
                f"{found.redrawn}",
            ]
        )
    print(
        markdown_table(
            [
                "nodes",
                "fresh",
                "following an earlier one",
                f"crossings in {len(SEEDS)} maps",
                "median move for one service more",
                "boxes that move",
                "drawn anew",
            ],
            rows,
        )
    )
    return 0 if is_fast else 1


if __name__ == "__main__":
    sys.exit(main())
