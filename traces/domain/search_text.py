"""The words people search with, made into a TraceQuery: the search form and the API say the same things.

Times are nanoseconds since 1970 UTC.
"""

import base64
import json
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from traces.domain.errors import InvalidQuery
from traces.domain.query import (
    MAX_CONDITIONS,
    And,
    Comparison,
    Condition,
    Cursor,
    Expression,
    Intrinsic,
    Or,
    Place,
    TraceQuery,
    Window,
)
from traces.domain.span import MAX_NS, SpanKind, StatusCode

NS_PER_SECOND = 1_000_000_000
# Of what one field of a search may hold.
MAX_TEXT_LENGTH = 8_192
_UNIT_NS = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": NS_PER_SECOND,
    "m": 60 * NS_PER_SECOND, "h": 3_600 * NS_PER_SECOND, "d": 86_400 * NS_PER_SECOND, "w": 604_800 * NS_PER_SECOND,
}  # fmt: skip
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h|d|w))+\Z")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d|w)")
_CONDITION = re.compile(
    r"""\s*(?P<key>"(?:[^"\\]|\\.)*"|[^\s"=!<>~]+)"""
    r"""(?:\s*(?P<op>=~|!~|!=|<=|>=|=|<|>)\s*(?P<value>"(?:[^"\\]|\\.)*"|[^\s"]*))?(?=\s|\Z)"""
)
_NUMBER = re.compile(r"-?\d+\Z|-?\d*\.?\d+(?:[eE][+-]?\d+)?\Z")
_PLACES = {f"{place}.": place for place in (Place.SPAN, Place.RESOURCE, Place.SCOPE, Place.EVENT, Place.LINK)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchWords:
    """What was typed, field by field; empty means "any". docs/api.md describes each."""

    service: str = ""
    operation: str = ""
    kind: str = ""
    status: str = ""
    attributes: str = ""
    min_duration: str = ""
    max_duration: str = ""
    min_trace_duration: str = ""
    max_trace_duration: str = ""
    start: str = ""
    end: str = ""
    lookback: str = "1h"
    limit: int = 20
    cursor: str = ""


def build_query(words: SearchWords, now_ns: int) -> TraceQuery:
    """The query that the words mean at `now_ns`. Raises InvalidQuery, which names the field."""
    parts: list[Expression] = []
    if words.service:
        parts.append(_intrinsic(Intrinsic.SERVICE, words.service))
    if words.operation:
        parts.append(_intrinsic(Intrinsic.NAME, words.operation))
    if words.kind:
        parts.append(_intrinsic(Intrinsic.KIND, _parse_name(words.kind, SpanKind, "kind")))
    if words.status:
        parts.append(_intrinsic(Intrinsic.STATUS, _parse_name(words.status, StatusCode, "status")))
    for text, name, comparison in (
        (words.min_duration, "min_duration", Comparison.GREATER_OR_EQUAL),
        (words.max_duration, "max_duration", Comparison.LESS_OR_EQUAL),
    ):
        if text:
            limit = parse_duration_ns(text, name)
            parts.append(Condition(place=Place.INTRINSIC, key=Intrinsic.DURATION, comparison=comparison, value=limit))
    parts.extend(parse_conditions(words.attributes))
    return TraceQuery(
        window=_window(words, now_ns),
        where=And(tuple(parts)),
        min_trace_duration_ns=_optional_duration(words.min_trace_duration, "min_trace_duration"),
        max_trace_duration_ns=_optional_duration(words.max_trace_duration, "max_trace_duration"),
        limit=words.limit,
        after=decode_cursor(words.cursor) if words.cursor else None,
    )


def parse_duration_ns(text: str, name: str = "duration") -> int:
    """`1.2ms`, `500us`, `1m30s`; a bare number is milliseconds. Raises InvalidQuery."""
    compact = text.strip().replace(" ", "")
    if re.fullmatch(r"\d+(\.\d+)?", compact):
        compact += "ms"
    if len(compact) > 40 or not _DURATION.match(compact):
        raise InvalidQuery(f"“{text[:40]}” is not a duration; write 1.2ms, 500us, 2s or 1m30s.", name)
    total = sum(Decimal(number) * _UNIT_NS[unit] for number, unit in _DURATION_PART.findall(compact))
    return min(MAX_NS, round(total))


def parse_moment_ns(text: str, now_ns: int, name: str = "time") -> int:
    """An ISO date-time (UTC unless it says otherwise), `now`, `now-15m`, `-15m`, or seconds, milliseconds,
    microseconds or nanoseconds since 1970, told apart by their size. Raises InvalidQuery.
    """
    moment = text.strip()
    if relative := re.fullmatch(r"(?:now)?\s*(?:-\s*(\S+))?", moment):
        if moment:
            return now_ns - (parse_duration_ns(relative.group(1), name) if relative.group(1) else 0)
    elif re.fullmatch(r"\d{1,19}", moment):
        return _epoch_ns(int(moment))
    elif re.match(r"\d{4}-\d{2}-\d{2}", moment):
        try:
            parsed = datetime.fromisoformat(moment)
        except ValueError:
            pass
        else:
            aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
            elapsed = aware - datetime(1970, 1, 1, tzinfo=UTC)
            return (elapsed.days * 86_400 + elapsed.seconds) * NS_PER_SECOND + elapsed.microseconds * 1_000
    raise InvalidQuery(f"“{moment[:40]}” is not a time; write 2026-11-22T03:10:00Z, now-15m or epoch seconds.", name)


def parse_conditions(text: str) -> list[Expression]:
    """Attribute conditions separated by space, all to hold on one span.

    `http.route="/a b" retries>2 db.system=~post.* error resource.host.name!=db1`: a key with an optional place
    (`span.`, `resource.`, `scope.`, `event.`, `link.`), then = != < <= > >= =~ !~ and a value, or nothing for
    "has it". A bare value that could be a number or a boolean also matches the text of it. Jaeger's JSON form
    `{"http.status_code": "500"}` means the same with =, and `{"error": "true"}` finds the status error, too. Raises
    InvalidQuery.
    """
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidQuery(f"Attributes have more than {MAX_TEXT_LENGTH:,} characters.", "attributes")
    text = text.strip()
    if text.startswith("{"):
        return _parse_json_conditions(text)
    found: list[Expression] = []
    position = 0
    while position < len(text):
        match = _CONDITION.match(text, position)
        if not match:
            rest = text[position:].strip()[:40]
            raise InvalidQuery(
                f"Attributes: “{rest}” cannot be read; write key=value, in quotes if it has spaces.", "attributes"
            )
        if len(found) == MAX_CONDITIONS:
            raise InvalidQuery(f"A search takes at most {MAX_CONDITIONS} conditions.", "where")
        found.append(_condition(match["key"], match["op"], match["value"]))
        position = match.end()
    return found


def encode_cursor(cursor: Cursor) -> str:
    """Opaque text for an address."""
    packed = struct.pack(">q16sq", cursor.start_ns, cursor.trace_id, cursor.newest_block)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """Raises InvalidQuery."""
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        start_ns, trace_id, newest_block = struct.unpack(">q16sq", packed)
    except (ValueError, struct.error):
        raise InvalidQuery("The cursor is not one of this server's.", "cursor") from None
    return Cursor(start_ns=start_ns, trace_id=trace_id, newest_block=newest_block)


def _parse_json_conditions(text: str) -> list[Expression]:
    try:
        tags = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidQuery('Attributes: this is not JSON; write {"key": "value"} or key=value.', "attributes") from None
    if not all(isinstance(value, str | int | float | bool) for value in tags.values()):
        raise InvalidQuery("Attributes: a value in JSON is text, a number or a boolean.", "attributes")
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in tags.items()}
    return [_find_jaeger_tag(key, text) for key, text in texts.items()]


