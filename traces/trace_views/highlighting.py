"""JSON as lines with its keys and values told apart. Pure."""

import json
import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from traces.domain.attributes import Json
from traces.words import escape_hidden

_TOKENS = re.compile(r'("(?:[^"\\]|\\.)*")(: )?|-?\d[\d.eE+-]*|true|false|null')
# What a value is drawn as, by its first character.
_CLASSES = {'"': "s", "t": "b", "f": "b", "n": "b"}


def write_json(value: Json) -> str:
    """In lines; characters that hide or turn text around are escaped, so it is the same JSON and can be read."""
    return escape_hidden(json.dumps(value, indent=2, ensure_ascii=False))


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
