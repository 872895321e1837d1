"""In which column each node stands: right of all its callers, unless that makes too many columns."""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from services_map.domain.map.layout.graph import Pair, topological

#: A column with more boxes is divided.
MAX_BOXES: Final = 24
#: A map has at most LAYERS_BY_ROOT times the root of its nodes as layers, but may always have LEAST_LAYERS.
LEAST_LAYERS: Final = 10
LAYERS_BY_ROOT: Final = 1.6


def layers(count: int, pairs: Sequence[Pair]) -> list[int]:
    """Longest paths, and sources next to the first of those they call; the first layer is 0."""
    order, after, before = topological(count, pairs)
    found = [0] * count
    for node in order:
        found[node] = max((found[other] + 1 for other in before[node]), default=0)
    for node in order:
        if not before[node] and after[node]:
            found[node] = min(found[other] for other in after[node]) - 1
    return found


def most_layers(count: int) -> int:
    """As many as leave a picture of `count` boxes that is not all too flat."""
    return max(LEAST_LAYERS, math.ceil(LAYERS_BY_ROOT * math.sqrt(count)))


def merge(layer: Sequence[int], pairs: Sequence[Pair], most: int, is_first_kept: bool) -> list[int]:
    """At most `most` layers: neighbouring ones with few nodes and few edges between them become one.

    It stays at more where one column would not hold them. Then some callees stand in their callers' layer.
    `is_first_kept`: the first layer stays alone.
    """
    merged = list(range(max(layer) + 1))
    while (count := merged[-1] + 1) > most:
        sizes = [0] * count
        for index in layer:
            sizes[merged[index]] += 1
        edges = [0] * count
        for one, other in pairs:
            if merged[layer[other]] == merged[layer[one]] + 1:
                edges[merged[layer[one]]] += 1
        together = [sizes[index] + sizes[index + 1] for index in range(count - 1)]
        narrow = [index for index in range(int(is_first_kept), count - 1) if together[index] <= MAX_BOXES]
        if not narrow:
            break
        first = min(narrow, key=lambda index: (together[index] + edges[index], index))
        merged = [index - (index > first) for index in merged]
    return [merged[index] for index in layer]


def parts_of(layer: Sequence[int]) -> list[int]:
    """How many columns each layer needs."""
    boxes = [0] * (max(layer) + 1)
    for index in layer:
        boxes[index] += 1
    return [max(1, -(-size // MAX_BOXES)) for size in boxes]


def divide(layer: Sequence[int], parts: Sequence[int], middles: Sequence[float], pairs: Sequence[Pair]) -> list[int]:
    """The column of each node: those of a layer, from top to bottom, take turns in its columns.

    Of neighbours that share a turn those who call more stand further right, nearer to their callees.
    """
    calls = [0] * len(layer)
    for one, other in pairs:
        calls[one] += 1
        calls[other] -= 1
    members: list[list[int]] = [[] for _ in parts]
    for node in sorted(range(len(layer)), key=lambda node: (middles[node], node)):
        members[layer[node]].append(node)
    columns = [0] * len(layer)
    for nodes, start, turns in zip(members, accumulate(parts, initial=0), parts, strict=False):
        for first in range(0, len(nodes), turns):
            for turn, node in enumerate(sorted(nodes[first : first + turns], key=lambda node: (calls[node], node))):
                columns[node] = start + turn
    return columns
