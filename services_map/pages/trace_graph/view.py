"""The view `graph` of a trace: who called whom, and on whom the trace waited."""

from collections.abc import Mapping

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy

from services_map.domain.trace_graph import TraceGraph, build_graph
from services_map.pages.trace_graph.drawing import draw_graph
from traces.domain.columns import picker
from traces.domain.trace import Trace
from traces.trace_views.registry import TraceView, register

#: So many boxes are laid out; the rest, of the least critical path time, is one.
MAX_SERVICES, MAX_OPERATIONS = 100, 60
OPERATION = "operation"


def show_graph(request: HttpRequest, trace: Trace) -> Mapping[str, object]:
    """By service, unless `of=operation` asks for operations."""
    by_operation = request.GET.get("of") == OPERATION
    graph = build_graph(trace, by_operation, MAX_OPERATIONS if by_operation else MAX_SERVICES)
    drawing = draw_graph(graph, trace, _number_operations(trace))
    return {
        "drawing": drawing,
        "rows": sorted(drawing.boxes, key=lambda box: (-box.node.critical_ns, -box.node.self_ns, box.node.row)),
        "others": _count_others(graph),
        "left_out": graph.left_out,
        "choices": [
            (gettext("Services"), f"?{_words(request, {}, 'span', 'clock')}", not by_operation),
            (gettext("Operations"), f"?{_words(request, {'of': OPERATION}, 'span', 'clock')}", by_operation),
        ],
        "kept": _words(request, {"of": OPERATION} if by_operation else {}, "clock"),
    }


def _number_operations(trace: Trace) -> dict[int, int]:
    """What the block of columns calls them: by their first rows."""
    ids = picker(trace.rows.order)(trace.rows.spans.operation_ids)
    return {id_: number for number, id_ in enumerate(dict.fromkeys(ids))}


def _count_others(graph: TraceGraph) -> int:
    """How many operations are not shown for themselves."""
    return sum(len(node.operation_ids) for node in graph.nodes if node.service is None)


def _words(request: HttpRequest, parameters: Mapping[str, str], *kept: str) -> str:
    """A query: these parameters, and those of the request that stay."""
    stays = {name: text for name in kept if (text := request.GET.get(name))}
    return urlencode({"view": "graph", **parameters, **stays})


def register_graph() -> None:
    """When the product starts."""
    register(
        TraceView(
            name="graph",
            title=gettext_lazy("Graph"),
            template="services_map/trace_graph.html",
            make_context=show_graph,
        )
    )
