"""Spans that share an id, told apart: who stands below whom among them, and whose their children are. Pure.

Zipkin's clients and servers report one call under one id (https://github.com/openzipkin/b3-propagation): these halves
are kept, and the server's stands below the client's. A child of such an id belongs to the half in its own service, as
in Zipkin's tree; where no half is in its service, to the client's if it is a server itself, else to the server's. So do
calls between services: docs/adr/0013. Other spans that share an id, as broken senders make them, stay side by side;
children hang under the first of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import compress

from traces.domain.columns import SpanColumns
from traces.domain.ids import NO_SPAN_ID, SPAN_ID_BYTES
from traces.domain.span import Operation, SpanKind

_CALLERS = frozenset({SpanKind.CLIENT.value, SpanKind.PRODUCER.value})
_CALLED = frozenset({SpanKind.SERVER.value, SpanKind.CONSUMER.value})


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a span that is told apart from those that share its id, or whose parent is.

    `is_half` marks the server's half of a call: `parent_span_id` is the id that it shares with the client's.
    """

    span_id: bytes
    parent_span_id: bytes | None
    is_half: bool = False


def tell_apart(spans: SpanColumns) -> Mapping[int, Ids]:
    """The ids of those spans whose ids change, by index, so that all differ; mostly there are none. O(n).

    One span of each id keeps it: the client's half, else the earliest. The new id of another is made of what the span
    is: it is the same whenever the trace is read, and no other span of the trace has it. `spans` are all of a trace,
    identical twins dropped; in what order does not matter.
    """
    if len(set(spans.span_ids)) == len(spans):
        return {}
    roles = {operation_id: _find_role(spans.operations[operation_id]) for operation_id in set(spans.operation_ids)}
    role_of = list(map(roles.__getitem__, spans.operation_ids))
    names = _Names(spans, role_of)
    told: dict[int, Ids] = {}
    halves_of: dict[bytes | None, list[int]] = {}
    for span_id, members in _group(spans.span_ids).items():
        first, *others = sorted(members, key=lambda index: _precedence(spans, role_of[index], index))
        halves = [index for index in others if _is_other_half(spans, role_of, first, index)]
        told.update([(index, Ids(names.make(index), spans.parent_span_ids[index])) for index in others])
        told.update([(index, Ids(told[index].span_id, span_id, is_half=True)) for index in halves])
        if halves:
            halves_of[span_id] = [first, *halves]
    for index, parent in _find_parents(spans, role_of, halves_of):
        if parent in told and not (index in told and told[index].is_half):
            ids = told.get(index) or Ids(spans.span_ids[index], None)
            told[index] = replace(ids, parent_span_id=told[parent].span_id)
    return told


# A service, or any; whether it is a half that calls (True), is called (False), or either.
_Side = tuple[str | None, bool | None]


@dataclass(frozen=True, slots=True)
class _Role:
    """What an operation says about the spans that have it.

    `sides` are those that it may be taken for by a child, `parents` what it looks for itself, the best first.
    """

    service: str
    calls: bool
    is_called: bool
    rank: int
    text: str
    sides: tuple[_Side, ...]
    parents: tuple[_Side, ...]


def _find_role(operation: Operation) -> _Role:
    """Who is called is called by a client; all else is done by the one that serves."""
    service, calls, is_called = operation.service.name, operation.kind in _CALLERS, operation.kind in _CALLED
    either: tuple[_Side, ...] = ((service, None), (None, None))
    return _Role(
        service=service,
        calls=calls,
        is_called=is_called,
        rank=0 if calls else 2 if is_called else 1,
        text=repr((service, operation.name, operation.kind)),
        sides=((service, calls), (None, calls), *either) if calls or is_called else either,
        parents=((service, is_called), (service, None), (None, is_called), (None, None)),
    )


def _group(span_ids: Sequence[bytes]) -> dict[bytes, list[int]]:
    """The indexes of the spans of each id that is shared."""
    counts = Counter(span_ids)
    groups: dict[bytes, list[int]] = defaultdict(list)
    for index in compress(range(len(span_ids)), [counts[span_id] > 1 for span_id in span_ids]):
        groups[span_ids[index]].append(index)
    return groups


def _precedence(spans: SpanColumns, role: _Role, index: int) -> tuple[object, ...]:
    """The least of those that share an id keeps it. Where the spans stand decides only what nothing else does."""
    parent_span_id = spans.parent_span_ids[index] or b""
    return role.rank, spans.starts_ns[index], -spans.durations_ns[index], role.text, parent_span_id, index


def _is_other_half(spans: SpanColumns, role_of: Sequence[_Role], first: int, other: int) -> bool:
    """Whether it is the called side of the call whose id it shares: by its kind, or as the same call elsewhere."""
    if role_of[first].calls and role_of[other].is_called:
        return True
    if role_of[first].service == role_of[other].service:
        return False
    # The called side names the caller's parent, or nobody: one that names another parent has the id by chance.
    return spans.parent_span_ids[other] in (None, spans.span_ids[other], spans.parent_span_ids[first])


def _find_parents(
    spans: SpanColumns, role_of: Sequence[_Role], halves_of: Mapping[bytes | None, Sequence[int]]
) -> Iterator[tuple[int, int]]:
    """The children of ids that halves share, each with the half that it belongs to."""
    sides_of: dict[bytes | None, dict[_Side, int]] = {}
    for index in compress(range(len(spans)), map(halves_of.__contains__, spans.parent_span_ids)):
        parent_span_id = spans.parent_span_ids[index]
        if parent_span_id == spans.span_ids[index]:
            continue
        sides = sides_of.get(parent_span_id)
        if sides is None:
            # The client's half comes first; what several halves are is said by the first of them.
            halves = reversed(halves_of[parent_span_id])
            sides = sides_of[parent_span_id] = {side: half for half in halves for side in role_of[half].sides}
        yield index, next(sides[side] for side in role_of[index].parents if side in sides)


class _Names:
    """Makes ids that nobody has."""

    def __init__(self, spans: SpanColumns, role_of: Sequence[_Role]) -> None:
        self._spans, self._role_of = spans, role_of
        self._taken = {NO_SPAN_ID, *spans.span_ids}
        self._attempts: Counter[str] = Counter()

    def make(self, index: int) -> bytes:
        spans = self._spans
        text = (
            f"{spans.span_ids[index]!r} {spans.parent_span_ids[index]!r} {spans.starts_ns[index]}"
            f" {spans.durations_ns[index]} {self._role_of[index].text}"
        )
        made = NO_SPAN_ID
        while made in self._taken:
            made = blake2b(f"{text} {self._attempts[text]}".encode(), digest_size=SPAN_ID_BYTES).digest()
            self._attempts[text] += 1
        self._taken.add(made)
        return made
