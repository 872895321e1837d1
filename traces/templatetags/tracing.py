"""How times, names and values read on a page, and the arithmetic of its drawings.

Everything here is pure. Text from spans leaves these functions unescaped but visible: the templates escape HTML,
`visible` shows what would otherwise hide or turn text around.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django import template

from traces.domain.attributes import Attributes, format_value, type_name
from traces.domain.span import Event, Span, SpanFlag, SpanKind, SpanOutline, kind_name, status_name
from traces.domain.trace import Trace, TraceRow

register = template.Library()

MAX_NAME_CHARS = 200
MAX_VALUE_CHARS = 2_000
MAX_STACKTRACE_CHARS = 20_000
MAX_EVENTS = 100
MAX_INDENT = 24
ROWS_PER_PAGE = 500

_SECOND_NS = 1_000_000_000
_LONG_UNITS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s"))
# Controls but tab and newline; soft hyphen; bidi marks and embeddings; zero-width and invisible characters, except
# the two joiners that scripts and emoji need; lone surrogates, which no response could carry.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+\Z", re.IGNORECASE)
_EXCEPTION_KEYS = ("exception.type", "exception.message", "exception.stacktrace")
_KIND_GLYPHS = {SpanKind.CLIENT: "→", SpanKind.SERVER: "←", SpanKind.PRODUCER: "⇢", SpanKind.CONSUMER: "⇠"}


# Words


@register.filter
def duration(ns: int, trim: bool = False) -> str:
    """Three significant digits: `812 µs`, `4.31 ms`, `2.84 s`; `1 m 12 s`, `2 d 4 h` from a minute on.

    With `trim`, as on an axis, `1.00 s` is `1 s`.
    """
    if ns < 0:
        return f"−{duration(-ns, trim)}"
    for unit_ns, unit in ((1, "ns"), (1_000, "µs"), (1_000_000, "ms"), (_SECOND_NS, "s")):
        digits = _three_digits(ns / unit_ns, whole=unit == "ns")
        if float(digits) < (60 if unit == "s" else 1_000):
            return f"{digits.rstrip('0').rstrip('.') if trim and '.' in digits else digits} {unit}"
    seconds = round(ns / _SECOND_NS)
    large_s, large, small_s, small = next(units for units in _LONG_UNITS if seconds >= units[0])
    rest = seconds % large_s // small_s
    return f"{seconds // large_s:,} {large}" + (f" {rest} {small}" if rest else "")


def _three_digits(number: float, whole: bool) -> str:
    if whole or number >= 99.95:
        return f"{number:.0f}"
    return f"{number:.1f}" if number >= 9.995 else f"{number:.2f}"


@register.filter
def offset(ns: int) -> str:
    """A distance in time with its sign: `+4.31 ms`."""
    return duration(ns) if ns < 0 else f"+{duration(ns)}"


@register.filter
def exact(ns: int) -> str:
    """`2,840,123,456 ns`"""
    return f"{ns:,} ns"


@register.filter
def iso(ns: int) -> str:
    """UTC with all nine digits: `2026-11-22T02:12:44.183204991Z`."""
    seconds, rest = divmod(ns, _SECOND_NS)
    return f"{_utc(seconds):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


@register.filter
def moment(ns: int) -> str:
    """UTC to the millisecond: `2026-11-22 02:12:44.183`."""
    seconds, rest = divmod(ns, _SECOND_NS)
    return f"{_utc(seconds):%Y-%m-%d %H:%M:%S}.{rest // 1_000_000:03d}"


def _utc(seconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


@register.filter
def ago(ns: int, now_ns: int) -> str:
    """`14 min ago`, `just now`, `in 3 h`: one unit, rounded down."""
    seconds = abs(now_ns - ns) // _SECOND_NS
    if seconds < 2:
        return "just now"
    size, unit = next(pair for pair in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")) if seconds >= pair[0])
    text = f"{seconds // size:,} {unit}"
    return f"{text} ago" if now_ns > ns else f"in {text}"


@register.filter
def count(number: int) -> str:
    """`1,204`"""
    return f"{number:,}"


@register.filter
def visible(text: str) -> str:
    """The text with every character that hides, breaks or reverses text spelled out: `⟨U+202E⟩`."""
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


@register.filter
def named(text: str) -> str:
    """A name in one line, cut to what a row can hold; `(no name)` for an empty one."""
    if not text.strip():
        return "(no name)"
    return visible(text) if len(text) <= MAX_NAME_CHARS else visible(text[:MAX_NAME_CHARS]) + "…"


@register.filter
def letters(service: str) -> str:
    """The two letters of a service's chip; colour alone would not tell services apart."""
    words = [word for word in re.split(r"[\W_]+", service) if word]
    if len(words) > 1 and words[0].lower() in ("svc", "service"):
        words = words[1:]
    return words[0][:2].lower() if words else (visible(service.strip())[:1] or "?")


@register.filter
def kind(number: int) -> str:
    return kind_name(number)


