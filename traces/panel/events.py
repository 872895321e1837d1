"""Events of a span as the panel shows them: exceptions first, then all of them along the span's time."""

from collections.abc import Iterator
from dataclasses import dataclass

from traces.domain.attributes import Attributes, format_value
from traces.domain.query import Place
from traces.domain.span import Event, Span
from traces.panel.attributes import EVENT_EXTENT, AttributeList, list_attributes
from traces.panel.stacktrace import Origin, StackPart, split_stack
from traces.words import visible

MAX_EVENTS = 100
MAX_EXCEPTIONS = 5
MAX_MESSAGE_CHARS = 2_000
MAX_STACK_CHARS = 20_000

# https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
EXCEPTION_KEYS = ("exception.type", "exception.message", "exception.stacktrace")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionLine:
    """What was thrown. `source` is where the API's answer has its stack trace; `length` is the whole trace's if cut.

    `offset_ns` counts from the span's start; None where the span itself has the attributes, not an event.
    """

    type: str
    message: str
    parts: tuple[StackPart, ...]
    length: int
    source: str
    is_escaped: bool
    offset_ns: int | None = None

    @property
    def is_folded(self) -> bool:
        """Whether frames of libraries step back behind the sender's own."""
        origins = {part.origin for part in self.parts}
        return Origin.OWN in origins and Origin.LIBRARY in origins


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """`offset_ns` counts from the span's start; `x` is the place on the span in per cent, an end for one outside."""

    name: str
    time_ns: int
    offset_ns: int
    x: str
    is_exception: bool
    is_outside: bool
    attributes: AttributeList


def list_exceptions(span: Span) -> list[ExceptionLine]:
    """Those of the events in the order of time, then that of the span's own attributes."""
    return [*_list_thrown(span)][:MAX_EXCEPTIONS]


def _list_thrown(span: Span) -> Iterator[ExceptionLine]:
    for index, event in _by_time(span):
        if event.name == "exception":
            offset_ns = event.time_ns - span.start_time_unix_nano
            yield _draw_exception(event.attributes, f"events/{index}", offset_ns)
    if any(key in span.attributes for key in EXCEPTION_KEYS):
        yield _draw_exception(span.attributes, "", None)


def _draw_exception(attributes: Attributes, source: str, offset_ns: int | None) -> ExceptionLine:
    type_, message, stack = (format_value(attributes.get(key)) for key in EXCEPTION_KEYS)
    is_cut = len(stack) > MAX_STACK_CHARS
    return ExceptionLine(
        type=visible(type_[:MAX_MESSAGE_CHARS]),
        message=visible(message[:MAX_MESSAGE_CHARS]),
        parts=tuple(split_stack(visible(stack[:MAX_STACK_CHARS]))),
        length=len(stack) if is_cut else 0,
        source=source,
        is_escaped=attributes.get("exception.escaped") in (True, "true", "True"),
        offset_ns=offset_ns,
    )


def list_events(span: Span, duration_ns: int, age_ns: int) -> list[EventLine]:
    """The first events in the order of time."""
    return [_draw_event(span, index, event, duration_ns, age_ns) for index, event in _by_time(span)[:MAX_EVENTS]]


def _by_time(span: Span) -> list[tuple[int, Event]]:
    return sorted(enumerate(span.events), key=lambda numbered: numbered[1].time_ns)


def _draw_event(span: Span, index: int, event: Event, duration_ns: int, age_ns: int) -> EventLine:
    is_exception = event.name == "exception"
    offset_ns = event.time_ns - span.start_time_unix_nano
    inside_ns = min(max(offset_ns, 0), duration_ns)
    return EventLine(
        name=event.name,
        time_ns=event.time_ns,
        offset_ns=offset_ns,
        x=f"{100 * inside_ns / duration_ns if duration_ns else 0:.4g}",
        is_exception=is_exception,
        is_outside=inside_ns != offset_ns,
        attributes=list_attributes(
            event.attributes,
            place=Place.EVENT,
            source=f"events/{index}",
            age_ns=age_ns,
            dropped=event.dropped_attributes_count,
            extent=EVENT_EXTENT,
            without_keys=EXCEPTION_KEYS if is_exception else (),
        ),
    )
