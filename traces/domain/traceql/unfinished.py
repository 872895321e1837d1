"""Text that somebody is still writing: the name of a field by itself, and filters that are not complete."""

from typing import Final

from traces.domain.traceql.cursor import MAX_CHARACTERS, Cursor
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.lexer import Token, read_pieces
from traces.domain.traceql.parser import parse
from traces.domain.traceql.tree import All, Attribute, Condition, Filter, Intrinsic
from traces.domain.traceql.words import FIELDS

_DEPTH: Final = {"(": 1, ")": -1}


def parse_field(text: str) -> Attribute | Intrinsic:
    """A field as a filter has it: `span.http.route`, `.cluster`, `name`, `trace:rootName`. Raises TraceQLError."""
    cursor = Cursor(text)
    piece = cursor.take()
    if cursor.peek().token is Token.END:
        if isinstance(piece.node, Attribute):
            return piece.node
        if piece.token is Token.WORD and piece.text in FIELDS:
            return Intrinsic(FIELDS[piece.text], at=piece.at)
    raise TraceQLError("This is not the name of a field.", 0, "span.…, resource.…, .… or name")


def find_complete(text: str) -> Condition | None:
    """What the text surely asks of a span; None is nothing.

    Of one filter that is not finished these are the comparisons that are, between `&&`: the others count as true. Of
    several filters, or of stages behind one, nothing is asked of a single span.
    """
    try:
        body = parse(text).body
    except TraceQLError:
        return _join(_read_complete(text)) if len(text) <= MAX_CHARACTERS else None
    return body.condition if isinstance(body, Filter) else None


def _read_complete(text: str) -> list[Condition]:
    """`a && b || c` is `(a && b) || c`: where something beside `||` is not known, neither is all before it."""
    found: list[Condition] = []
    for number, (part, is_choice) in enumerate(_split(text)):
        condition = _find_condition(part)
        if is_choice and number:
            found = []
        elif condition is not None:
            found.append(condition)
    return found


def _join(parts: list[Condition]) -> Condition | None:
    flat = [each for part in parts for each in (part.parts if isinstance(part, All) else (part,))]
    return All(tuple(flat)) if len(flat) > 1 else next(iter(flat), None)


def _find_condition(text: str) -> Condition | None:
    try:
        # A comment ends where its line does.
        body = parse(f"{{{text}\n}}").body
    except TraceQLError:
        return None
    return body.condition if isinstance(body, Filter) else None


def _split(text: str) -> list[tuple[str, bool]]:
    """What stands between the `&&` of a filter, and whether `||` stands in it outside of brackets.

    Nothing of what does not begin with `{`, or goes on after `}`.
    """
    opening, *pieces = read_pieces(text)
    if opening.text != "{":
        return []
    parts: list[tuple[str, bool]] = []
    start, depth, is_choice = opening.end, 0, False
    for piece in pieces:
        sign = piece.text if piece.token is Token.SIGN else ""
        is_end = piece.token in (Token.END, Token.WRONG) or sign == "}"
        if is_end or (sign == "&&" and not depth):
            parts.append((text[start : len(text) if piece.token is Token.WRONG else piece.at], is_choice))
            start, is_choice = piece.end, False
        if is_end:
            return parts if sign != "}" or pieces[-2] is piece else []
        depth += _DEPTH.get(sign, 0)
        is_choice = is_choice or (sign == "||" and not depth)
    return parts
