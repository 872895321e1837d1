"""The map as it is drawn: every number and every sign comes from the figures, and nothing stands where another does."""

import pytest
from django.http import QueryDict

from services_map.domain.calls.node_keys import parse_node, spell_node
from services_map.domain.calls.nodes import USER, Connection, Node, NodeKind
from services_map.domain.map.layout import Layout, lay_out
from services_map.domain.map.map_view import Direction, MapView, choose
from services_map.domain.summary import Figures, MapFigures
from services_map.pages.map.drawing.drawing import LABELLED, Drawing, draw_map
from services_map.pages.map.drawing.edges import DrawnEdge
from services_map.pages.map.drawing.fitting import cut_to_fit, measure_px
from services_map.pages.map.drawing.geometry import direction, draw_line, places_on, spell_number, spell_path
from services_map.pages.map.drawing.labels import Label, place_labels
from services_map.pages.map.drawing.look import Look
from services_map.pages.map.drawing.nodes import DrawnNode
from services_map.pages.map.drawing.shades import Colour, share_of_slow
from services_map.pages.map.form import MapForm, Selection, read_map_form
from tests.services_map.graphs import Shape, make_figures, make_landscape, make_link, make_map, service

SHOP, PAY, ORDERS = service("shop"), service("pay"), Node(NodeKind.DATABASE, "orders")
NOW_NS = 1_800_000_000_000_000_000


def draw(figures: MapFigures, colour: Colour = Colour.ERRORS, find: str = "", node: Node | None = None) -> Drawing:
    view = choose(figures, is_grouped=False, show_rare=True)
    look = Look(colour=colour, find=find, selection=Selection("?"), node=node)
    return draw_map(view, lay(view), figures.slots, look)


def lay(view: MapView) -> Layout:
    return lay_out([shown.node for shown in view.nodes], [(edge.caller, edge.callee) for edge in view.edges])


def one_link(figures: Figures, before: Figures | None = None, colour: Colour = Colour.ERRORS) -> DrawnEdge:
    (edge,) = draw(make_map([make_link(1, SHOP, PAY, figures, before)]), colour).edges
    return edge


def node_of(drawing: Drawing, node: Node) -> DrawnNode:
    return next(drawn for drawn in drawing.nodes if drawn.shown.node == node)


def read(query: str) -> MapForm:
    return read_map_form(QueryDict(query), NOW_NS)


# Names in addresses


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (SHOP, "shop"),
        (ORDERS, "database:orders"),
        (USER, "user:user"),
        (service("database:orders"), "service:database:orders"),
        (Node(NodeKind.GROUP, "pay"), "group:pay"),
        (service("a b/c&d"), "a b/c&d"),
    ],
)
def test_a_node_is_spelled_so_that_it_can_be_read_again(node: Node, text: str) -> None:
    assert spell_node(node) == text
    assert parse_node(text) == node


def test_no_name_is_no_node() -> None:
    assert parse_node("") is None


# The address


def test_every_control_is_in_the_address() -> None:
    form = read("focus=shop&hops=2&direction=callers&show=unhealthy&expand=a&expand=b&groups=off&rare=on&colour=p95")
    assert (form.focus, form.hops, form.direction) == (SHOP, 2, Direction.CALLERS)
    assert (form.only_unhealthy, form.expanded, form.are_groups_off, form.shows_rare) == (True, ("a", "b"), True, True)
    assert form.colour is Colour.P95
    assert not form.is_whole


@pytest.mark.parametrize("query", ["hops=4", "hops=x", "direction=up", "show=all", "colour=red", "caller=a", "sort=x"])
def test_a_word_that_nobody_knows_is_the_usual(query: str) -> None:
    form = read(query)
    assert (form.hops, form.direction, form.colour, form.link) == (1, Direction.BOTH, Colour.ERRORS, None)
    assert form.is_whole


def test_an_address_keeps_what_is_not_changed_and_drops_what_is_empty() -> None:
    form = read("lookback=6h&colour=rate&expand=a&node=shop")
    assert form.address(expand=("a", "b"), colour="") == "?node=shop&expand=a&expand=b&lookback=6h"
    assert form.closed == "?colour=rate&expand=a&lookback=6h"
    assert form.selection.link(SHOP, ORDERS) == "?colour=rate&expand=a&lookback=6h&caller=shop&callee=database%3Aorders"
    assert form.whole == "?colour=rate&lookback=6h"
    assert read("").selection.node(SHOP) == "?node=shop"