@register.filter
def kind_glyph(number: int) -> str:
    """An arrow for a span that talks to another process, empty for the rest."""
    return _KIND_GLYPHS.get(SpanKind(number), "") if number in SpanKind._value2member_map_ else ""


@register.filter
def status(code: int) -> str:
    return status_name(code)


@register.filter
def hexed(value: bytes) -> str:
    return value.hex()


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


# Drawings: positions are per cent of the width, as SVG takes them


@register.filter
def share(part_ns: int, whole_ns: int) -> str:
    """A part of a whole in per cent, wide enough to be seen."""
    return f"{max(0.4, min(100.0, 100 * part_ns / whole_ns)) if whole_ns else 0.4:.4g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    x: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRow:
    """A row of the waterfall, all but worded: a page has hundreds.

    `service` is empty where it is the parent's, `kind` for a span that talks to no other process, `depth` where the
    indentation tells it; `end` is where the label begins.
    """

    row: TraceRow
    number: str
    look: str
    level: str
    depth: str
    letters: str
    service: str
    name: str
    span_id: str
    kind: str
    glyph: str
    x: str
    width: str
    end: str
    duration: str


@register.filter
def ticks(trace: Trace) -> list[Tick]:
    """Round times along the trace, at most six with its beginning."""
    step = _step(trace.duration_ns)
    marks = range(0, trace.duration_ns + 1, step)
    return [Tick(x=_percent(at, trace.duration_ns), label=duration(at, trim=True) if at else "0") for at in marks]


def _step(duration_ns: int) -> int:
    """The smallest round step of which at most five fit."""
    if duration_ns > 60 * _SECOND_NS:
        minutes = [seconds * _SECOND_NS for seconds in (15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600)]
        if fitting := [step for step in minutes if duration_ns // step <= 5]:
            return fitting[0]
        day = 43_200 * _SECOND_NS
        return day * -(-duration_ns // (5 * day))
    power: int = 10 ** max(0, len(str(duration_ns)) - 2)
    return next(power * factor for factor in (1, 2, 5, 10, 20, 50) if duration_ns // (power * factor) <= 5)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.4g}"


@register.filter
def draw(trace: Trace, first: int) -> list[DrawnRow]:
    """The rows of the page that begins at row `first`, indented from the shallowest of them."""
    rows = trace.rows[first : first + ROWS_PER_PAGE]
    ancestors = _services_above(trace.rows, first)
    edge = min(row.depth for row in rows)
    drawn: list[DrawnRow] = []
    for number, row in enumerate(rows, first + 1):
        del ancestors[row.depth :]
        service = row.span.operation.service.name
        is_parents = bool(ancestors) and ancestors[-1] == service
        ancestors.append(service)
        indent = row.depth - edge
        is_told = indent <= MAX_INDENT and (edge == 0 or len(drawn) > 0)
        drawn.append(
            _draw_row(
                trace,
                row,
                number=str(number),
                indent=min(indent, MAX_INDENT),
                depth="" if is_told else str(row.depth + 1),
                service="" if is_parents else named(service),
            )
        )
    return drawn


def _services_above(rows: Sequence[TraceRow], first: int) -> list[str]:
    """The services of the ancestors of row `first`, outermost first."""
    above: list[str] = []
    depth, index = rows[first].depth, first
    while depth:
        index -= 1
        if rows[index].depth < depth:
            depth = rows[index].depth
            above.append(rows[index].span.operation.service.name)
    return above[::-1]


def measure_self_ns(rows: Sequence[TraceRow], index: int) -> int:
    """How long a span ran while none of its children did."""
    row = rows[index]
    self_ns, covered_until = row.span.duration_ns, row.span.start_ns
    for child in rows[index + 1 : index + row.subtree_size]:
        if child.depth > row.depth + 1:
            continue
        begin = max(child.span.start_ns, covered_until)
        end = min(child.span.end_ns, row.span.end_ns)
        self_ns -= max(0, end - begin)
        covered_until = max(covered_until, end)
    return self_ns


def _draw_row(trace: Trace, row: TraceRow, *, number: str, indent: int, depth: str, service: str) -> DrawnRow:
    span, operation = row.span, row.span.operation
    whole = trace.duration_ns or 1
    x = min(99.9, 100 * (span.start_ns - trace.start_ns) / whole)
    width = max(0.1, 100 * span.duration_ns / whole)
    glyph = kind_glyph(operation.kind)
    return DrawnRow(
        row=row,
        number=number,
        look=f"c{operation.service.slot} d{indent}{' e' if span.is_error else ''}",
        level=str(row.depth + 1),
        depth=depth,
        letters=letters(operation.service.name),
        service=service,
        name=named(operation.name),
        span_id=span.span_id.hex(),
        kind=kind_name(operation.kind) if glyph else "",
        glyph=glyph,
        x=f"{x:.4g}",
        width=f"{width:.4g}",
        end=f"{x + width:.4g}",
        duration=duration(span.duration_ns),
    )
