"""Sentences for what stands where nothing, or something else, can stand."""

from typing import Final

from traces.domain.traceql.cursor import Cursor
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.lexer import Piece, Token
from traces.domain.traceql.query_tree import RELATIONS
from traces.domain.traceql.tree import ValueType
from traces.domain.traceql.words import (
    FIELDS,
    FOREIGN_FIELDS,
    FOREIGN_OPERATORS,
    KINDS,
    STATUSES,
    find_nearest,
    name_scoped_fields,
    suggest_scope,
)

_ANY_VALUE: Final = '"…", a number, a duration such as 100ms, true, nil'
_BEFORE_VALUES: Final = frozenset({*["=", "!=", "<", "<=", ">", ">=", "=~", "!~", "+", "-", "*", "/", "%", "^"]})


def refuse_field(word: Piece) -> TraceQLError:
    """A word that is no field, where one should be."""
    text, at = word.text, word.at
    if ":" in text.partition(".")[0]:
        return _refuse_scoped(text, at)
    if "." in text:
        return _refuse_dotted(text, at)
    if text.lower() == "not":
        return TraceQLError(f'"{text}" is not an operator.', at, "!")
    if text.lower() in FOREIGN_FIELDS:
        return TraceQLError(f'"{text}" is not a field under that name.', at, FOREIGN_FIELDS[text.lower()])
    return TraceQLError(f'There is no field "{text}".', at, find_nearest(text, FIELDS) or f".{text}")


def _refuse_dotted(text: str, at: int) -> TraceQLError:
    head, _, rest = text.partition(".")
    if head == "parent":
        suggestion = "use a structural query: { … } > { … }"
        return TraceQLError('"parent." is reserved but does not work yet (nor in Tempo).', at, suggestion)
    if head == "trace":
        meant = find_nearest(rest, name_scoped_fields("trace")) or "id"
        sentence = "A trace has no attributes of its own, only fields written with a colon."
        return TraceQLError(sentence, at, f"trace:{meant}")
    sentence = f'"{text}" is an attribute and needs a scope: span., resource., or just a dot.'
    return TraceQLError(sentence, at, suggest_scope(text))


def _refuse_scoped(text: str, at: int) -> TraceQLError:
    scope, _, name = text.partition(":")
    names = name_scoped_fields(scope)
    if not names:
        suggestion = find_nearest(text, FIELDS) or (f"resource.{name}" if scope == "resource" else "")
        return TraceQLError(f'"{text}" is not a field, and "{scope}:" is no scope of fields.', at, suggestion)
    elsewhere = next((field for field in FIELDS if field.endswith(f":{name}")), "")
    near = find_nearest(name, names)
    sentence = f'"{text}" is not a field. {scope}: has {", ".join(names)}.'
    return TraceQLError(sentence, at, elsewhere or (f"{scope}:{near}" if near else f"{scope}.{name}"))


def refuse_value_word(word: Piece, wanted: ValueType | None) -> TraceQLError:
    """A word that is no value, beside an operator; `wanted` is the type of what it is compared with."""
    text, at = word.text, word.at
    if wanted in (ValueType.STATUS, ValueType.KIND):
        choices = STATUSES if wanted is ValueType.STATUS else KINDS
        plain = text.lower().removeprefix("status_code_").removeprefix("span_kind_")
        meant = find_nearest(plain, choices) or ("error" if wanted is ValueType.STATUS else "server")
        return TraceQLError(f'"{text}" is not a value of {wanted}: use {", ".join(choices)}.', at, meant)
    return TraceQLError(f'"{text}" is not a value; text needs quotes.', at, f'"{text}"')


def refuse_missing_value(cursor: Cursor) -> TraceQLError:
    """The next token cannot begin a value or a condition."""
    piece, before = cursor.peek(), cursor.before
    if before in _BEFORE_VALUES:
        return TraceQLError(f'A value is missing after "{before}".', piece.at, _ANY_VALUE)
    if piece.token is Token.END:
        sign = "}" if before == "{" else ")" if before == "(" else ""
        sentence = f'A closing "{sign}" is missing.' if sign else f'A condition is missing after "{before}".'
        return TraceQLError(sentence, piece.at, sign)
    if before in ("{", "(", "") and piece.text not in (")", "{"):
        return TraceQLError(f'Something is missing before "{piece.text}".', piece.at)
    if piece.text == "{":
        return TraceQLError("{ } cannot stand inside { }.", piece.at, "( … )")
    return TraceQLError(f'A condition is missing after "{before}".', piece.at)


def refuse_rest(cursor: Cursor, closing: str) -> TraceQLError:
    """A condition is complete, and the next token neither goes on with it nor is `closing`."""
    piece = cursor.peek()
    text = piece.text
    if piece.token is Token.END or text in ("{", "}"):
        return TraceQLError(f'A closing "{closing}" is missing.', piece.at, closing)
    if piece.token is Token.WORD and text.lower() in FOREIGN_OPERATORS:
        return TraceQLError(f'"{text}" is not an operator.', piece.at, FOREIGN_OPERATORS[text.lower()])
    if text == ",":
        return TraceQLError("Conditions are joined with && or ||, not a comma.", piece.at, "&&")
    if text == "|":
        sentence = "A single | goes between stages outside { }; inside use ||."
        return TraceQLError(sentence, piece.at, "||")
    if text == ")":
        return TraceQLError('This ")" closes nothing.', piece.at)
    if text in RELATIONS:
        return TraceQLError(f'"{text}" goes between two {{ }}, not inside them.', piece.at)
    suggestion = "=" if piece.token is Token.VALUE else "&&"
    return TraceQLError(f'An operator is missing before "{text}".', piece.at, suggestion)
