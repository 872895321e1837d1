"""Stack traces read line by line: which frames are the sender's own, which are those of libraries.

Knows how Java, Python, Go, JavaScript (V8 and Firefox) and .NET print them. A line that is no frame is text: a message,
`Caused by: …`, a goroutine's head. What nobody knows stays as it is, every line in its place.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

# Longer lines are no frames: a bound on what a pattern is tried on.
_MAX_LINE_CHARS = 1_000


class Origin(StrEnum):
    """Whose a line is."""

    TEXT = "text"
    OWN = "own"
    LIBRARY = "library"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPart:
    """Lines one after another that are of one origin. `frame_count` counts the calls in them."""

    origin: Origin
    text: str
    frame_count: int


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    origin: Origin
    is_frame: bool


_JAVA = re.compile(
    r"\s*at (?:[^\s/()]*/)*([\w$.<>]+)\("
    r"(?:[\w$-]+\.(?:java|kts?|scala|groovy|clj)(?::-?\d+)?|Native Method|Unknown Source|<[\w ]+>)\)(?: ~?\[.*\])?\s*\Z"
)
_PYTHON = re.compile(r'\s*(?:\| )?\s*File "([^"]+)", line \d+')
_GO_FILE = re.compile(r"\s+(\S.*\.(?:go|s)):\d+(?: \+0x[0-9a-f]+)?\s*\Z")
_V8 = re.compile(r"\s*at (?:.* \()?(\S+?):\d+:\d+\)?\s*\Z")
_V8_BUILT_IN = re.compile(r"\s*at .*\((?:<anonymous>|native|index \d+)\)\s*\Z")
_FIREFOX = re.compile(r"[^\s@]*@(\S+):\d+:\d+\s*\Z")
_DOTNET = re.compile(r"\s*at ([\w.`<>+\[\],|]+)\(.*\)(?: in (.+):line \d+)?\s*\Z")

_JAVA_LIBRARIES = re.compile(
    r"(?:javax?|jdk|sun|com\.sun|jakarta|kotlinx?|scala|groovy|clojure|akka|io\.(?:netty|grpc|vertx|micronaut|quarkus|"
    r"opentelemetry|undertow|lettuce|projectreactor|micrometer|ktor|reactivex)|reactor|okhttp3|okio|"
    r"org\.(?:springframework|apache|hibernate|eclipse|jboss|postgresql|junit|slf4j|glassfish|xnio|redisson|mongodb)|"
    r"com\.(?:google\.common|google\.api|fasterxml|zaxxer|mysql|mongodb|netflix|datastax|amazonaws)|"
    r"software\.amazon|play\.api)\."
)
_DOTNET_LIBRARIES = re.compile(
    r"(?:System|Microsoft|Npgsql|Grpc|Newtonsoft|MassTransit|Polly|StackExchange|OpenTelemetry|Confluent|MySql|"
    r"MySqlConnector|Dapper|MediatR|Serilog|RabbitMQ|MongoDB|Azure|Amazon|AutoMapper|FluentValidation|Castle)\."
)
_PYTHON_LIBRARIES = re.compile(
    r"(?:site|dist)-packages[/\\]|[/\\]lib(?:64)?[/\\]python\d|[/\\]Python\d+[/\\]Lib[/\\]|\A<"
)
_GO_LIBRARIES = re.compile(
    r"/pkg/mod/|@v\d|/vendor/|/(?:go|libexec|golang)/src/(?!.*\.[a-z]+/)|"
    r"\A(?:runtime|net|reflect|sync|internal|testing|encoding|database/sql|context|io|os|bufio|fmt|time|syscall|"
    r"crypto|strings|bytes|sort|errors|log)/"
)
_SCRIPT_LIBRARIES = re.compile(r"[/\\]node_modules[/\\]|\Anode:|\A(?:internal/|(?:_http_\w+|net|events|timers)\.js)")


def split_stack(text: str) -> list[StackPart]:
    """The lines of a stack trace, those of one origin together; nothing is left out and nothing moved."""
    parts: list[StackPart] = []
    for origin, group in groupby(_read_lines(text.splitlines()), attrgetter("origin")):
        lines = list(group)
        parts.append(
            StackPart(
                origin=origin,
                text="\n".join(line.text for line in lines),
                frame_count=sum(line.is_frame for line in lines),
            )
        )
    return parts


def _read_lines(lines: Iterable[str]) -> Iterator[_Line]:
    """Each line with its origin. Go names a call before its file, Python shows the source after it."""
    held: str | None = None
    last = _Line("", Origin.TEXT, False)
    for text in lines:
        if held is not None:
            origin = _go_origin(text)
            last = _Line(held, origin or Origin.TEXT, origin is not None)
            yield last
            held = None
            if origin:
                yield _Line(text, origin, False)
                continue
        if _is_go_call(text):
            held = text
            continue
        last = _read_line(text, last)
        yield last
    if held is not None:
        yield _Line(held, Origin.TEXT, False)


def _read_line(text: str, last: _Line) -> _Line:
    if len(text) > _MAX_LINE_CHARS:
        return _Line(text, Origin.TEXT, False)
    for pattern, decide in _FRAMES:
        if match := pattern.match(text):
            return _Line(text, decide(match), True)
    if _belongs_to_frame(text, last):
        return _Line(text, last.origin, False)
    return _Line(text, Origin.TEXT, False)


def _belongs_to_frame(text: str, last: _Line) -> bool:
    """The source under a frame of Python, its marks, `[Previous line repeated …]` and Java's `... 12 more`."""
    if last.origin is Origin.TEXT:
        return False
    stripped = text.strip()
    if stripped.startswith(("... ", "[Previous line repeated ")):
        return True
    return bool(stripped) and _is_python(last.text) and text.startswith("    ")


