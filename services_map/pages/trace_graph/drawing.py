"""The graph of a trace as SVG that a template writes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import ngettext

from services_map.domain.calls.nodes import Node as MapNode
from services_map.domain.calls.nodes import NodeKind
from services_map.domain.map.layout import BOX_HEIGHT, BOX_WIDTH, Point, lay_out
from services_map.domain.trace_graph import Calls, Pair, TraceGraph
from services_map.pages.map.drawing.fitting import measure_px
from services_map.pages.map.drawing.geometry import XY, Line, draw_line
from services_map.pages.map.drawing.labels import LABEL_PX, Label, place_labels
from services_map.pages.trace_graph.boxes import Box, draw_box, name_node
from traces.domain.trace import Trace
from traces.words import count

#: Of more calls than this the busiest say their figures; all say them to whoever points at them.
LABELLED: Final = 60
_MOST_WIDTH: Final = 5
_PADDING, _ABOVE = 8, 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrow:
    """Calls from one box to another, or (without a line) of a box to itself: a badge at `at`."""

    calls: Calls
    caller: Box
    callee: Box
    line: Line | None
    at: XY
    width: int
    words: str
    label: Label | None = None

    @property
    def key(self) -> str:
        return f"{self.caller.key}-{self.callee.key}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GraphDrawing:
    """Boxes from left to right; arrows so that the busiest lie on top. `box` is left, top, right and bottom."""

    boxes: list[Box]
    arrows: list[Arrow]
    loops: list[Arrow]
    box: tuple[int, int, int, int]
    view_box: str
    width: int
    height: int


def draw_graph(graph: TraceGraph, trace: Trace, numbers: dict[int, int]) -> GraphDrawing:
    """`numbers` are what the browser calls operations, by their ids."""
    keys = [_key_of(graph, place) for place in range(len(graph.nodes))]
    layout = lay_out(keys, [(keys[one], keys[other]) for one, other in graph.calls if one != other])
    boxes = [
        draw_box(
            node,
            f"n{place}",
            layout.positions[key],
            graph.critical_ns,
            ",".join(str(numbers[id_]) for id_ in node.operation_ids),
            trace.rows.find_own_id(node.row).hex(),
        )
        for place, (node, key) in enumerate(zip(graph.nodes, keys, strict=True))
    ]
    busiest = sorted(graph.calls, key=lambda pair: (graph.calls[pair].count, pair))
    arrows = [
        _draw_arrow(graph, boxes, (one, other), layout.routes[keys[one], keys[other]])
        for one, other in busiest
        if one != other
    ]
    width, height = layout.width + 2 * _PADDING, layout.height + 2 * _PADDING + _ABOVE
    return GraphDrawing(
        boxes=sorted(boxes, key=lambda box: (box.x, box.y)),
        arrows=_label(arrows, boxes),
        loops=[_draw_loop(graph, boxes[one], (one, other)) for one, other in sorted(graph.calls) if one == other],
        box=(0, -_ABOVE, layout.width, layout.height),
        view_box=f"{-_PADDING} {-_PADDING - _ABOVE} {width} {height}",
        width=width,
        height=height,
    )


def _key_of(graph: TraceGraph, place: int) -> MapNode:
    """What the layout knows a node by: it puts equal ones in the order of their names."""
    node = graph.nodes[place]
    if node.operation:
        words = (node.operation.service.name, node.operation.name, str(node.operation.kind))
        return MapNode(NodeKind.SERVICE, "\n".join(words))
    return MapNode(NodeKind.SERVICE, node.service.name) if node.service else MapNode(NodeKind.GROUP, "")


def _draw_arrow(graph: TraceGraph, boxes: Sequence[Box], pair: Pair, route: Sequence[Point]) -> Arrow:
    calls = graph.calls[pair]
    width = min(_MOST_WIDTH, len(str(calls.count)))
    line = draw_line(route, width)
    return Arrow(
        calls=calls,
        caller=boxes[pair[0]],
        callee=boxes[pair[1]],
        line=line,
        at=line.places[0],
        width=width,
        words=_describe(graph, pair),
    )


def _draw_loop(graph: TraceGraph, box: Box, pair: Pair) -> Arrow:
    at = (float(box.x + BOX_WIDTH - 10), float(box.y + BOX_HEIGHT))
    return Arrow(
        calls=graph.calls[pair], caller=box, callee=box, line=None, at=at, width=1, words=_describe(graph, pair)
    )


def _describe(graph: TraceGraph, pair: Pair) -> str:
    calls = graph.calls[pair]
    caller, callee = (name_node(graph.nodes[place]) for place in pair)
    words = ngettext(
        "%(caller)s calls %(callee)s %(number)s time", "%(caller)s calls %(callee)s %(number)s times", calls.count
    ) % {"caller": caller, "callee": callee, "number": count(calls.count)}
    if not calls.error_count:
        return words
    failed = ngettext("%(number)s failed", "%(number)s failed", calls.error_count)
    return f"{words}, {failed % {'number': count(calls.error_count)}}"


def _label(arrows: list[Arrow], boxes: Sequence[Box]) -> list[Arrow]:
    """The busiest with their figures, those that failed first; labels are moved apart."""
    chosen = sorted(arrows, key=lambda arrow: (arrow.calls.error_count == 0, -arrow.calls.count))[:LABELLED]
    covered = [
        Label(lines=("", ""), x=box.x + BOX_WIDTH / 2, y=box.y + BOX_HEIGHT / 2, width=BOX_WIDTH) for box in boxes
    ]
    places = [(_make_label(arrow), arrow.line.places if arrow.line else [arrow.at]) for arrow in chosen]
    labels = dict(zip(map(id, chosen), place_labels(places, covered), strict=True))
    return [replace(arrow, label=labels.get(id(arrow))) for arrow in arrows]


def _make_label(arrow: Arrow) -> Label:
    calls = arrow.calls
    lines = (f"{count(calls.count)} ×", f"✕ {count(calls.error_count)}" if calls.error_count else "")
    width = round(max(measure_px(line, LABEL_PX) for line in lines)) + 8
    return Label(lines=lines, x=round(arrow.at[0], 1), y=round(arrow.at[1], 1), width=width)
