"""The hour in which everything happens: chance, ids and clocks, and the spans of what was told."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import TypeVar

from traces.wire import otlp_pb2 as wire
from tracing_ui.demo.calls import MS, Call, Placed, place
from tracing_ui.demo.fleet import MINUTE_NS, SERVICES, Process, version_at
from tracing_ui.demo.scopes import Scope, scope_of
from tracing_ui.demo.values import Value, encode_attributes, parse_attributes

INCIDENT_KEY = "demo.incident"
# https://www.w3.org/TR/trace-context-2/#trace-flags, and whether the parent is remote: sampled, random, known.
_FLAGS, _IS_REMOTE = 0x103, 0x200
_JITTER_NS = 20 * MS
_Choice = TypeVar("_Choice")


@dataclass(frozen=True, slots=True)
class Exported:
    """A span as its process exports it: `content` is its OTLP."""

    process: Process
    scope: Scope
    end_ns: int
    content: bytes


class World:
    """One hour that ends at `end_ns`, a whole minute. `spans` grows with every trace that is told."""

    def __init__(self, seed: int, now_ns: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a story, not a secret
        self.end_ns = now_ns - now_ns % MINUTE_NS
        self.spans: list[Exported] = []
        self.trace_count = 0
        # When what is being made up happens, where that makes a difference.
        self.moment_ns = 0
        self.incidents: dict[str, list[bytes]] = defaultdict(list)
        self._name = f"{seed} {self.end_ns}"
        self._last_order = 10_000_000 + self.end_ns // MINUTE_NS % 1_000_000 * 4_000

    def at(self, minutes_ago: float) -> int:
        """A moment in nanoseconds."""
        return self.end_ns - int(minutes_ago * MINUTE_NS)

    def minutes_ago(self, moment_ns: int) -> float:
        return (self.end_ns - moment_ns) / MINUTE_NS

    def ms(self, median: float, spread: float = 0.35) -> float:
        """A log-normal duration: 95 of 100 are below `median * exp(1.64 * spread)`."""
        return self.random.lognormvariate(math.log(median), spread)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, choices: Sequence[_Choice]) -> _Choice:
        return choices[self.random.randrange(len(choices))]

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def next_order(self) -> str:
        """The number of another order."""
        self._last_order += self.number(1, 3)
        return f"ORD-{self._last_order}"

    def moments(self, count: int) -> list[int]:
        """So many moments of the hour, in order: busier and quieter minutes, with a rush a third of it ago.

        None in its last minute: what was begun ends in the past.
        """
        weights = [2 + math.sin(minute / 9) + 2.5 * math.exp(-(((minute - 22) / 4) ** 2)) for minute in range(1, 60)]
        bounds = list(accumulate(weights))
        drawn = (self.random.random() * bounds[-1] for _ in range(count))
        return sorted(self.at(1 + bisect_left(bounds, point) + self.random.random()) for point in drawn)

    def tell(self, root: Call, start_ns: int, incident: str = "") -> bytes:
        """Let a trace happen, within 20 ms from `start_ns`; its id."""
        start_ns += self.random.randrange(_JITTER_NS)
        if incident:
            root.attributes[INCIDENT_KEY] = incident
        trace_id = blake2b(f"{self._name} {self.trace_count}".encode(), digest_size=16).digest()
        self.trace_count += 1
        if incident:
            self.incidents[incident].append(trace_id)
        placed = place(root)
        self._name_calls(trace_id, placed, start_ns)
        processes: list[Process] = []
        for item in placed:
            caller = processes[item.parent] if item.parent >= 0 else None
            processes.append(self._process(item.call, caller, start_ns))
            if not item.call.is_lost:
                self.spans.append(_export(item, placed, processes, start_ns))
        return trace_id

    def _name_calls(self, trace_id: bytes, placed: Sequence[Placed], start_ns: int) -> None:
        """Every number of spans gives other ids: an odd factor is a permutation of 64 bits."""
        base = int.from_bytes(trace_id[8:], "big")
        for index, item in enumerate(placed):
            number = (base + index * 0x9E3779B97F4A7C15) % 2**64 or 1
            item.call.trace_id, item.call.span_id = trace_id, number.to_bytes(8, "big")
            item.call.end_ns = start_ns + item.start_ns + item.duration_ns

    def _process(self, call: Call, caller: Process | None, start_ns: int) -> Process:
        if caller and caller.service.name == call.service and call.pod is None:
            return caller
        service = SERVICES[call.service]
        pod = self.number(0, service.pods - 1) if call.pod is None else call.pod
        return Process(service, version_at(service, self.minutes_ago(start_ns)), pod)


def _export(item: Placed, placed: Sequence[Placed], processes: Sequence[Process], trace_start_ns: int) -> Exported:
    call, process = item.call, processes[-1]
    start_ns = trace_start_ns + item.start_ns + process.clock_offset_ns
    end_ns = start_ns + item.duration_ns
    has_parent = item.parent >= 0 and not call.has_no_parent
    is_remote = has_parent and processes[item.parent] != process
    span = wire.SpanEnvelope(
        trace_id=call.trace_id,
        span_id=call.span_id,
        parent_span_id=placed[item.parent].call.span_id if has_parent else b"",
        name=call.name.encode(),
        kind=call.kind,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=0 if call.never_ends else end_ns,
        attributes=encode_attributes(call.attributes),
        events=_events(call, start_ns, item.duration_ns),
        links=_links(call),
        flags=_FLAGS | (_IS_REMOTE if is_remote else 0),
    )
    if call.is_error:
        span.status = wire.Status(code=2, message=call.error.encode()).SerializeToString()
    content = span.SerializeToString()
    if call.trace_state:
        content += wire.Span(trace_state=call.trace_state.encode()).SerializeToString()
    return Exported(process, scope_of(process.service, call.library), end_ns, content)


def _events(call: Call, start_ns: int, duration_ns: int) -> list[bytes]:
    return [
        wire.Event(
            time_unix_nano=start_ns + int(event.at * duration_ns),
            name=event.name.encode(),
            attributes=parse_attributes(event.attributes),
        ).SerializeToString()
        for event in call.events
    ]


def _links(call: Call) -> list[bytes]:
    return [
        wire.Link(
            trace_id=link.to.trace_id,
            span_id=link.to.span_id,
            attributes=parse_attributes(link.attributes),
            flags=_FLAGS | _IS_REMOTE,
        ).SerializeToString()
        for link in call.links
    ]


def tags(**attributes: Value) -> dict[str, Value]:
    """Attributes; `__` stands for a dot."""
    return {key.replace("__", "."): value for key, value in attributes.items()}
