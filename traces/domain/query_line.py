"""A search in one line, made into the fields of the search form: `service=shop status=error duration>500ms GET /cart`.

What the form has no field for is a condition on an attribute; words without an operator are an operation's
name, or with one named already attributes that a span must have.
"""

import re

# Our name in a line → the field of the form, by operator.
_EQUALS = {
    "service": "service", "service.name": "service", "operation": "operation", "name": "operation",
    "status": "status", "kind": "kind",
}  # fmt: skip
_AT_LEAST = {"duration": "minDuration", "trace.duration": "minTraceDuration"}
_AT_MOST = {"duration": "maxDuration", "trace.duration": "maxTraceDuration"}
_FIELDS = {"=": _EQUALS, ">": _AT_LEAST, ">=": _AT_LEAST, "<": _AT_MOST, "<=": _AT_MOST}
_PART = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*"|[^\s"=!<>~]+)(?P<op>=~|!~|!=|<=|>=|=|<|>)(?P<value>"(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|\Z)"""
    r"""|(?P<word>\S+)"""
)


def read_line(text: str) -> dict[str, str]:
    """The form's fields, by the names in its address, that are not empty. Never raises: the form says what is wrong."""
    fields: dict[str, str] = {}
    conditions: list[str] = []
    words: list[str] = []
    for part in _PART.finditer(text):
        field = _FIELDS.get(part["op"] or "", {}).get(part["key"] or "")
        if part["word"] is not None:
            words.append(part["word"])
        elif field and field not in fields:
            fields[field] = _unquote(part["value"])
        else:
            conditions.append(part[0])
    if "operation" in fields:
        conditions += words
    else:
        fields["operation"] = " ".join(words)
    if conditions:
        fields["tags"] = " ".join(conditions)
    return {name: value for name, value in fields.items() if value}


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if text.startswith('"') else text
