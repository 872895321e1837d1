"""What the map shows of what there is."""

import pytest

from services_map.domain.calls.nodes import Connection, Node, NodeKind
from services_map.domain.map.health import Errors
from services_map.domain.map.map_view import RARE_ABOVE, Direction, MapView, choose
from tests.services_map.map_figures import calls, link, map_of, node, plain_map


def boxes(view: MapView) -> str:
    return " ".join(shown.node.name for shown in view.nodes)


def lines(view: MapView) -> str:
    return " ".join(f"{edge.caller.name}>{edge.callee.name}" for edge in view.edges)


CHAIN = plain_map("user>a a>b b>c c>d b>x", alone="lone")


def test_all_is_shown_by_name() -> None:
    view = choose(CHAIN)
    assert boxes(view) == "a b c d lone x user"
    assert lines(view) == "a>b b>c b>x c>d user>a"
    assert (view.hidden_nodes, view.hidden_links, view.rare_links, view.unhealthy_links) == (0, 0, 0, 0)
    assert not view.is_grouped


@pytest.mark.parametrize(
    ("hops", "direction", "shown", "drawn"),
    [
        (1, Direction.BOTH, "a b c x", "a>b b>c b>x"),
        (2, Direction.BOTH, "a b c d x user", "a>b b>c b>x c>d user>a"),
        (1, Direction.CALLERS, "a b", "a>b"),
        (2, Direction.CALLERS, "a b user", "a>b user>a"),
        (1, Direction.CALLEES, "b c x", "b>c b>x"),
        (3, Direction.CALLEES, "b c d x", "b>c b>x c>d"),
    ],
)
def test_a_focus_shows_what_can_be_reached_within_so_many_links(
    hops: int, direction: Direction, shown: str, drawn: str
) -> None:
    view = choose(CHAIN, focus=node("b"), hops=hops, direction=direction)
    assert (boxes(view), lines(view)) == (shown, drawn)
    assert view.hidden_nodes == 7 - len(shown.split())
    assert view.hidden_links == 5 - len(drawn.split())


def test_a_cycle_ends_where_it_began() -> None:
    assert boxes(choose(plain_map("a>b b>c c>a"), focus=node("a"), hops=3, direction=Direction.CALLEES)) == "a b c"


def test_a_focus_that_is_not_there_shows_nothing() -> None:
    view = choose(CHAIN, focus=node("gone"))
    assert (boxes(view), lines(view), view.hidden_nodes) == ("", "", 7)


def test_a_search_shows_what_has_the_text_in_its_name_and_its_neighbours() -> None:
    found = plain_map("Payment-api>b b>c c>d")
    assert (boxes(choose(found, search="PAY")), lines(choose(found, search="PAY"))) == (
        "Payment-api b",
        "Payment-api>b",
    )
    assert boxes(choose(found, search="nothing")) == ""
    assert boxes(choose(CHAIN, search="lone")) == "lone"


def test_only_unhealthy_shows_both_ends_of_unhealthy_links_and_their_neighbours() -> None:
    links = [link(edge, calls(100), number=number) for number, edge in enumerate(("u>a", "c>d", "x>y", "u>d"))]
    sick = [
        link("a>b", calls(100, failed=50), calls(100), 10),
        link("b>c", calls(100, ms=30), calls(100, ms=10), 11),
        link("y>z", calls(10, failed=10), calls(100), 12),
    ]
    view = choose(map_of([*links, *sick]), only_unhealthy=True)
    assert (boxes(view), lines(view)) == ("a b c d u", "a>b b>c c>d u>a")
    assert view.unhealthy_links == 2
    assert choose(map_of([*links, *sick])).unhealthy_links == 2


def test_a_service_that_nobody_calls_is_unhealthy_by_its_own_figures() -> None:
    found = map_of([link("a>b", calls(100))], c=calls(100, failed=50), a=calls(100, failed=50), b=calls(100, failed=50))
    assert boxes(choose(found, only_unhealthy=True)) == "a b c"
    health = {shown.node.name: shown.health.errors for shown in choose(found).nodes}
    assert health == {"a": Errors.MANY, "b": Errors.FEW, "c": Errors.MANY}