def test_names_go_through_the_address_unharmed() -> None:
    name = "a&b=c+d %/é\u202e"
    address = read("").selection.node(service(name))
    assert read(address.removeprefix("?")).node == service(name)


# Lines


def test_a_line_ends_where_its_arrowhead_begins() -> None:
    line = draw_line([(0, 0), (50, 0), (50, 100), (100, 100)], 2)
    assert line.path == "M0,0C50,0 41,100 91,100"
    assert line.head == "M100,100L91,105L91,95Z"
    assert line.end == (87.0, 100.0)
    assert line.places[0] == (50.0, 50.0)


def test_a_straight_line_and_one_that_goes_back_have_their_arrowheads_too() -> None:
    assert draw_line([(0, 0), (100, 0)], 1).path == "M0,0L92.5,0"
    assert direction([(100, 0), (50, 0), (60, 0), (0, 0)]) == (-1.0, 0.0)
    assert direction([(5, 5), (5, 5), (5, 5), (5, 5)]) == (1.0, 0.0)


def test_words_stand_first_in_the_middle_of_a_route() -> None:
    route = [(float(x), 0.0) for x in range(0, 70, 10)]
    assert places_on(route)[0] in ((21.0, 0.0), (39.0, 0.0))
    assert len(places_on(route)) == 6


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (-0.04, "0"), (12.0, "12"), (12.34, "12.3"), (-1.06, "-1.1")])
def test_numbers_are_as_short_as_they_can_be(number: float, text: str) -> None:
    assert spell_number(number) == text


def test_a_path_is_curves_or_one_straight_line() -> None:
    assert spell_path([(0, 0), (1, 1), (2, 2), (3, 3)]) == "M0,0C1,1 2,2 3,3"
    assert spell_path([(0, 0), (1, 1)]) == "M0,0L1,1"


# Words


def test_a_name_is_cut_to_its_room() -> None:
    assert cut_to_fit("shop", 104, 13) == "shop"
    cut = cut_to_fit("notifier-of-customers", 104, 13)
    assert cut == "notifier-of-cus…"
    assert measure_px(cut, 13) <= 104 + 13
    assert cut_to_fit("顧客への通知サービスの名前", 104, 13) == "顧客への通知…"
    assert cut_to_fit("", 104, 13) == ""


def test_labels_stand_apart_where_there_is_room() -> None:
    label = Label(lines=("1/s", "p95 1 ms"), x=0, y=0, width=60)
    first, second, third = place_labels(
        [(label, [(0, 0)]), (label, [(10, 0), (100, 0)]), (label, [(0, 0), (5, 5)])],
        boxes=[Label(lines=("", ""), x=100, y=0, width=40)],
    )
    assert (first.x, first.y) == (0, 0)
    assert (second.x, second.y) == (100, 0)
    assert (third.x, third.y) == (0, 0)


# Signs


def test_a_link_says_calls_errors_and_p95() -> None:
    edge = one_link(make_figures(36_000, 0, 100))
    assert edge.label.lines == ("10.0/s · 0 %", "p95 101 ms")
    assert edge.words == "shop calls pay, 10.0/s, 0 % errors, p95 101 ms"
    assert (edge.shade, edge.mark, edge.slower, edge.width) == ("", "", "", 3)


@pytest.mark.parametrize(
    ("failed", "shade", "mark"), [(36, "", ""), (72, "some", "!"), (180, "some", "!"), (360, "many", "✕")]
)
def test_errors_are_a_colour_and_a_sign(failed: int, shade: str, mark: str) -> None:
    edge = one_link(make_figures(3_600, failed), make_figures(3_600, 0))
    assert (edge.shade, edge.mark) == (shade, mark)


def test_what_got_slower_says_how_much_before_its_arrowhead() -> None:
    slow, before = make_figures(3_600, ms=310), make_figures(3_600, ms=100)
    assert one_link(slow, before).slower == "p95 ×3.1"
    assert one_link(slow, before).shade == ""
    assert one_link(slow, before, Colour.P95).shade == "much-slower"
    assert one_link(make_figures(ms=200), before, Colour.P95).shade == "slower"
    assert one_link(make_figures(ms=50), before, Colour.P95).shade == "faster"
    assert one_link(make_figures(10, ms=50), before, Colour.P95).shade == ""


