"""JSON as lines with its keys and values told apart. Pure."""

import json
import re
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from traces.domain.attributes import Json
from traces.words import escape_hidden

# A text that is cut off goes to the end: were it none, a reader would look for its end from every quote in it.
_TOKENS = re.compile(r'("(?:[^"\\]|\\.)*"?)(: )?|-?\d[\d.eE+-]*|true|false|null')
# What fits into so many characters stands in one line.
_LINE_CHARS = 100
# What a value is drawn as, by its first character.
_CLASSES = {'"': "s", "t": "b", "f": "b", "n": "b"}


def write_json(value: Json) -> str:
    """In lines; characters that hide or turn text around are escaped, so it is the same JSON and can be read."""
    return escape_hidden("\n".join(_write_lines(value)))


def _write_lines(value: Json, before: str = "", indent: str = "", after: str = "") -> Iterator[str]:
    """A value with what stands before and after it. As deep as ingest lets values be."""
    if not isinstance(value, dict | list) or _leave_room(value, _LINE_CHARS - len(indent) - len(before)) >= 0:
        yield f"{indent}{before}{json.dumps(value, ensure_ascii=False)}{after}"
        return
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    yield f"{indent}{before}{opening}"
    names = [f"{json.dumps(name, ensure_ascii=False)}: " for name in value] if isinstance(value, dict) else []
    inner = list(value.values()) if isinstance(value, dict) else value
    for at, each in enumerate(inner):
        comma = "," if at + 1 < len(inner) else ""
        yield from _write_lines(each, names[at] if names else "", f"{indent}  ", comma)
    yield f"{indent}{closing}{after}"


def _leave_room(value: Json, room: int) -> int:
    """How many of so many characters are left, about, when a value is written; what does not fit is not looked at."""
    if not isinstance(value, dict | list):
        return room - (len(value) + 2 if isinstance(value, str) else 4)
    room -= 2
    for name, each in value.items() if isinstance(value, dict) else (("", each) for each in value):
        if room < 0:
            break
        room = _leave_room(each, room - len(name) - 2 * (1 + isinstance(value, dict)))
    return room


def highlight(text: str) -> SafeString:
    """JSON, whole or cut off, as HTML: keys are `<b>`, values `<span class="s">` (text), `n` or `b`."""
    parts: list[str] = []
    end = 0
    for match in _TOKENS.finditer(text):
        parts.append(escape(text[end : match.start()]))
        end = match.end()
        token = escape(match[1] or match[0])
        if match[2]:
            parts.append(f"<b>{token}</b>: ")
        else:
            parts.append(f'<span class="{_CLASSES.get(match[0][0], "n")}">{token}</span>')
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308  # every part is escaped
