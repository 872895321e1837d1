"""Which span of one trace does the same as which of another.

From the roots down, children of spans that belong together are matched: first by service, operation and kind, the
first of those with the first, the second with the second; what is left by service and operation alone. Spans without
a counterpart stay alone with all that is below them. The two main roots are laid over each other even where they are
different operations, as somebody asked to compare these.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat

from traces.domain.columns import INTEGER, picker
from traces.domain.span import Operation
from traces.domain.trace import Trace

#: In place of the row where a trace has none.
NO_ROW = -1
NO_PLACE = -1
_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Nodes in pre-order: `rows_a[node]` and `rows_b[node]` belong together, one of them may be NO_ROW.

    A place is where calls of one operation stand: below the calls of another place. `places[node]` is that of a node;
    what is below a span that is alone counts to the place of that span. `tops` are the nodes, ascending, that are alone
    while what they are below is not. `root` is the node of the main roots, and has both rows; `end` is behind the last
    node below it.
    """

    rows_a: "array[int]"
    rows_b: "array[int]"
    depths: "array[int]"
    places: "array[int]"
    tops: "array[int]"
    root: int
    end: int
    # By place: the one above, and where its operation is.
    above: "array[int]"
    keys: "array[int]"
    operations: Sequence[Operation]

    def __len__(self) -> int:
        return len(self.rows_a)

    def is_pair(self, node: int) -> bool:
        return self.rows_a[node] >= 0 <= self.rows_b[node]

    def operation(self, place: int) -> Operation:
        return self.operations[self.keys[place]]

    def find_caller(self, place: int) -> Operation | None:
        """What calls in that place; None for roots."""
        return self.operation(self.above[place]) if self.above[place] != NO_PLACE else None


