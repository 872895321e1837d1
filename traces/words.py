"""How times and names read to a person. Pure.

Text from spans leaves these functions unescaped but visible: templates escape HTML, `visible` shows what would
otherwise hide or turn text around.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from traces.domain.span import SpanKind

MAX_NAME_CHARS = 200

_SECOND_NS = 1_000_000_000
_LONG_UNITS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s"))
# Controls but tab and newline; soft hyphen; bidi marks and embeddings; zero-width and invisible characters, except
# the two joiners that scripts and emoji need; lone surrogates, which no response could carry.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_KIND_GLYPHS = {SpanKind.CLIENT: "→", SpanKind.SERVER: "←", SpanKind.PRODUCER: "⇢", SpanKind.CONSUMER: "⇠"}


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


def offset(ns: int) -> str:
    """A distance in time with its sign: `+4.31 ms`."""
    return duration(ns) if ns < 0 else f"+{duration(ns)}"


def percent(share: float) -> str:
    """A part of a whole: `61 %`, `2.4 %`, `< 0.1 %`; never rounded to nothing, nor to all."""
    if not share:
        return "0 %"
    if share < 0.001:
        return "< 0.1 %"
    if 0.995 <= share < 1:
        return "> 99 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %"


def exact(ns: int) -> str:
    """`2,840,123,456 ns`"""
    return f"{ns:,} ns"


def iso(ns: int) -> str:
    """UTC with all nine digits: `2026-11-22T02:12:44.183204991Z`."""
    seconds, rest = divmod(ns, _SECOND_NS)
    return f"{_utc(seconds):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a clock somewhere shows it: `2026-11-22`, `03:12:44.183`, `+01:00` (`UTC` for UTC itself)."""

    day: str
    clock: str
    offset: str


def moment(ns: int, zone: tzinfo = UTC, digits: int = 3) -> Moment:
    """To so many digits of a second, up to nine, cut off. static/js/lib/moments.js says the same in a browser."""
    seconds, rest = divmod(ns, _SECOND_NS)
    there = _utc(seconds).astimezone(zone)
    fraction = f".{rest:09d}"[: digits + 1] if digits else ""
    return Moment(f"{there:%Y-%m-%d}", f"{there:%H:%M:%S}{fraction}", _offset_from_utc(there))


def _offset_from_utc(there: datetime) -> str:
    """`+05:30`; with seconds where a zone once had them."""
    if there.tzname() == "UTC":
        return "UTC"
    seconds = round((there.utcoffset() or timedelta()).total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}" + (f":{rest:02d}" if rest else "")


def _utc(seconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def ago(ns: int, now_ns: int) -> str:
    """`14 min ago`, `just now`, `in 3 h`: one unit, rounded down."""
    seconds = abs(now_ns - ns) // _SECOND_NS
    if seconds < 2:
        return "just now"
    size, unit = next(pair for pair in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")) if seconds >= pair[0])
    text = f"{seconds // size:,} {unit}"
    return f"{text} ago" if now_ns > ns else f"in {text}"


def count(number: int) -> str:
    """`1,204`"""
    return f"{number:,}"


def visible(text: str) -> str:
    """The text with every character that hides, breaks or reverses text spelled out: `⟨U+202E⟩`."""
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def escape_hidden(text: str) -> str:
    """JSON with the characters that `visible` spells out as JSON's escapes: `\\u202e`. Says the same."""
    return _HIDDEN.sub(lambda match: json.dumps(match[0])[1:-1], text)


def named(text: str) -> str:
    """A name in one line, cut to what a row can hold; `(no name)` for an empty one."""
    if not text.strip():
        return "(no name)"
    return visible(text) if len(text) <= MAX_NAME_CHARS else visible(text[:MAX_NAME_CHARS]) + "…"


def letters(service: str) -> str:
    """The two letters of a service's chip; colour alone would not tell services apart."""
    words = [word for word in re.split(r"[\W_]+", service) if word]
    if len(words) > 1 and words[0].lower() in ("svc", "service"):
        words = words[1:]
    return words[0][:2].lower() if words else (visible(service.strip())[:1] or "?")


def kind_glyph(number: int) -> str:
    """An arrow for a span that talks to another process, empty for the rest."""
    return _KIND_GLYPHS.get(SpanKind(number), "") if number in SpanKind._value2member_map_ else ""
