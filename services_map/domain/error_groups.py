"""Failed spans that failed alike: of one type, with messages that differ in numbers, ids and quoted texts only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from traces.domain.attributes import Attributes, format_value
from traces.domain.span import Span

#: A message is compared and shown up to here.
MAX_MESSAGE_CHARS: Final = 240

# What stands for a changing part: quoted text keeps its quotes, the rest is #. Each alternative is linear.
_CHANGING = re.compile(
    r"""(?<!\w)(?P<quote>["'`])[^"'`\n]+(?P=quote)(?!\w)"""
    r"|“[^”\n]+”|«[^»\n]+»|‘[^’\n]+’"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b\d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:z|[+-]\d\d:?\d\d)?"
    r"|\b0x[0-9a-f]+\b"
    r"|\b(?=[a-f]{0,40}\d)[0-9a-f]{8,}\b"
    r"|(?<![^\W\d])\d+(?:[.,:]\d+)*"
    r"|\d{3,}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A span that failed, and what its sender said of it; `type` and `message` are empty where it said nothing."""

    trace_id: bytes
    span_id: bytes
    start_ns: int
    operation: str
    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroup:
    """Failures alike. `newest` stands for them; `operations` are where they happened, most failures first."""

    type: str
    template: str
    count: int
    first_ns: int
    newest: Failure
    operations: tuple[str, ...]


def group_failures(failures: Iterable[Failure]) -> list[ErrorGroup]:
    """The largest group first, then that with the newest failure."""
    groups: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        groups.setdefault((failure.type, make_template(failure.message)), []).append(failure)
    made = [_describe(type_, template, alike) for (type_, template), alike in groups.items()]
    return sorted(made, key=lambda group: (-group.count, -group.newest.start_ns, group.type, group.template))


def _describe(type_: str, template: str, alike: list[Failure]) -> ErrorGroup:
    counts: dict[str, int] = {}
    for failure in alike:
        counts[failure.operation] = counts.get(failure.operation, 0) + 1
    return ErrorGroup(
        type=type_,
        template=template,
        count=len(alike),
        first_ns=min(failure.start_ns for failure in alike),
        newest=max(alike, key=lambda failure: (failure.start_ns, failure.trace_id, failure.span_id)),
        operations=tuple(sorted(counts, key=lambda name: (-counts[name], name))),
    )


def make_template(message: str) -> str:
    """The first line of a message without what changes: `card # of '…' declined after # ms`."""
    lines = message.strip().splitlines()
    return _CHANGING.sub(_placeholder, lines[0][:MAX_MESSAGE_CHARS].strip()) if lines else ""


def _placeholder(match: re.Match[str]) -> str:
    text = match[0]
    return "#" if text[0].isalnum() else f"{text[0]}…{text[-1]}"


def read_failure(span: Span) -> tuple[str, str]:
    """The type and the message of what went wrong in a span: of the exception that was thrown last, of the span's own
    attributes, or its status.

    https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
    """
    thrown = [event for event in span.events if event.name == "exception"]
    for attributes in (*(event.attributes for event in reversed(thrown)), span.attributes):
        type_, message = (_read(attributes, f"exception.{name}") for name in ("type", "message"))
        if type_ or message:
            return type_, message or span.status_message
    type_ = _read(span.attributes, "error.type")
    code = _read(span.attributes, "http.response.status_code") or _read(span.attributes, "http.status_code")
    if code and type_ in ("", code):
        type_ = f"HTTP {code}"
    return type_, span.status_message


def _read(attributes: Attributes, key: str) -> str:
    return format_value(attributes[key]) if key in attributes else ""
