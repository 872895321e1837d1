"""The text of a query as tokens. Nothing here knows what follows what, but that a dot begins an attribute."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.literals import parse_number, unescape
from traces.domain.traceql.tree import Attribute, Literal, Scope, ValueType
from traces.domain.traceql.words import SCOPES


class Token(Enum):
    """What a piece of the text is."""

    WORD = auto()  # also `span:name`, and `http.route`, which has no scope
    ATTRIBUTE = auto()
    VALUE = auto()  # text in quotes, a number, a duration
    SIGN = auto()
    WRONG = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """One token: `text` as it was written, from `at` to `end`; of a WRONG one what is wrong."""

    token: Token
    text: str
    at: int
    end: int
    node: Attribute | Literal | None = None
    problem: TraceQLError | None = None


_SIGNS: Final = (
    "&>>", "&<<", "!>>", "!<<", "===", "&>", "&<", "&~", "!>", "!<", "!~", ">>", "<<", ">=", "<=", "!=", "=~", "&&",
    "||", "==", "<>", "=<", "=>", "~=", "**", ">", "<", "=", "~", "!", "|", "+", "-", "*", "/", "%", "^", "(", ")",
    "{", "}", ",", "&", ";",
)  # fmt: skip
_SKIPPED = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True)))
_WORD = re.compile(r"[^\W0-9]\w*")
_FIELD = re.compile(r":[^\W0-9][\w.]*")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_RUN = re.compile(r"[\w.]*")
_NAME = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s{}()=~!<>&|^,"])+', re.DOTALL)
_NAME_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|([^"]+)', re.DOTALL)
_TEXT = re.compile(r'"((?:[^"\\\n]|\\[^\n])*)"')
_RAW_TEXT = re.compile(r"`([^`]*)`")


def read_pieces(text: str) -> Iterator[Piece]:
    """Every token of the text, and END. What is no token is WRONG, and the last but END."""
    at = _skip(text, 0)
    while at < len(text):
        try:
            piece = _read_piece(text, at)
        except TraceQLError as problem:
            yield Piece(Token.WRONG, text[at:], at, len(text), problem=problem)
            break
        yield piece
        at = _skip(text, piece.end)
    yield Piece(Token.END, "", len(text), len(text))


def _skip(text: str, at: int) -> int:
    match = _SKIPPED.match(text, at)
    return match.end() if match else at


def _read_piece(text: str, at: int) -> Piece:
    first = text[at]
    if first in "0123456789" or (first == "." and text[at + 1 : at + 2] in set("0123456789")):
        return _read_number(text, at)
    if first == ".":
        return _read_attribute(text, at, at + 1, Scope.ANY)
    if first in '"`':
        return _read_text(text, at)
    if text.startswith("/*", at):
        raise TraceQLError("This comment is never closed.", at, "*/")
    if match := _WORD.match(text, at):
        return _read_word(text, at, match.end())
    if match := _SIGN.match(text, at):
        return Piece(Token.SIGN, match[0], at, match.end())
    raise _refuse_character(text, at)


def _read_number(text: str, at: int) -> Piece:
    match = _NUMBER.match(text, at)
    end = match.end() if match else at
    run = _RUN.match(text, end)
    if run and run[0]:
        # 1h30m, or what is neither a number nor a duration
        whole = _RUN.match(text, at)
        end = max(run.end(), whole.end() if whole else 0)
    return Piece(Token.VALUE, text[at:end], at, end, parse_number(text[at:end], at))


def _read_word(text: str, at: int, end: int) -> Piece:
    word = text[at:end]
    following = text[end : end + 1]
    if following == "." and word in SCOPES:
        return _read_attribute(text, at, end + 1, SCOPES[word])
    if following == ".":
        name = _NAME.match(text, end)
        end = name.end() if name else end
    elif following == ":" and (field := _FIELD.match(text, end)):
        end = field.end()
    return Piece(Token.WORD, text[at:end], at, end)


def _read_attribute(text: str, at: int, name_at: int, scope: Scope) -> Piece:
    name = _NAME.match(text, name_at)
    end = name.end() if name else name_at
    if text[end : end + 1] == '"':
        raise TraceQLError("This key is never closed.", end, 'add a " at the end')
    if not name:
        raise TraceQLError(f'The name of an attribute is missing after "{text[at:name_at]}".', name_at)
    key = "".join(
        re.sub(r'\\(["\\])', r"\1", part[1]) if part[1] is not None else part[2]
        for part in _NAME_PART.finditer(name[0])
    )
    if not key:
        raise TraceQLError("The name of an attribute is empty.", name_at)
    return Piece(Token.ATTRIBUTE, text[at:end], at, end, Attribute(scope, key, at=at))


def _read_text(text: str, at: int) -> Piece:
    if text[at] == "`":
        match = _RAW_TEXT.match(text, at)
        if not match:
            raise TraceQLError("This text is never closed.", at, "add a ` at the end")
        value = match[1]
    else:
        match = _TEXT.match(text, at)
        if not match:
            raise TraceQLError("This text is never closed.", at, 'add a " at the end')
        value = unescape(match[1], at + 1)
    return Piece(Token.VALUE, match[0], at, match.end(), Literal(ValueType.TEXT, value, at=at))


def _refuse_character(text: str, at: int) -> TraceQLError:
    character = text[at]
    if character == "'":
        body = re.match(r"'([^'\n]*)'?", text[at:])
        meant = body[1].rstrip(" }") if body else ""
        return TraceQLError("Text goes in double quotes or backticks, not single quotes.", at, f'"{meant}"')
    if character in "[]":
        return TraceQLError("There are no lists; match one of several texts.", at, '=~ "a|b"')
    return TraceQLError(f'"{character}" means nothing here.', at)
