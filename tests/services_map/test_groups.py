"""Which nodes of a large map are drawn as one."""

import random

from benchmarks.service_graphs import service_graph
from services_map.domain.map.groups import FEW_BOXES, MOST_IN_COMMUNITY, communities, families, find_groups
from tests.services_map.map_figures import node


def named(words: str) -> dict[str, str]:
    """Families of services, by name."""
    return {member.name: name for member, name in families([node(word) for word in words.split()]).items()}


def test_a_family_is_what_stands_before_the_first_separator() -> None:
    assert named("payment-api payment.worker payment/db payment_x payment cart-a cart-b alone") == {
        "payment-api": "payment",
        "payment.worker": "payment",
        "payment/db": "payment",
        "payment_x": "payment",
        "payment": "payment",
        "cart-a": "cart",
        "cart-b": "cart",
    }


def test_one_of_a_family_alone_is_in_no_group() -> None:
    assert named("payment-api cart-api search-api") == {}


def test_where_most_of_many_names_begin_alike_one_word_more_counts() -> None:
    found = named(" ".join(f"acme-{family}-{number}" for family in "abcde" for number in range(5)) + " other-1 other-2")
    assert found["acme-a-0"] == found["acme-a-4"] == "acme-a"
    assert set(found.values()) == {"acme-a", "acme-b", "acme-c", "acme-d", "acme-e"}
    assert set(named(" ".join(f"acme-{family}-1" for family in "abcde")).values()) == {"acme"}


def test_names_of_separators_only_are_names() -> None:
    assert named("- -- a") == {}
    assert families([]) == {}


def test_a_store_that_one_family_uses_belongs_to_it_and_a_shared_one_does_not() -> None:
    nodes = [node(name) for name in ("pay-api", "pay-job", "cart-a", "cart-b", "db:ledger", "db:shared", "ext:bank")]
    links = [
        (node("pay-api"), node("db:ledger"), 1.0),
        (node("pay-job"), node("db:ledger"), 1.0),
        (node("pay-job"), node("db:shared"), 1.0),
        (node("cart-a"), node("db:shared"), 1.0),
        (node("cart-a"), node("ext:bank"), 1.0),
    ]
    groups = find_groups([*nodes, node("user")], links, most=200)
    assert groups[node("db:ledger")] == "pay"
    assert groups[node("ext:bank")] == "cart"
    assert node("db:shared") not in groups
    assert node("user") not in groups


def test_those_that_call_each_other_most_come_together_where_names_do_not_help() -> None:
    nodes = [node(f"x{number}") for number in range(100)]
    links = [(nodes[number], nodes[number + 1], 100.0 if number % 4 else 1.0) for number in range(99)]
    groups = communities(nodes, links)
    assert len(set(groups.values())) + sum(one not in groups for one in nodes) == FEW_BOXES
    weak = [(nodes[number], nodes[number + 1]) for number in range(0, 99, 4)]
    assert all(groups.get(one, one.name) != groups.get(other, other.name) for one, other in weak)


def test_a_community_is_named_for_its_busiest_and_names_differ() -> None:
    nodes = [node(f"x{number:03}") for number in range(FEW_BOXES)] + [node(f"db:x{number:03}") for number in range(3)]
    links = [(node("x000"), node("x001"), 9.0), (node("x000"), node("x002"), 9.0), (node("x005"), node("db:x000"), 9.0)]
    groups = communities(sorted(nodes), [*links, (node("db:x000"), node("x006"), 8.0)])
    assert {member.name for member, name in groups.items() if name == "x000"} == {"x000", "x001", "x002"}
    assert {groups[node("x005")], groups[node("db:x000")]} == {"x000 (2)"}


def test_large_maps_have_few_boxes_and_no_huge_group_in_whatever_order_they_come() -> None:
    nodes, edges = service_graph(600, seed=2)
    chance = random.Random(1)
    links = [(caller, callee, 2.0 ** chance.randrange(16)) for caller, callee in edges]
    groups = find_groups(nodes, links, most=200)
    sizes = [list(groups.values()).count(name) for name in set(groups.values())]
    assert max(sizes) <= MOST_IN_COMMUNITY
    assert len(sizes) + sum(each not in groups for each in nodes) <= 200
    chance.shuffle(nodes)
    chance.shuffle(links)
    assert find_groups(nodes, links, most=200) == groups
