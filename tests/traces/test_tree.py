"""The tree of random graphs, compared with the plainest way to draw one."""

import random
from collections.abc import Iterator, Sequence

import pytest

from traces.domain.tree import build_tree


def draw_plainly(ids: Sequence[int], parent_ids: Sequence[int | None]) -> list[tuple[int, int]]:
    """(number, depth) of each row: by the rules one after another, with recursion and without regard to time."""
    parents = [find_parent(ids, parent_id) for parent_id in parent_ids]
    parents = [None if parent == number else parent for number, parent in enumerate(parents)]
    while circle := find_circle(parents):
        parents[min(circle)] = None
    return list(draw_below(parents, None, 0))


def find_parent(ids: Sequence[int], parent_id: int | None) -> int | None:
    return ids.index(parent_id) if parent_id in ids else None


def find_circle(parents: Sequence[int | None]) -> set[int]:
    for start in range(len(parents)):
        above, number = [start], parents[start]
        while number is not None and number not in above:
            above.append(number)
            number = parents[number]
        if number == start:
            return set(above)
    return set()


def draw_below(parents: Sequence[int | None], parent: int | None, depth: int) -> Iterator[tuple[int, int]]:
    for number in range(len(parents)):
        if parents[number] == parent:
            yield number, depth
            yield from draw_below(parents, number, depth + 1)


def as_bytes(number: int) -> bytes:
    return number.to_bytes(8, "big")


@pytest.mark.parametrize("seed", range(300))
def test_a_tree_is_what_its_rules_say(seed: int) -> None:
    chance = random.Random(seed)
    count = chance.randrange(1, 16)
    ids = [chance.randrange(count) if chance.random() < 0.2 else number for number in range(count)]
    parent_ids = [chance.choice([None, *range(count + 2)]) for _ in range(count)]

    tree = build_tree(list(map(as_bytes, ids)), [None if each is None else as_bytes(each) for each in parent_ids])

    plain = draw_plainly(ids, parent_ids)
    assert list(zip(tree.order, tree.depths, strict=True)) == plain
    for row, (_, depth) in enumerate(plain):
        below = [deeper > depth for _, deeper in plain[row + 1 :]]
        assert tree.subtree_sizes[row] == 1 + [*below, False].index(False)
