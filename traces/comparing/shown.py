"""Figures as links, and spans as addresses. Pure."""

from dataclasses import dataclass

from django.urls import reverse

from traces.domain.trace import Trace
from traces.words import duration, exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A figure, the address of what is behind it ("": nothing), and what it is exactly."""

    text: str
    address: str = ""
    title: str = ""


#: Where a trace has nothing.
NOTHING = Shown(text="–")


def span_address(trace: Trace, row: int) -> str:
    """Where a span is seen in its trace."""
    return f"{reverse('traces:trace', args=[trace.trace_id.hex()])}?span={trace.rows.find_own_id(row).hex()}#span"


def show_time(time_ns: int, trace: Trace, row: int) -> Shown:
    """A time that leads to a span."""
    return Shown(text=duration(time_ns), address=span_address(trace, row), title=exact(time_ns))