def _is_python(text: str) -> bool:
    return bool(_PYTHON.match(text)) or text.startswith("    ")


def _is_go_call(text: str) -> bool:
    """`main.handle(0x1, …)`, `net/http.(*conn).serve(…)`, `created by main.main in goroutine 1`."""
    if len(text) > _MAX_LINE_CHARS or text[:1].isspace():
        return False
    return text.startswith("created by ") or (text.endswith(")") and "." in text and " at " not in text[:4])


def _go_origin(text: str) -> Origin | None:
    """Whose the file below a call of Go is; None where the line is no such file."""
    match = _GO_FILE.match(text) if len(text) <= _MAX_LINE_CHARS else None
    return _library_if(bool(_GO_LIBRARIES.search(match[1]))) if match else None


def _library_if(is_library: bool) -> Origin:
    return Origin.LIBRARY if is_library else Origin.OWN


def _java_origin(match: re.Match[str]) -> Origin:
    return _library_if(bool(_JAVA_LIBRARIES.match(match[1])))


def _python_origin(match: re.Match[str]) -> Origin:
    return _library_if(bool(_PYTHON_LIBRARIES.search(match[1])))


def _script_origin(match: re.Match[str]) -> Origin:
    return _library_if(bool(_SCRIPT_LIBRARIES.search(match[1].removeprefix("file://"))))


def _dotnet_origin(match: re.Match[str]) -> Origin:
    return _library_if(bool(_DOTNET_LIBRARIES.match(match[1])) and not match[2])


def _built_in(_: re.Match[str]) -> Origin:
    return Origin.LIBRARY


# The first that knows a line decides. V8 ends in line:column, which neither Java nor .NET does.
_FRAMES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Origin]], ...] = (
    (_PYTHON, _python_origin),
    (_V8, _script_origin),
    (_V8_BUILT_IN, _built_in),
    (_JAVA, _java_origin),
    (_DOTNET, _dotnet_origin),
    (_FIREFOX, _script_origin),
)
