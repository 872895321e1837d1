"""In which column each node stands: right of all its callers."""

from collections.abc import Sequence
from typing import Final

from services_map.domain.layout.graph import Pair, topological

#: A column with more boxes is divided.
MAX_BOXES: Final = 24


def fresh_columns(count: int, pairs: Sequence[Pair]) -> list[int]:
    """Longest paths, sources next to the first of those they call, wide columns divided; the first column is 0."""
    order, after, before = topological(count, pairs)
    columns = [0] * count
    for node in order:
        columns[node] = max((columns[other] + 1 for other in before[node]), default=0)
    for node in order:
        if not before[node] and after[node]:
            columns[node] = min(columns[other] for other in after[node]) - 1
    return _divide(columns, after)


def _divide(columns: list[int], after: list[list[int]]) -> list[int]:
    """Several columns in place of one with more than MAX_BOXES, those that call nobody in the first of them."""
    members: list[list[int]] = [[] for _ in range(max(columns, default=-1) + 1)]
    for node, column in enumerate(columns):
        members[column].append(node)
    divided = [0] * len(columns)
    start = 0
    for layer in members:
        layer.sort(key=lambda node: (bool(after[node]), node))
        parts = -(-len(layer) // MAX_BOXES)
        for place, node in enumerate(layer):
            divided[node] = start + place * parts // len(layer)
        start += parts
    return divided