def _find_jaeger_tag(key: str, text: str) -> Expression:
    """Jaeger's collectors make a tag of the status."""
    sent = _typed_condition(*_split_place(key), Comparison.EQUAL, text)
    if (key, text) != ("error", "true"):
        return sent
    return Or((sent, _intrinsic(Intrinsic.STATUS, StatusCode.ERROR.value)))


def _condition(key: str, operator: str | None, value: str | None) -> Expression:
    place, name = _split_place(_unquote(key))
    if operator is None or value is None:
        return Condition(place=place, key=name, comparison=Comparison.EXISTS)
    comparison = Comparison(operator)
    if value.startswith('"') or comparison in (Comparison.MATCHES, Comparison.NOT_MATCHES):
        return Condition(place=place, key=name, comparison=comparison, value=_unquote(value))
    return _typed_condition(place, name, comparison, value)


def _typed_condition(place: Place, key: str, comparison: Comparison, value: str) -> Expression:
    """Senders type one attribute in different ways, and people type no quotes: 500 is the number or the text.

    For != both must differ, so a value of either type is compared with its own kind and the results joined.
    """
    candidates: list[str | int | float | bool] = [value]
    if value in ("true", "false"):
        candidates.append(value == "true")
    elif _NUMBER.match(value) and len(value) <= 40:
        candidates.append(int(value) if re.fullmatch(r"-?\d+", value) else float(value))
    if comparison not in (Comparison.EQUAL, Comparison.NOT_EQUAL) and len(candidates) > 1:
        candidates = candidates[1:]
    parts = tuple(Condition(place=place, key=key, comparison=comparison, value=item) for item in candidates)
    return parts[0] if len(parts) == 1 else Or(parts)


def _split_place(key: str) -> tuple[Place, str]:
    for prefix, place in _PLACES.items():
        if key.startswith(prefix) and len(key) > len(prefix):
            return place, key[len(prefix) :]
    return Place.ANY, key


def _unquote(text: str) -> str:
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def _intrinsic(intrinsic: Intrinsic, value: str | int) -> Condition:
    return Condition(place=Place.INTRINSIC, key=intrinsic, comparison=Comparison.EQUAL, value=value)


def _parse_name(text: str, names: type[SpanKind] | type[StatusCode], name: str) -> int:
    try:
        return names[text.strip().upper()].value
    except KeyError:
        choices = ", ".join(member.name.lower() for member in names)
        raise InvalidQuery(f"“{text[:40]}” is not a {name}; choose one of {choices}.", name) from None


def _optional_duration(text: str, name: str) -> int | None:
    return parse_duration_ns(text, name) if text else None


def _window(words: SearchWords, now_ns: int) -> Window:
    """`start` to `end`; where one is empty, `lookback` before the end, and now as the end."""
    end_ns = parse_moment_ns(words.end, now_ns, "end") if words.end else now_ns + 1
    if words.start:
        start_ns = parse_moment_ns(words.start, now_ns, "start")
    else:
        start_ns = end_ns - parse_duration_ns(words.lookback, "lookback")
    return Window(start_ns=max(0, start_ns), end_ns=min(MAX_NS, end_ns))


def _epoch_ns(number: int) -> int:
    for digits, unit_ns in ((12, NS_PER_SECOND), (15, 1_000_000), (18, 1_000)):
        if number < 10**digits / 10:
            return number * unit_ns
    return min(MAX_NS, number)
