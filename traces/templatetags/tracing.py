"""What templates call: words, drawings, and the lines of a span's panel."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from traces import waterfall, words
from traces.domain.attributes import Attributes, format_value, type_name
from traces.domain.span import Event, Span, SpanFlag, SpanOutline, kind_name, status_name
from traces.words import visible

register = template.Library()

MAX_VALUE_CHARS = 2_000
MAX_STACKTRACE_CHARS = 20_000
MAX_EVENTS = 100

_ADDRESS = re.compile(r"https?://[^\s\"'<>]+\Z", re.IGNORECASE)
_EXCEPTION_KEYS = ("exception.type", "exception.message", "exception.stacktrace")

for _filter in (
    words.ago,
    words.count,
    words.duration,
    words.exact,
    words.iso,
    words.kind_glyph,
    words.letters,
    words.named,
    words.offset,
    words.visible,
    waterfall.share,
):
    register.filter(_filter)
register.filter("kind", kind_name)
register.filter("status", status_name)


@register.simple_tag(takes_context=True)
def moment(context: Context, ns: int, digits: int = 3) -> SafeString:
    """`{% moment ns digits=0 %}`: a <time> in the zone of the page, which static/js/moments.js can show in another."""
    zone = context.get("zone")
    there = words.moment(ns, zone.info if zone else UTC, digits)
    return format_html(
        '<time datetime="{}" title="{}" data-digits="{}"><span class="day">{}</span> <span class="clock">{}</span>'
        ' <span class="offset">{}</span></time>',
        words.iso(ns), words.iso(ns), digits, there.day, there.clock, there.offset,
    )  # fmt: skip


@register.filter
def hexed(value: bytes) -> str:
    """`4f2a…c9`: lower-case digits, two a byte."""
    return value.hex()


@register.filter
def of(things: Mapping[bytes, Any], key: bytes) -> Any:
    """`shapes|of:trace_id`; None if there is none."""
    return things.get(key)


@register.filter
def has(span: SpanOutline, flag: str) -> bool:
    """Whether the span has the SpanFlag of that name."""
    return SpanFlag[flag] in span.flags


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeLine:
    """An attribute as a page shows it. `length` is that of the whole value where `text` is cut, else 0."""

    key: str
    text: str
    type: str
    length: int
    address: str


@register.filter
def lines(attributes: Attributes) -> list[AttributeLine]:
    """Attributes by key. Only a whole http or https address becomes a link."""
    return [_line(key, format_value(value), type_name(value)) for key, value in sorted(attributes.items())]


def _line(key: str, text: str, type_: str) -> AttributeLine:
    shown = visible(text[:MAX_VALUE_CHARS])
    is_cut = len(text) > MAX_VALUE_CHARS
    is_address = type_ == "string" and not is_cut and shown == text and _ADDRESS.match(text)
    return AttributeLine(
        key=visible(key) or "(no name)",
        text=shown,
        type=type_,
        length=len(text) if is_cut else 0,
        address=text if is_address else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """An event as a page shows it; an exception's own attributes stand apart from the others.

    https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
    """

    name: str
    time_ns: int
    offset_ns: int
    is_exception: bool
    type: str
    message: str
    stacktrace: str
    attributes: Attributes


@register.filter
def events(span: Span) -> list[EventLine]:
    """The first events of a span, in the order of time."""
    ordered = sorted(span.events, key=lambda event: event.time_ns)
    return [_event_line(event, span.start_time_unix_nano) for event in ordered[:MAX_EVENTS]]


def _event_line(event: Event, start_ns: int) -> EventLine:
    is_exception = event.name == "exception"
    own = _EXCEPTION_KEYS if is_exception else ()
    type_, message, stacktrace = (format_value(event.attributes.get(key)) for key in _EXCEPTION_KEYS)
    return EventLine(
        name=event.name,
        time_ns=event.time_ns,
        offset_ns=event.time_ns - start_ns,
        is_exception=is_exception,
        type=type_,
        message=visible(message[:MAX_VALUE_CHARS]),
        stacktrace=visible(stacktrace[:MAX_STACKTRACE_CHARS]),
        attributes={key: value for key, value in event.attributes.items() if key not in own},
    )