def align(a: Trace, b: Trace) -> Alignment:
    """See above. O(n log n), and nothing recurses."""
    return _Alignment(a, b).find()


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the traces by rows; `keys` are numbers of operations that mean the same in both."""

    trace: Trace
    keys: Sequence[int]
    starts_ns: Sequence[int]
    sizes: Sequence[int]
    depths: Sequence[int]

    def list_children(self, row: int) -> list[int]:
        sizes, end = self.sizes, row + self.sizes[row]
        children, child = [], row + 1
        while child < end:
            children.append(child)
            child += sizes[child]
        return children


class _Alignment:
    def __init__(self, a: Trace, b: Trace) -> None:
        self._operations: list[Operation] = []
        self._known: dict[tuple[str, str, int], int] = {}
        self._a, self._b = self._read(a), self._read(b)
        # By key, the number that kinds of one service and name share.
        loose: dict[tuple[str, str], int] = {}
        self._loose = [loose.setdefault((each.service.name, each.name), len(loose)) for each in self._operations]

    def _read(self, trace: Trace) -> _Side:
        keys = {id_: self._key(operation) for id_, operation in trace.rows.spans.operations.items()}
        in_order = picker(trace.rows.order)
        return _Side(
            trace=trace,
            keys=[keys[id_] for id_ in in_order(trace.rows.spans.operation_ids)],
            starts_ns=in_order(trace.rows.spans.starts_ns),
            sizes=trace.rows.subtree_sizes,
            depths=trace.rows.depths,
        )

    def _key(self, operation: Operation) -> int:
        key = self._known.setdefault((operation.service.name, operation.name, operation.kind), len(self._operations))
        if key == len(self._operations):
            self._operations.append(operation)
        return key

    def find(self) -> Alignment:
        rows_a, rows_b, depths, places, tops, above, keys = (array(INTEGER) for _ in range(7))
        known: dict[int, int] = {}
        # Pairs of rows, and the place they are below.
        waiting = [(*pair, NO_PLACE) for pair in reversed(self._match_roots())]
        while waiting:
            row_a, row_b, caller = waiting.pop()
            key = self._b.keys[row_b] if row_a < 0 else self._a.keys[row_a]
            place = known.setdefault((caller + 1) * len(self._operations) + key, len(keys))
            if place == len(keys):
                above.append(caller)
                keys.append(key)
            if row_a < 0 or row_b < 0:
                tops.append(len(rows_a))
                side, row = (self._b, row_b) if row_a < 0 else (self._a, row_a)
                size = side.sizes[row]
                rows, none = range(row, row + size), repeat(NO_ROW, size)
                rows_a.extend(none if row_a < 0 else rows)
                rows_b.extend(none if row_b < 0 else rows)
                depths.extend(side.depths[row : row + size])
                places.extend(repeat(place, size))
                continue
            rows_a.append(row_a)
            rows_b.append(row_b)
            depths.append(self._a.depths[row_a])
            places.append(place)
            if self._a.sizes[row_a] > 1 or self._b.sizes[row_b] > 1:
                waiting += [(*pair, place) for pair in reversed(self._match_children(row_a, row_b))]
        root = self._find_root(rows_a, rows_b, depths)
        return Alignment(
            rows_a=rows_a,
            rows_b=rows_b,
            depths=depths,
            places=places,
            tops=tops,
            root=root,
            end=next((node for node in range(root + 1, len(depths)) if depths[node] == 0), len(depths)),
            above=above,
            keys=keys,
            operations=self._operations,
        )

    def _match_children(self, row_a: int, row_b: int) -> list[_Pair]:
        pairs = self._match(self._a.list_children(row_a), self._b.list_children(row_b))
        return self._sort(pairs, self._a.starts_ns[row_a], self._b.starts_ns[row_b])

    def _match_roots(self) -> list[_Pair]:
        a, b = self._a.trace, self._b.trace
        pairs = self._match(*([row for row, depth in enumerate(each.rows.depths) if depth == 0] for each in (a, b)))
        if (a.root_row, NO_ROW) in pairs and (NO_ROW, b.root_row) in pairs:
            pairs = [pair for pair in pairs if pair not in ((a.root_row, NO_ROW), (NO_ROW, b.root_row))]
            pairs.append((a.root_row, b.root_row))
        return self._sort(pairs, a.start_ns, b.start_ns)

    def _match(self, rows_a: list[int], rows_b: list[int]) -> list[_Pair]:
        keys_a, keys_b = self._a.keys, self._b.keys
        # Most parents have the same children: then the first rule matches them as they stand.
        if len(rows_a) == len(rows_b) and all(keys_a[a] == keys_b[b] for a, b in zip(rows_a, rows_b, strict=True)):
            return list(zip(rows_a, rows_b, strict=True))
        pairs, rows_a, rows_b = _match_by(rows_a, rows_b, keys_a.__getitem__, keys_b.__getitem__)
        loose = self._loose
        more, rows_a, rows_b = _match_by(rows_a, rows_b, lambda row: loose[keys_a[row]], lambda row: loose[keys_b[row]])
        return [*pairs, *more, *((row, NO_ROW) for row in rows_a), *((NO_ROW, row) for row in rows_b)]

    def _sort(self, pairs: list[_Pair], from_a_ns: int, from_b_ns: int) -> list[_Pair]:
        """By how long after `from_…_ns` they start, in B where they are in both."""
        starts_a, starts_b = self._a.starts_ns, self._b.starts_ns
        if len(pairs) > 1:
            pairs.sort(
                key=lambda pair: starts_b[pair[1]] - from_b_ns if pair[1] >= 0 else starts_a[pair[0]] - from_a_ns
            )
        return pairs

    def _find_root(self, rows_a: Sequence[int], rows_b: Sequence[int], depths: Sequence[int]) -> int:
        """The pair of A's main root, or of B's; one of them has a counterpart, if only the other."""
        nodes = [node for node, depth in enumerate(depths) if depth == 0]
        a, b = self._a.trace.root_row, self._b.trace.root_row
        found = next(node for node in nodes if rows_a[node] == a)
        return found if rows_b[found] >= 0 else next(node for node in nodes if rows_b[node] == b)


def _match_by(
    rows_a: Iterable[int], rows_b: Iterable[int], key_a: Callable[[int], int], key_b: Callable[[int], int]
) -> tuple[list[_Pair], list[int], list[int]]:
    """The first of each key with the first, and so on; and what is left of both."""
    of_key: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows_b:
        of_key[key_b(row)].append(row)
    for rows in of_key.values():
        rows.reverse()
    pairs, left_a = [], []
    for row in rows_a:
        if counterparts := of_key.get(key_a(row)):
            pairs.append((row, counterparts.pop()))
        else:
            left_a.append(row)
    return pairs, left_a, sorted(row for rows in of_key.values() for row in rows)
