"""`with (…)` at the end of a query."""

from traces.domain.traceql.cursor import Cursor
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.lexer import Token
from traces.domain.traceql.query_tree import Hint
from traces.domain.traceql.stages import close_bracket, open_bracket
from traces.domain.traceql.tree import Literal
from traces.domain.traceql.words import VALUES


def parse_hints(cursor: Cursor) -> tuple[Hint, ...]:
    """Those of the last `with`; none where there is none."""
    hints: tuple[Hint, ...] = ()
    while cursor.is_at_word("with"):
        open_bracket(cursor, cursor.take())
        found = [_parse_hint(cursor)]
        while cursor.take_if(","):
            found.append(_parse_hint(cursor))
        close_bracket(cursor)
        hints = tuple(found)
    return hints


def _parse_hint(cursor: Cursor) -> Hint:
    name = cursor.peek()
    if name.token is not Token.WORD:
        raise TraceQLError("A hint has a name.", name.at, "most_recent=true")
    cursor.take()
    if not cursor.take_if("="):
        raise TraceQLError(f'A hint has a value: "=" is missing after "{name.text}".', cursor.peek().at, "=true")
    value = cursor.peek()
    if isinstance(value.node, Literal):
        cursor.take()
        return Hint(name.text, value.node, at=name.at)
    if value.token is Token.WORD and value.text in VALUES:
        cursor.take()
        kind, word = VALUES[value.text]
        return Hint(name.text, Literal(kind, word, at=value.at), at=name.at)
    raise TraceQLError("The value of a hint is a number, text in quotes, true or false.", value.at, "true")
