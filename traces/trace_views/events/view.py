"""The view `events`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from traces import reading
from traces.domain.attributes import Attributes, format_value
from traces.domain.errors import InvalidQuery
from traces.domain.finding import parse_needle
from traces.domain.span import Event, Operation, Span
from traces.domain.trace import Trace
from traces.domain.trace_events import EXCEPTION, TraceEvents
from traces.storage.base import DEFAULT_PROJECT
from traces.trace_views.registry import TraceView, register
from traces.words import visible

NAME = "events"
PAGE_EVENTS = 100
_MAX_ATTRIBUTES = 6
_MAX_CHARS = 160
_MAX_MESSAGE_CHARS = 400
_TOLD = ("exception.type", "exception.message", "exception.stacktrace", "exception.escaped")
# Of the page around the view: links take them along.
_KEPT = ("clock", "span", "results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Events that mention `text`, only exceptions perhaps; `skip` come before."""

    text: str = ""
    only_exceptions: bool = False
    skip: int = 0
    kept: Mapping[str, str] = field(default_factory=dict)

    def address(self, **changes: str) -> str:
        """Of this view with other words, from its first event on."""
        only = "1" if self.only_exceptions else ""
        words = {"view": NAME, "text": self.text, "exceptions": only, **self.kept, **changes}
        return f"?{urlencode({name: word for name, word in words.items() if word})}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """An event of the span in a row. `type` and `message` are those of an exception; `left_out` attributes are not
    shown. `is_gone` if its span was deleted meanwhile.
    """

    row: int
    own_id: bytes
    operation: Operation
    offset_ns: int
    name: str
    is_exception: bool
    type: str = ""
    message: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    left_out: int = 0
    is_gone: bool = False


def register_events() -> None:
    register(
        TraceView(
            name=NAME, title=gettext_lazy("Events"), template="traces/views/events.html", make_context=make_context
        )
    )


def make_context(request: HttpRequest, trace: Trace) -> Mapping[str, object]:
    """Nothing in it holds on to the rows of the trace."""
    asked = read_asked(request.GET)
    try:
        needle = parse_needle(asked.text) if asked.text else None
    except InvalidQuery as problem:
        return {"asked": asked, "problem": str(problem), "lines": []}
    found = reading.load_event_times(DEFAULT_PROJECT, trace, needle)
    counts = Counter(found.name_numbers)
    shown = found.only_exceptions() if asked.only_exceptions else found
    first = asked.skip if asked.skip < len(shown) else 0
    last = min(len(shown), first + PAGE_EVENTS)
    return {
        "asked": asked,
        "here": asked.address(span="", skip=str(first) if first else ""),
        "lines": list(_load_lines(trace, shown.pick(range(first, last)))),
        "count": len(shown),
        "exception_count": sum(counts[number] for number, name in enumerate(found.names) if name == EXCEPTION),
        "is_complete": found.is_complete,
        "first": first,
        "last": last,
        "previous": asked.address(skip=str(first - PAGE_EVENTS) if first > PAGE_EVENTS else "") if first else "",
        "next": asked.address(skip=str(last)) if last < len(shown) else "",
        "all": asked.address(text="", exceptions=""),
    }


def read_asked(data: QueryDict) -> Asked:
    """What makes no sense is as if it were absent."""
    skip = data.get("skip", "")
    return Asked(
        text=data.get("text", "").strip(),
        only_exceptions=data.get("exceptions") == "1",
        skip=int(skip) if skip.isascii() and skip.isdecimal() and len(skip) < 10 else 0,
        kept={name: str(data[name]) for name in _KEPT if data.get(name)},
    )


def _load_lines(trace: Trace, events: TraceEvents) -> Iterator[EventLine]:
    spans = reading.load_marked_spans(DEFAULT_PROJECT, trace, sorted(set(events.rows)))
    for row, ordinal, offset_ns, number in zip(
        events.rows, events.ordinals, events.offsets_ns, events.name_numbers, strict=True
    ):
        event = _find_event(spans, row, ordinal)
        yield _draw(trace, row, offset_ns, events.names[number], event)


def _find_event(spans: Mapping[int, Span], row: int, ordinal: int) -> Event | None:
    return spans[row].events[ordinal] if row in spans and ordinal < len(spans[row].events) else None


def _draw(trace: Trace, row: int, offset_ns: int, name: str, event: Event | None) -> EventLine:
    is_exception = name == EXCEPTION
    attributes = event.attributes if event else {}
    others = [key for key in attributes if not (is_exception and key in _TOLD)]
    return EventLine(
        row=row,
        own_id=trace.rows.find_own_id(row),
        operation=trace.rows.operation(row),
        offset_ns=offset_ns,
        name=name,
        is_exception=is_exception,
        type=_tell(attributes, _TOLD[0], _MAX_CHARS) if is_exception else "",
        message=_tell(attributes, _TOLD[1], _MAX_MESSAGE_CHARS) if is_exception else "",
        attributes=tuple(_list(attributes, others[:_MAX_ATTRIBUTES])),
        left_out=max(0, len(others) - _MAX_ATTRIBUTES),
        is_gone=event is None,
    )


def _list(attributes: Attributes, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    for key in keys:
        yield _cut(key, _MAX_CHARS) or "(no name)", _tell(attributes, key, _MAX_CHARS)


def _tell(attributes: Attributes, key: str, most: int) -> str:
    return _cut(format_value(attributes.get(key)), most)


def _cut(text: str, most: int) -> str:
    return visible(text) if len(text) <= most else f"{visible(text[:most])}…"