@pytest.mark.parametrize(("calls", "step"), [(360, 1), (3_600, 2), (8 * 3_600, 3), (64 * 3_600, 4), (512 * 3_600, 5)])
def test_rates_are_steps_of_colour_and_of_width(calls: int, step: int) -> None:
    edge = one_link(make_figures(calls), colour=Colour.RATE)
    assert (edge.shade, edge.width) == (f"rate-{step}", step)


def test_the_underline_of_a_box_is_as_wide_as_its_shares() -> None:
    figures = make_figures(1_000, failed=250, ms=100, slow=250, slow_ms=900)
    drawn = node_of(draw(make_map([make_link(1, SHOP, PAY, figures, make_figures(1_000, ms=100))])), PAY)
    assert drawn.bars == [("ok", 8.0, 66.0), ("slow", 74.0, 33.0), ("failed", 107.0, 33.0)]
    assert drawn.rate == "0.28/s"
    assert drawn.sign == "✕ 25 %"
    assert node_of(draw(make_map([make_link(1, SHOP, PAY, make_figures())])), PAY).bars == [("ok", 8.0, 132.0)]


def test_a_call_is_slow_beyond_twice_the_p95_of_before() -> None:
    before = make_figures(100, ms=100)
    assert share_of_slow(make_figures(100, slow=30, slow_ms=900), before) == pytest.approx(0.3)
    assert share_of_slow(make_figures(100, slow=30, slow_ms=190), before) == 0
    assert share_of_slow(make_figures(100, slow=30), make_figures(19)) == 0
    assert share_of_slow(Figures.nothing(60), before) == 0


def test_kinds_differ_by_shape_and_letters() -> None:
    links = [
        make_link(1, USER, SHOP, make_figures()),
        make_link(2, SHOP, ORDERS, make_figures(), connection=Connection.QUERY),
        make_link(3, SHOP, Node(NodeKind.QUEUE, "events"), make_figures(), connection=Connection.MESSAGE),
        make_link(4, SHOP, Node(NodeKind.EXTERNAL, "bank"), make_figures()),
    ]
    drawing = draw(make_map(links))
    found = {drawn.shown.node.name: (drawn.shape.name, drawn.letters) for drawn in drawing.nodes}
    assert found == {
        "user": ("user", "→"),
        "shop": ("service", "sh"),
        "orders": ("database", "db"),
        "events": ("queue", "mq"),
        "bank": ("external", "ex"),
    }
    assert len({drawn.shape.outline + drawn.shape.more for drawn in drawing.nodes}) == 4
    assert node_of(drawing, USER).words == "user: calls from outside, whose senders sent no spans here"


def test_only_the_busiest_say_their_figures() -> None:
    drawing = draw(make_landscape(Shape(services=60)))
    assert len(drawing.labels) == LABELLED
    least = min(edge.shown.figures.weight for edge in drawing.labels)
    assert sum(edge.shown.figures.weight > least for edge in drawing.edges) == LABELLED - 1


def test_boxes_are_in_the_order_of_layers_and_every_element_has_its_own_id() -> None:
    drawing = draw(make_landscape(Shape(services=60)))
    places = [(node.x, node.y) for node in drawing.nodes]
    assert places == sorted(places)
    ids = [node.id for node in drawing.nodes] + [edge.id for edge in drawing.edges]
    assert len(set(ids)) == len(ids)
    assert {edge.caller_id for edge in drawing.edges} <= {node.id for node in drawing.nodes}


def test_what_calls_itself_wears_a_badge() -> None:
    figures = make_map([make_link(1, SHOP, PAY, make_figures()), make_link(2, PAY, PAY, make_figures(36_000))])
    drawing = draw(figures)
    (loop,) = drawing.loops
    place = node_of(drawing, PAY)
    assert loop.at == (place.x + 138.0, float(place.y))
    assert loop.words == "pay calls pay, 10.0/s, 0 % errors, p95 101 ms"


def test_what_is_looked_for_and_what_is_selected_are_marked() -> None:
    drawing = draw(make_map([make_link(1, SHOP, PAY, make_figures())]), find="PA", node=SHOP)
    assert [(node.name, node.is_found, node.is_selected) for node in drawing.nodes] == [
        ("shop", False, True),
        ("pay", True, False),
    ]


def test_a_link_without_calls_in_the_window_is_drawn_without_figures() -> None:
    edge = one_link(Figures.nothing(3_600), make_figures())
    assert edge.label.lines == ("0/s · –", "p95 –")
    assert not edge.is_labelled
