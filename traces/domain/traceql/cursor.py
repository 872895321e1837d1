"""Where in the text the parser is, and what it may not exceed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.lexer import Piece, Token, read_pieces
from traces.domain.traceql.words import FOREIGN_SIGNS

MAX_CHARACTERS: Final = 8_192
MAX_DEPTH: Final = 64
MAX_ATOMS: Final = 256
MAX_PATTERNS: Final = 32


class Cursor:
    """The tokens of a text, one after the other, and how much was read. What is too much raises TraceQLError."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARACTERS:
            raise TraceQLError(f"A query has at most {MAX_CHARACTERS:,} characters.", MAX_CHARACTERS)
        try:
            text.encode()
        except UnicodeEncodeError as problem:
            raise TraceQLError("This is half a character.", problem.start) from None
        self.text = text
        self._pieces = read_pieces(text)
        self._next = next(self._pieces)
        self._after: Piece | None = None
        self._before: Piece | None = None
        self._depth = 0
        self._atoms = 0
        self._patterns = 0

    def peek(self) -> Piece:
        """The next token, which is not WRONG."""
        piece = self._next
        if piece.problem:
            raise piece.problem
        if piece.token is Token.SIGN and piece.text in FOREIGN_SIGNS:
            raise TraceQLError(f'"{piece.text}" is not an operator.', piece.at, FOREIGN_SIGNS[piece.text])
        return piece

    @property
    def before(self) -> str:
        """The token before as it was written; "" at the beginning."""
        return self._before.text if self._before else ""

    @property
    def end(self) -> int:
        """Where the token before ends."""
        return self._before.end if self._before else 0

    def take(self) -> Piece:
        piece = self.peek()
        if piece.token is not Token.END:
            self._before = piece
            self._next = self._look_behind()
            self._after = None
        return piece

    def _look_behind(self) -> Piece:
        """The token behind the next one; END is the last."""
        self._after = self._after or next(self._pieces, self._next)
        return self._after

    def is_at(self, *signs: str) -> bool:
        return self.peek().token is Token.SIGN and self.peek().text in signs

    def is_at_word(self, *words: str) -> bool:
        return self.peek().token is Token.WORD and self.peek().text in words

    def take_if(self, sign: str) -> Piece | None:
        return self.take() if self.is_at(sign) else None

    def follows(self, sign: str) -> bool:
        """Whether that sign stands behind the next token."""
        after = self._look_behind()
        return after.token is Token.SIGN and after.text == sign

    def count_atom(self, at: int) -> None:
        self._atoms += 1
        if self._atoms > MAX_ATOMS:
            raise TraceQLError(f"A query has at most {MAX_ATOMS} conditions and stages.", at)

    def count_pattern(self, at: int) -> None:
        self._patterns += 1
        if self._patterns > MAX_PATTERNS:
            raise TraceQLError(f"A query has at most {MAX_PATTERNS} regular expressions.", at)

    @contextmanager
    def deeper(self, at: int, levels: int = 1) -> Iterator[None]:
        """So many levels further in."""
        if self._depth + levels > MAX_DEPTH:
            raise refuse_depth(at)
        self._depth += levels
        yield
        self._depth -= levels


def refuse_depth(at: int) -> TraceQLError:
    return TraceQLError(f"This is nested more than {MAX_DEPTH} levels deep.", at)
