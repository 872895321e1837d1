"""Values laid out for reading: SQL, JSON and addresses. Only space is added or taken away; nothing else changes.

Every function answers "" for what it cannot lay out, and looks at a bounded number of characters.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from sqlparse import lexer
from sqlparse import tokens as kinds

MAX_SQL_CHARS = 4_000
MAX_JSON_CHARS = 16_000
MAX_URL_CHARS = 4_000
_MAX_DEPTH = 64
_INDENT = "  "

_CLAUSES = re.compile(
    r"(?:SELECT|FROM|WHERE|HAVING|LIMIT|OFFSET|UNION|INTERSECT|EXCEPT|INSERT|UPDATE|DELETE|SET|VALUES|RETURNING|"
    r"WINDOW|WITH|GROUP\s+BY|ORDER\s+BY|UNION\s+ALL|FETCH|(?:.*\s)?JOIN)\Z",
    re.IGNORECASE,
)
_CONNECTIVES = re.compile(r"(?:AND|OR|ON)\Z", re.IGNORECASE)
_JSON_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')


@lru_cache(maxsize=256)
def lay_out_sql(text: str) -> str:
    """A statement with a line for every clause, join and condition; what a parenthesis holds is indented.

    Only the lexer of sqlparse is used: grouping takes time that grows with the square of some statements.
    """
    if len(text) > MAX_SQL_CHARS or not text.strip():
        return ""
    tokens: Iterable[tuple[object, str]] = lexer.tokenize(text)  # type: ignore[no-untyped-call]
    laid_out = "".join(_write_sql(tokens)).strip()
    return laid_out if "\n" in laid_out else ""


def _write_sql(tokens: Iterable[tuple[object, str]]) -> Iterator[str]:
    depth, gap, is_between = 0, "", False
    for kind, text in tokens:
        if kind in kinds.Whitespace:
            gap = gap or " "
            continue
        is_keyword = kind in kinds.Keyword
        depth = max(0, depth - (text == ")"))
        if is_keyword and _begins_line(text, is_between):
            gap = _new_line(depth + bool(_CONNECTIVES.match(text)))
        yield gap + text.rstrip("\n")
        if is_keyword:
            is_between = text.upper() == "BETWEEN" or (is_between and text.upper() != "AND")
        depth = min(_MAX_DEPTH, depth + (text == "("))
        gap = _new_line(depth) if kind in kinds.Comment.Single or text == ";" else ""


def _begins_line(keyword: str, is_between: bool) -> bool:
    """`AND` in `BETWEEN 1 AND 2` does not."""
    if _CLAUSES.match(keyword):
        return True
    return bool(_CONNECTIVES.match(keyword)) and not (is_between and keyword.upper() == "AND")


def _new_line(depth: int) -> str:
    return "\n" + _INDENT * depth


def lay_out_json(text: str) -> str:
    """An object or an array with a line for each entry; numbers and texts keep their spelling, doubled keys stay."""
    if len(text) > MAX_JSON_CHARS or text.strip()[:1] not in ("{", "["):
        return ""
    pieces = _JSON_PIECE.findall(text)
    if not _is_shallow(pieces) or not _is_json(text):
        return ""
    return "".join(_write_json(pieces))


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True


def _is_shallow(pieces: Iterable[str]) -> bool:
    depth = 0
    for piece in pieces:
        depth += (piece in "[{") - (piece in "]}")
        if depth > _MAX_DEPTH:
            return False
    return True


def _write_json(pieces: list[str]) -> Iterator[str]:
    depth = 0
    for number, piece in enumerate(pieces):
        following = pieces[number + 1] if number + 1 < len(pieces) else ""
        if piece in ("[", "{"):
            depth += 1
            yield piece if following in ("]", "}") else piece + _new_line(depth)
        elif piece in ("]", "}"):
            depth -= 1
            yield piece if number and pieces[number - 1] in ("[", "{") else _new_line(depth) + piece
        elif piece == ",":
            yield piece + _new_line(depth)
        else:
            yield ": " if piece == ":" else piece


def lay_out_url(text: str) -> str:
    """An address decoded, its query a parameter a line; "" where that is how it reads already."""
    if len(text) > MAX_URL_CHARS:
        return ""
    path, mark, query = text.partition("?")
    lines = [unquote(path)] if path else []
    if mark:
        pairs = query.split("&")
        lines += [f"{_INDENT}{'&' if number else '?'} {_parameter(pair)}" for number, pair in enumerate(pairs)]
    laid_out = "\n".join(lines)
    return "" if laid_out == text or (len(lines) < 2 and "%" not in text) else laid_out


def _parameter(pair: str) -> str:
    name, mark, value = (unquote(part.replace("+", " ")) for part in pair.partition("="))
    return f"{name} = {value}" if mark else name
