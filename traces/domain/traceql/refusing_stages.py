"""Sentences for what stands wrong around `{ }`."""

from traces.domain.traceql.cursor import Cursor
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.lexer import Piece, Token
from traces.domain.traceql.words import FIELDS, FOREIGN_OPERATORS, FOREIGN_STAGES, STAGES, find_nearest


def refuse_stage(cursor: Cursor) -> TraceQLError:
    """The next token is a word that is no stage."""
    word = cursor.peek()
    text = word.text
    lower = text.lower()
    if text in FIELDS or "." in text or ":" in text or not cursor.follows("("):
        return refuse_operand(cursor, word)
    if lower[:1] == "p" and lower[1:].isdigit():
        suggestion = "quantile_over_time()"
    else:
        near = find_nearest(text, STAGES)
        suggestion = FOREIGN_STAGES.get(lower) or (f"{near}()" if near else "")
    return TraceQLError(f'There is no stage called "{text}".', word.at, suggestion)


def refuse_operand(cursor: Cursor, piece: Piece) -> TraceQLError:
    """Where spans, a metric in brackets or a number should begin, this stands."""
    text = piece.text
    if piece.token is Token.END:
        where = f'after "{cursor.before}"' if cursor.before else "here"
        return TraceQLError(f"Something is missing {where}.", piece.at, "{ }")
    if text == "!":
        sentence = "A whole { } cannot be negated; negate inside, or use a negated relation."
        return TraceQLError(sentence, piece.at, "{ !( … ) }")
    if piece.token is Token.WORD and text in STAGES:
        return TraceQLError(f'"{text}" is a stage: it goes after a |.', piece.at, f"| {text}()")
    if piece.token is Token.SIGN:
        return TraceQLError(f'Spans, {"{ }"}, are missing before "{text}".', piece.at, "{ }")
    is_bare = (
        piece.at == 0
        and "{" not in cursor.text
        and "|" not in cursor.text
        and any(sign in cursor.text for sign in "=<>")
    )
    suggestion = f"{{ {cursor.text.strip()} }}" if is_bare else "{ … }"
    return TraceQLError("Conditions on spans go inside { }.", piece.at, suggestion)


def refuse_after(cursor: Cursor) -> TraceQLError:
    """A query, or what is in brackets, is complete, and the next token cannot go on with it."""
    piece = cursor.peek()
    text = piece.text
    if text == "{":
        return TraceQLError("Two { } need an operator between them.", piece.at, "&&")
    if text in ("}", ")"):
        return TraceQLError(f'This "{text}" closes nothing.', piece.at)
    if piece.token is Token.WORD and text.lower() in FOREIGN_OPERATORS:
        return TraceQLError(f'"{text}" is not an operator.', piece.at, FOREIGN_OPERATORS[text.lower()])
    if piece.token is Token.WORD and text in STAGES:
        return TraceQLError(f'A "|" is missing before "{text}".', piece.at, "|")
    if text == "with":
        return TraceQLError("with () stands at the end of the whole query.", piece.at)
    return TraceQLError(f'"{text}" cannot stand here.', piece.at)