def test_calls_messages_and_queries_between_two_are_one_line() -> None:
    found = map_of(
        [
            link("a>b@message", calls(60, ms=1), number=2, unpaired=3),
            link("a>b", calls(600, failed=60, ms=100), calls(0), number=1, unpaired=4),
        ]
    )
    (edge,) = choose(found).edges
    assert edge.connections == (Connection.CALL, Connection.MESSAGE)
    assert edge.link_ids == (1, 2)
    assert (edge.figures.count, edge.figures.failed.count, edge.before.count, edge.unpaired) == (660, 60, 60, 7)
    assert (edge.figures.rate, edge.width) == (11, 3)
    assert edge.health.errors == Errors.MANY


def test_a_link_to_itself_is_a_badge() -> None:
    view = choose(plain_map("a>a a>b"))
    assert lines(view) == "a>b"
    assert [name.name for name in view.loops] == ["a"]
    assert view.loops[node("a")].link_ids == (1,)


def grouped(**changes: object) -> MapView:
    found = map_of(
        [
            link("user>cart-api", calls(100), number=1),
            link("cart-api>cart-db", calls(90, ms=1), number=2),
            link("cart-api>pay-api", calls(10, ms=1), number=3),
            link("cart-db>pay-job", calls(30, failed=6, ms=100), calls(30), number=4),
            link("pay-api>pay-job", calls(5), number=5),
            link("pay-job>db:ledger", calls(7), number=6),
        ],
        alone="lone",
    )
    return choose(found, is_grouped=True, **changes)  # type: ignore[arg-type]


def test_groups_are_boxes_and_their_links_sums() -> None:
    view = grouped()
    assert view.is_grouped
    assert boxes(view) == "lone user cart pay"
    assert lines(view) == "user>cart cart>pay"
    edge = view.edges[1]
    assert edge.caller == Node(NodeKind.GROUP, "cart")
    assert edge.link_ids == (3, 4)
    assert edge.figures.count == 40
    assert edge.figures.p95_ns == pytest.approx(100e6, rel=0.01)
    assert edge.health.errors == Errors.MANY
    assert {name.name: loop.link_ids for name, loop in view.loops.items()} == {"cart": (2,), "pay": (5, 6)}


def test_a_group_knows_its_members_and_their_sum() -> None:
    pay = grouped().nodes[-1]
    assert [member.name for member in pay.members] == ["pay-api", "pay-job", "ledger"]
    assert pay.figures is not None
    assert pay.figures.count == 3
    assert pay.before.count == 40 + 5 + 7


def test_an_opened_group_shows_its_members() -> None:
    view = grouped(opened={"cart"})
    assert boxes(view) == "cart-api cart-db lone user pay"
    assert lines(view) == "cart-api>cart-db cart-api>pay cart-db>pay user>cart-api"


def test_only_large_maps_are_grouped_unless_one_asks() -> None:
    found = plain_map("a-1>a-2 a-2>b-1 b-1>b-2")
    assert boxes(choose(found, group_above=4)) == "a-1 a-2 b-1 b-2"
    assert boxes(choose(found, group_above=3)) == "a b"
    assert boxes(choose(found, group_above=3, is_grouped=False)) == "a-1 a-2 b-1 b-2"
    assert boxes(choose(found, group_above=3, focus=node("a-1"))) == "a-1 a-2"


def test_lines_of_hardly_any_calls_are_counted_not_drawn() -> None:
    found = [link(f"hub>leaf-{number:02}", calls(1_000_000), number=number) for number in range(RARE_ABOVE)]
    rare = map_of([*found, link("leaf-00>leaf-01", calls(999), number=99)])
    assert (choose(rare, is_grouped=False).rare_links, len(choose(rare, is_grouped=False).edges)) == (1, RARE_ABOVE)
    shown = choose(rare, is_grouped=False, show_rare=True)
    assert (shown.rare_links, len(shown.edges)) == (0, RARE_ABOVE + 1)
    more = map_of([*found, link("leaf-00>leaf-01", calls(1_100), number=99)])
    assert choose(more, is_grouped=False).rare_links == 0
    assert choose(map_of([*found[1:], link("leaf-00>leaf-01", calls(1), number=99)])).rare_links == 0


def test_the_only_line_of_a_box_and_an_unhealthy_one_are_never_rare() -> None:
    found = [link(f"hub>leaf-{number:02}", calls(1_000_000), number=number) for number in range(RARE_ABOVE)]
    alone = map_of([*found, link("hub>new", calls(1), number=99)])
    assert choose(alone, is_grouped=False).rare_links == 0
    sick = map_of([*found, link("leaf-00>leaf-01", calls(100, failed=50), calls(100), number=99)])
    assert choose(sick, is_grouped=False).rare_links == 0
