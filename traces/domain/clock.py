"""The times that a trace is drawn with, and what is said where they are not those that were sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from traces.domain.clock_skew import Skew
from traces.domain.columns import SpanColumns
from traces.domain.span import MAX_NS, Service, SpanFlag

# A trace of two hundred services with a clock each is not told in two hundred sentences.
_MOST_SENTENCES = 5
_MAX_NAME_LENGTH = 80
_UNITS = ((86_400 * 10**9, "d"), (3_600 * 10**9, "h"), (60 * 10**9, "min"), (10**9, "s"), (10**6, "ms"), (10**3, "µs"))


class Clock(StrEnum):
    """As they are put right where they are visibly wrong, or as their senders said."""

    CORRECTED = "corrected"
    SENT = "sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCorrection:
    """By how much spans of a service move, the least and the most; a positive offset is later.

    Where they are not `is_measured`, no span of the service was compared with a client: they move with others.
    """

    service: Service
    lowest_offset_ns: int
    highest_offset_ns: int
    span_count: int
    is_measured: bool


def correct(spans: SpanColumns, skew: Skew) -> SpanColumns:
    """The spans, moved and marked, as far as there are times."""
    starts_ns, flags = spans.starts_ns[:], spans.flags[:]
    for index, offset_ns in skew.offsets_ns.items():
        starts_ns[index] = min(MAX_NS, max(0, starts_ns[index] + offset_ns))
        flags[index] |= SpanFlag.CLOCK_CORRECTED
    return replace(spans, starts_ns=starts_ns, flags=flags)


def list_corrections(spans: SpanColumns, skew: Skew) -> tuple[ClockCorrection, ...]:
    """One of each service whose spans move, most spans first."""
    services = {index: spans.operations[spans.operation_ids[index]].service for index in skew.offsets_ns}
    measured = {services[index] for index in skew.measured}
    moved: dict[Service, list[int]] = {}
    for index, offset_ns in skew.offsets_ns.items():
        moved.setdefault(services[index], []).append(offset_ns)
    corrections = [
        ClockCorrection(
            service=service,
            lowest_offset_ns=min(offsets_ns),
            highest_offset_ns=max(offsets_ns),
            span_count=len(offsets_ns),
            is_measured=service in measured,
        )
        for service, offsets_ns in moved.items()
    ]
    return tuple(sorted(corrections, key=lambda each: (-each.span_count, each.service.name)))


def describe_corrections(corrections: Sequence[ClockCorrection], clock: Clock) -> Iterator[str]:
    """Sentences about what was moved, or would be."""
    for correction in corrections[:_MOST_SENTENCES]:
        yield _describe(correction, clock)
    if (left := len(corrections) - _MOST_SENTENCES) > 0:
        verb = "were" if clock is Clock.CORRECTED else "would be"
        yield f"So {verb} spans of {left:,} more service{'' if left == 1 else 's'}."


def _describe(correction: ClockCorrection, clock: Clock) -> str:
    is_one = correction.span_count == 1
    spans = f"{correction.span_count:,} span{'' if is_one else 's'} of {_name(correction.service)}"
    verb = ("was" if is_one else "were") if clock is Clock.CORRECTED else "would be"
    offsets = " to ".join(dict.fromkeys(map(format_offset, _range(correction))))
    their = "its" if is_one else "their"
    if not correction.is_measured:
        return f"{spans} {verb} moved by {offsets}, along with {'the span' if is_one else 'the spans'} above."
    return f"{spans} {verb} moved by {offsets}: {their} clock {_verdict(correction)}."


def _verdict(correction: ClockCorrection) -> str:
    if correction.lowest_offset_ns > 0:
        return "runs behind the caller's"
    return "runs ahead of the caller's" if correction.highest_offset_ns < 0 else "is not the caller's"


def _range(correction: ClockCorrection) -> tuple[int, int]:
    """From the lowest on; of two that are both earlier, the nearer comes first."""
    bounds = (correction.lowest_offset_ns, correction.highest_offset_ns)
    return bounds[::-1] if bounds[1] < 0 else bounds


def _name(service: Service) -> str:
    name = service.name[:_MAX_NAME_LENGTH]
    return f"{name}…" if len(service.name) > len(name) else name


def format_offset(offset_ns: int) -> str:
    """A length of time with its sign and about three digits: `+4.2 ms`."""
    sign, length_ns = "−" if offset_ns < 0 else "+", abs(offset_ns)
    for unit_ns, unit in _UNITS:
        if length_ns >= unit_ns:
            count = length_ns / unit_ns
            return f"{sign}{round(count, 2 if count < 10 else 1 if count < 100 else 0):g} {unit}"
    return f"{sign}{length_ns} ns"
