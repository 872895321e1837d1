"""The services of one trace as a graph: what is counted, and what is drawn of it."""

from dataclasses import replace

import pytest
from django.test import RequestFactory

from services_map.domain.map.layout import BOX_HEIGHT, BOX_WIDTH
from services_map.domain.trace_graph import MAX_CALLS, Calls, build_graph
from services_map.pages.trace_graph.boxes import find_heat
from services_map.pages.trace_graph.drawing import GraphDrawing
from services_map.pages.trace_graph.view import MAX_OPERATIONS, show_graph
from tests.traces.outlines import make_outline, make_trace
from traces.domain.span import StatusCode
from traces.domain.trace import Trace
from traces.words import percent


def make_shop() -> Trace:
    """`shop` works for 20 ns and waits for `pay` (70) and, once more, for one (10) that fails; `pay` calls itself."""
    return make_trace(
        [
            make_outline(1, None, "shop", 0, 100, name="GET /"),
            make_outline(2, 1, "pay", 5, 70, name="charge"),
            make_outline(3, 2, "pay", 10, 20, name="charge"),
            replace(make_outline(4, 1, "pay", 80, 10, name="refund"), status=StatusCode.ERROR),
        ]
    )


def draw(trace: Trace, query: str = "") -> GraphDrawing:
    drawing = show_graph(RequestFactory().get(f"/?{query}"), trace)["drawing"]
    assert isinstance(drawing, GraphDrawing)
    return drawing


def test_services_have_their_spans_and_what_they_ask_of_each_other() -> None:
    graph = build_graph(make_shop(), by_operation=False, most=9)
    pay, shop = graph.nodes
    assert pay.service is not None
    assert (pay.service.name, pay.span_count, pay.error_count, pay.self_ns, pay.critical_ns) == ("pay", 3, 1, 80, 80)
    assert (shop.span_count, shop.error_count, shop.self_ns, shop.critical_ns, shop.row) == (1, 0, 20, 20, 0)
    # The longest of its spans on the critical path; calls within a service are no calls.
    assert pay.row == 1
    assert graph.calls == {(1, 0): Calls(count=2, error_count=1)}
    assert (graph.critical_ns, graph.left_out) == (100, 0)


def test_operations_have_loops() -> None:
    graph = build_graph(make_shop(), by_operation=True, most=9)
    assert [node.operation.name for node in graph.nodes if node.operation] == ["charge", "GET /", "refund"]
    assert graph.calls == {
        (1, 0): Calls(count=1, error_count=0),
        (0, 0): Calls(count=1, error_count=0),
        (1, 2): Calls(count=1, error_count=1),
    }


def test_what_is_left_is_one_node() -> None:
    calls = [make_outline(n, 1, "pay", n, n, name=f"call {n}") for n in range(2, 200)]
    graph = build_graph(make_trace([make_outline(1, duration_ns=10_000), *calls]), by_operation=True, most=10)
    *known, rest = graph.nodes
    assert len(known) == 9
    assert all(node.operation for node in known)
    assert (rest.service, len(rest.operation_ids), rest.span_count) == (None, 190, 190)
    assert sum(node.span_count for node in graph.nodes) == 199
    assert sum(each.count for each in graph.calls.values()) == 198


def test_lines_have_an_end_and_failures_come_first() -> None:
    size = 24
    spans = [make_outline(1, name="root", duration_ns=9)]
    for caller in range(size):
        spans.append(make_outline(len(spans) + 1, 1, name=f"op {caller}"))
        above = len(spans)
        for callee in range(size):
            span = make_outline(len(spans) + 1, above, name=f"op {callee}")
            is_last = caller == callee == size - 1
            spans.append(replace(span, status=StatusCode.ERROR) if is_last else span)
    graph = build_graph(make_trace(spans), by_operation=True, most=99)
    assert len(graph.calls) == MAX_CALLS
    assert graph.left_out == size * size + size - MAX_CALLS
    assert sum(calls.error_count for calls in graph.calls.values()) == 1


def test_a_drawing_says_what_the_graph_says() -> None:
    drawing = draw(make_shop())
    shop, pay = drawing.boxes
    assert (shop.name, shop.share, shop.heat, shop.errors, shop.numbers) == ("shop", "20 %", 3, "", "0")
    assert (pay.name, pay.share, pay.heat, pay.errors, pay.numbers) == ("pay", "80 %", 5, "✕ 1", "1,2")
    assert pay.facts == "3 spans · 80 ns"
    assert pay.words == "pay, 3 spans, 80 ns self time, 80 ns of the critical path (80 %), 1 failed"
    assert pay.own_id == f"{2:016x}"
    assert shop.x < pay.x
    (arrow,) = drawing.arrows
    assert arrow.words == "shop calls pay 2 times, 1 failed"
    assert arrow.label is not None
    assert arrow.label.lines == ("2 ×", "✕ 1")
    assert drawing.loops == []


def test_operations_are_drawn_with_their_services_letters_and_loops() -> None:
    drawing = draw(make_shop(), "of=operation")
    assert [(box.name, box.letters) for box in drawing.boxes] == [("GET /", "sh"), ("charge", "pa"), ("refund", "pa")]
    assert [loop.words for loop in drawing.loops] == ["charge calls charge 1 time"]
    assert drawing.boxes[1].words.startswith("charge, of pay, 2 spans")


def test_boxes_never_cover_each_other_however_many_there_are() -> None:
    calls = [make_outline(n, n // 3 or None, f"s{n % 7}", n, 500 - n, name=f"call {n % 80}") for n in range(1, 300)]
    drawing = draw(make_trace(calls), "of=operation")
    assert len(drawing.boxes) == MAX_OPERATIONS
    for at, one in enumerate(drawing.boxes):
        for other in drawing.boxes[:at]:
            assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT


def test_links_keep_the_span_and_the_clock_and_escape_them() -> None:
    shown = show_graph(RequestFactory().get("/?of=operation&span=%26x&clock=sent&build=7"), make_shop())
    assert shown["choices"] == [
        ("Services", "?view=graph&span=%26x&clock=sent", False),
        ("Operations", "?view=graph&of=operation&span=%26x&clock=sent", True),
    ]
    assert shown["kept"] == "view=graph&of=operation&clock=sent"


@pytest.mark.parametrize(
    ("share", "text", "heat"),
    [(0.0, "0 %", 0), (0.0004, "< 0.1 %", 1), (0.004, "0.4 %", 1), (0.02, "2.0 %", 1), (0.0996, "10 %", 2),
     (0.11, "11 %", 3), (0.3, "30 %", 4), (1.0, "100 %", 5)],
)  # fmt: skip
def test_heat_goes_by_the_share_of_the_critical_path(share: float, text: str, heat: int) -> None:
    assert (percent(share), find_heat(share)) == (text, heat)


def test_a_trace_that_took_no_time_has_no_heat() -> None:
    (box,) = draw(make_trace([make_outline(1, None, "shop")])).boxes
    assert (box.heat, box.share, box.bar_width) == (0, "", 0.0)
