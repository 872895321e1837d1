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

_CALLERS = (SpanKind.CLIENT, SpanKind.PRODUCER)
_CALLED = (SpanKind.SERVER, SpanKind.CONSUMER)


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
    names = _Names(spans)
    told: dict[int, Ids] = {}
    halves_of: dict[bytes | None, dict[_Side, int]] = {}
    for span_id, members in _group(spans.span_ids).items():
        first, *others = sorted(members, key=lambda index: _precedence(spans, index))
        halves = [index for index in others if _is_other_half(spans, first, index)]
        told |= {index: Ids(names.make(index), spans.parent_span_ids[index]) for index in others}
        told |= {index: Ids(told[index].span_id, span_id, is_half=True) for index in halves}
        if halves:
            halves_of[span_id] = _list_sides(spans, [first, *halves])
    for index, parent in _find_parents(spans, halves_of):
        if parent in told and not (index in told and told[index].is_half):
            ids = told.get(index) or Ids(spans.span_ids[index], None)
            told[index] = replace(ids, parent_span_id=told[parent].span_id)
    return told


def _group(span_ids: Sequence[bytes]) -> dict[bytes, list[int]]:
    """The indexes of the spans of each id that is shared."""
    is_shared = {span_id: number > 1 for span_id, number in Counter(span_ids).items()}
    groups: dict[bytes, list[int]] = defaultdict(list)
    for index in compress(range(len(span_ids)), map(is_shared.__getitem__, span_ids)):
        groups[span_ids[index]].append(index)
    return groups


def _precedence(spans: SpanColumns, index: int) -> tuple[object, ...]:
    """The least of those that share an id keeps it. Where the spans stand decides only what nothing else does."""
    kind = _operation(spans, index).kind
    rank = 0 if kind in _CALLERS else 2 if kind in _CALLED else 1
    return rank, spans.starts_ns[index], -spans.durations_ns[index], _describe(spans, index), index


def _is_other_half(spans: SpanColumns, first: int, other: int) -> bool:
    """Whether it is the called side of the call whose id it shares: by its kind, or as the same call elsewhere."""
    caller, called = _operation(spans, first), _operation(spans, other)
    if caller.kind in _CALLERS and called.kind in _CALLED:
        return True
    if caller.service.name == called.service.name:
        return False
    # The called side names the caller's parent, or nobody: one that names another parent has the id by chance.
    return spans.parent_span_ids[other] in (None, spans.span_ids[other], spans.parent_span_ids[first])


# A service, or any; whether it is a half that calls (True), is called (False), or either.
_Side = tuple[str | None, bool | None]


def _list_sides(spans: SpanColumns, halves: Sequence[int]) -> dict[_Side, int]:
    """The first half that is of a service and calls or is called; `halves` begin with the client's."""
    sides: dict[_Side, int] = {}
    for index in halves:
        operation = _operation(spans, index)
        calls = {None, operation.kind in _CALLERS} if operation.kind in (*_CALLERS, *_CALLED) else {None}
        for side in ((service, each) for service in (operation.service.name, None) for each in calls):
            sides.setdefault(side, index)
    return sides


def _find_parents(
    spans: SpanColumns, halves_of: Mapping[bytes | None, Mapping[_Side, int]]
) -> Iterator[tuple[int, int]]:
    """The children of ids that halves share, each with the half that it belongs to."""
    for index in compress(range(len(spans)), map(halves_of.__contains__, spans.parent_span_ids)):
        if spans.parent_span_ids[index] == spans.span_ids[index]:
            continue
        sides, operation = halves_of[spans.parent_span_ids[index]], _operation(spans, index)
        # Who is called is called by a client; all else is done by the one that serves.
        wanted = operation.kind in _CALLED
        preferred = ((operation.service.name, wanted), (operation.service.name, None), (None, wanted), (None, None))
        yield index, next(sides[side] for side in preferred if side in sides)


class _Names:
    """Makes ids that nobody has."""

    def __init__(self, spans: SpanColumns) -> None:
        self._spans = spans
        self._taken = {NO_SPAN_ID, *spans.span_ids}
        self._attempts: Counter[str] = Counter()

    def make(self, index: int) -> bytes:
        spans = self._spans
        text = repr((spans.span_ids[index], spans.starts_ns[index], spans.durations_ns[index], _describe(spans, index)))
        made = NO_SPAN_ID
        while made in self._taken:
            made = blake2b(f"{self._attempts[text]} {text}".encode(), digest_size=SPAN_ID_BYTES).digest()
            self._attempts[text] += 1
        self._taken.add(made)
        return made


def _describe(spans: SpanColumns, index: int) -> tuple[str, str, int, bytes]:
    operation = _operation(spans, index)
    return operation.service.name, operation.name, operation.kind, spans.parent_span_ids[index] or b""


def _operation(spans: SpanColumns, index: int) -> Operation:
    return spans.operations[spans.operation_ids[index]]
