"""Clocks that are visibly wrong: a server's span that does not lie within its client's.

A CLIENT span and the SERVER span below it are two looks at one call, and who calls waits for the answer
(https://opentelemetry.io/docs/specs/otel/trace/api/#spankind), so the one lies within the other. Where it does not,
the clocks of two hosts differ, and NTP says by how much, if the way there takes as long as the way back: the middles
coincide (https://www.rfc-editor.org/rfc/rfc5905#section-8). A producer and its consumer say nothing of each other's
clocks: a message may wait for any time.

Which clock a span has is not sent. What a service has directly below a span of its own runs on the same clock. A
server that was sent as it could be moves with its client, and so does any other span of another service: what was sent
of the two stays true. One that could not be, but as it was sent fits what is now above it, was right and stays. So
does one that was sent as if it began before a parent that moves back, if they are not the two sides of a call.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

from traces.domain.columns import SpanColumns, picker
from traces.domain.span import Operation, SpanFlag, SpanKind
from traces.domain.tree import NONE, Tree


@dataclass(frozen=True, slots=True)
class Skew:
    """What puts a trace's spans right: nanoseconds to add to their starts, by index in its columns, none of them 0.

    `measured` are the servers that were compared with their clients, the others move with a span above them.
    """

    offsets_ns: dict[int, int]
    measured: Collection[int]


NO_SKEW = Skew({}, ())


def measure_skew(spans: SpanColumns, by_start: Sequence[int], starts_ns: Sequence[int], tree: Tree) -> Skew:
    """How wrong the clocks of a trace are; `by_start` has the index of each number in the tree, `starts_ns` its start.

    It costs a look at each server, and more only where one of them is wrong; O(n).
    """
    operations = {each: spans.operations[each] for each in set(spans.operation_ids)}
    kinds = {operation.kind for operation in operations.values()}
    if not {SpanKind.CLIENT, SpanKind.SERVER} <= kinds or len({each.service for each in operations.values()}) < 2:
        return NO_SKEW
    pick = picker(by_start)
    calls = _Calls(
        operations=operations,
        parents=tree.parents,
        operation_ids=pick(spans.operation_ids),
        starts_ns=starts_ns,
        durations_ns=pick(spans.durations_ns),
        flags=spans.flags,
        by_start=by_start,
    )
    wrong = {number for number in calls.find_servers_outside() if calls.measure(number, 0)}
    if not wrong:
        return NO_SKEW
    offsets_ns, measured = calls.spread(wrong, tree.order)
    return Skew(
        {by_start[number]: offset_ns for number, offset_ns in enumerate(offsets_ns) if offset_ns},
        {by_start[number] for number in measured},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calls:
    """A trace's spans by their numbers in the tree."""

    operations: dict[int, Operation]
    parents: Sequence[int]
    operation_ids: Sequence[int]
    starts_ns: Sequence[int]
    durations_ns: Sequence[int]
    # By index, because few are asked for.
    flags: Sequence[int]
    by_start: Sequence[int]

    def find_servers_outside(self) -> Iterator[int]:
        """The servers that do not lie within a client of another service, as sent."""
        servers = {each for each, operation in self.operations.items() if operation.kind == SpanKind.SERVER}
        parents, starts_ns, durations_ns = self.parents, self.starts_ns, self.durations_ns
        for number in compress(range(len(parents)), map(servers.__contains__, self.operation_ids)):
            parent = parents[number]
            if parent == NONE:
                continue
            into_ns = starts_ns[number] - starts_ns[parent]
            if 0 <= into_ns <= durations_ns[parent] - durations_ns[number] or not self._is_call(number):
                continue
            yield number

    def spread(self, wrong: Collection[int], order: Sequence[int]) -> tuple[list[int], set[int]]:
        """The offset of each span, and the servers that were measured. Parents come before their children."""
        offsets_ns = [0] * len(order)
        measured: set[int] = set()
        for number in order:
            parent = self.parents[number]
            above_ns = 0 if parent == NONE else offsets_ns[parent]
            if not above_ns and number not in wrong:
                continue
            offsets_ns[number] = self._offset(number, above_ns)
            if offsets_ns[number] not in (0, above_ns):
                measured.add(number)
        return offsets_ns, measured

    def _offset(self, number: int, above_ns: int) -> int:
        """That of a span whose parent moves by `above_ns`."""
        if self._is_at_arrival(number):
            return 0
        parent = self.parents[number]
        if self._service(number) == self._service(parent):
            return above_ns
        if self._is_call(number):
            return self.measure(number, above_ns)
        into_ns, spare_ns = self._fit(number, above_ns)
        if 0 <= into_ns <= spare_ns:
            return 0 if not 0 <= into_ns + above_ns <= spare_ns else above_ns
        return 0 if above_ns < 0 and into_ns + above_ns < 0 else above_ns

    def measure(self, number: int, above_ns: int) -> int:
        """The offset of a server whose client moves by `above_ns`."""
        into_ns, spare_ns = self._fit(number, above_ns)
        client_ns = self.durations_ns[self.parents[number]]
        # Within its client, else beyond the end of one that had enough of waiting.
        for latest_ns in (spare_ns, client_ns):
            for offset_ns in (above_ns, 0):
                if 0 <= into_ns + offset_ns <= latest_ns:
                    return offset_ns
        return max(0, -into_ns) if spare_ns < 0 else spare_ns // 2 - into_ns

    def _fit(self, number: int, above_ns: int) -> tuple[int, int]:
        """How long after its parent, which moves by `above_ns`, the span starts as sent; how much longer that is."""
        parent = self.parents[number]
        into_ns = self.starts_ns[number] - self.starts_ns[parent] - above_ns
        return into_ns, self.durations_ns[parent] - self.durations_ns[number]

    def _is_call(self, number: int) -> bool:
        """Whether the span and its parent are the two sides of a call from service to service, as their clocks say."""
        parent = self.parents[number]
        operation, caller = self.operations[self.operation_ids[number]], self.operations[self.operation_ids[parent]]
        return (
            operation.kind == SpanKind.SERVER
            and caller.kind == SpanKind.CLIENT
            and operation.service != caller.service
            and not (self._is_at_arrival(number) or self._is_at_arrival(parent))
        )

    def _is_at_arrival(self, number: int) -> bool:
        """Whether it is filed by this server's clock, for want of a sensible one."""
        return bool(self.flags[self.by_start[number]] & SpanFlag.CLOCK_IMPLAUSIBLE)

    def _service(self, number: int) -> str:
        return self.operations[self.operation_ids[number]].service.name
