"""The events of a trace in the order of time, at the times they are drawn at."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from traces.domain.columns import BIG, INTEGER, picker
from traces.domain.event_columns import EventColumns
from traces.domain.trace import Trace

EXCEPTION = "exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceEvents:
    """Event i is number `ordinals[i]`, counted from 0, of the span in row `rows[i]`, `offsets_ns[i]` after the trace's
    start. `names[name_numbers[i]]` is its name. They are not `is_complete` where there are more.
    """

    rows: Sequence[int]
    ordinals: Sequence[int]
    offsets_ns: Sequence[int]
    name_numbers: Sequence[int]
    names: Sequence[str]
    is_complete: bool

    def __len__(self) -> int:
        return len(self.rows)

    def pick(self, places: Sequence[int]) -> "TraceEvents":
        """Only these, in this order."""
        pick = picker(places) if places else lambda _: ()
        return TraceEvents(
            rows=array(INTEGER, pick(self.rows)),
            ordinals=array(INTEGER, pick(self.ordinals)),
            offsets_ns=array(BIG, pick(self.offsets_ns)),
            name_numbers=array(INTEGER, pick(self.name_numbers)),
            names=self.names,
            is_complete=self.is_complete,
        )

    def only_exceptions(self) -> "TraceEvents":
        if EXCEPTION not in self.names:
            return self.pick([])
        number = self.names.index(EXCEPTION)
        return self.pick([place for place, each in enumerate(self.name_numbers) if each == number])


def order_events(trace: Trace, events: EventColumns) -> TraceEvents:
    """Of the same time those of the upper row first, then those that their span has first."""
    row_of = array(INTEGER, bytes(4 * len(trace.rows)))
    for row, index in enumerate(trace.rows.order):
        row_of[index] = row
    rows = array(INTEGER, map(row_of.__getitem__, events.indexes))
    offsets_ns = array(BIG, _draw(trace, events))
    found = TraceEvents(
        rows=rows,
        ordinals=events.ordinals,
        offsets_ns=offsets_ns,
        name_numbers=events.name_numbers,
        names=events.names,
        is_complete=events.is_complete,
    )
    keys = list(zip(offsets_ns, rows, events.ordinals, strict=True))
    return found.pick(sorted(range(len(keys)), key=keys.__getitem__))


def _draw(trace: Trace, events: EventColumns) -> list[int]:
    """As `marks` draws them: an event moves with its span, stays within the trace, and is at the span's start if it has
    no time of its own.
    """
    starts_ns, first_ns, length_ns = trace.rows.spans.starts_ns, trace.start_ns, trace.duration_ns
    return [
        min(max(0, (time_ns - sent_ns + starts_ns[index] if sent_ns else time_ns) - first_ns), length_ns)
        if time_ns
        else starts_ns[index] - first_ns
        for index, time_ns, sent_ns in zip(events.indexes, events.times_ns, events.span_starts_ns, strict=True)
    ]
