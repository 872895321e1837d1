"""What happens in a trace, as a tree of calls, and when each of them starts and ends.

A call does its own work between the calls that it makes. Nothing here recurses: a tree is a list in pre-order.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from tracing_ui.demo.values import Value

MS = 1_000_000
# The part of its own work that a call does before the first call that it makes.
_LEAD = 0.4


class Kind(IntEnum):
    """As in OTLP."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


@dataclass(slots=True, kw_only=True)
class Moment:
    """An event of a span, at a part of its length (0 to 1)."""

    at: float
    name: str
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Link:
    """A link to a call that was told before, perhaps in another trace."""

    to: "Call"
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Call:
    """A span to be.

    `own_ms` is its work beside its calls, which follow each other unless it `is_parallel`. `waits_ms` passes before it
    starts. Nobody waits for one that `is_detached`. After `gives_up_ms` it ends, whatever it called.
    """

    service: str
    name: str
    kind: Kind = Kind.INTERNAL
    own_ms: float = 1.0
    library: str = "app"
    attributes: dict[str, Value] = field(default_factory=dict)
    calls: list["Call"] = field(default_factory=list)
    is_parallel: bool = False
    waits_ms: float = 0.0
    is_detached: bool = False
    gives_up_ms: float | None = None
    is_error: bool = False
    error: str = ""
    events: list[Moment] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    # Its exporter lost it; it was never ended; nobody told it who called; on this pod.
    is_lost: bool = False
    never_ends: bool = False
    has_no_parent: bool = False
    pod: int | None = None
    trace_state: str = ""
    # Set when it is told.
    trace_id: bytes = b""
    span_id: bytes = b""
    end_ns: int = 0

    def fail(self, message: str, **attributes: Value) -> "Call":
        """Mark it failed; keys with `__` for dots. Returns it."""
        self.is_error, self.error = True, message
        self.attributes.update({key.replace("__", "."): value for key, value in attributes.items()})
        return self


@dataclass(frozen=True, slots=True)
class Placed:
    """A call with its time, from the trace's start. `parent` is a position before its own, or -1."""

    call: Call
    parent: int
    start_ns: int
    duration_ns: int


def walk(root: Call) -> list[tuple[Call, int]]:
    """All calls of a tree in pre-order, with the position of each one's caller; -1 for the root."""
    order: list[tuple[Call, int]] = []
    stack = [(root, -1)]
    while stack:
        call, parent = stack.pop()
        position = len(order)
        order.append((call, parent))
        stack.extend((child, position) for child in reversed(call.calls))
    return order


def place(root: Call) -> list[Placed]:
    """When each call of a tree starts and how long it takes."""
    order = walk(root)
    needed: dict[int, float] = {}
    for call, _ in reversed(order):
        needed[id(call)] = _duration_ms(call, needed)
    starts = {id(root): 0.0}
    for call, _ in order:
        starts.update(_start_calls(call, starts[id(call)], needed))
    return [
        Placed(call, parent, round(starts[id(call)] * MS), max(1, round(needed[id(call)] * MS)))
        for call, parent in order
    ]


def _duration_ms(call: Call, needed: dict[int, float]) -> float:
    """From the durations of what it calls."""
    waited_for = [child.waits_ms + needed[id(child)] for child in call.calls if not child.is_detached]
    together = max(waited_for, default=0.0) if call.is_parallel else sum(waited_for)
    whole = call.own_ms + together
    return whole if call.gives_up_ms is None else min(whole, call.gives_up_ms)


def _start_calls(call: Call, start_ms: float, needed: dict[int, float]) -> dict[int, float]:
    starts = {}
    now = start_ms + call.own_ms * _LEAD
    pause = call.own_ms * (1 - _LEAD) / (len(call.calls) + 1)
    for child in call.calls:
        starts[id(child)] = now + child.waits_ms
        if call.is_parallel:
            now += pause * 0.1
        elif not child.is_detached:
            now += child.waits_ms + needed[id(child)] + pause
    return starts
