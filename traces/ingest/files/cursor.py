"""A place in JSON that moves forward over a file of any size, of which a window is in memory."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import BinaryIO

import orjson

from traces.ingest.files.brackets import Inside, find_brackets, find_close, pair_brackets
from traces.ingest.json_pieces import TooLargePiece

# Brackets take up to 60 times their bytes while they are paired.
WINDOW_BYTES = 512 * 1024
# What is taken as a whole: a span, a resource, a text.
MAX_PIECE_BYTES = 8 * 1024 * 1024
# Names are remembered, and none that means anything here is longer.
_MAX_NAME_BYTES = 1024
_SPACE = re.compile(rb"[ \t\r\n]*")
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[-+.0-9A-Za-z]+")
_END = -1
_CUT_OFF = "it ends in the middle of a value"
_OBJECT, _LIST, _QUOTE = ord("{"), ord("["), ord('"')


class NotJson(ValueError):
    """What stands there cannot be JSON; the text is a clause."""


class Cursor:
    """Stands before a value, or behind one, of the JSON between `start` and `end` of a file.

    `on_load` hears how far the file is read. Only what is asked for is checked to be JSON: where values end is known
    from quotes and brackets alone. Every method may raise NotJson.
    """

    def __init__(self, file: BinaryIO, start: int, end: int, on_load: Callable[[int], None] = lambda at: None) -> None:
        self._file, self._end, self._on_load = file, end, on_load
        self._at = self._base = start
        self._window = b""
        self._pairs: tuple[list[int], list[int]] | None = None

    @property
    def at(self) -> int:
        """The place in the file."""
        return self._at

    def go_to(self, at: int) -> None:
        """Stand between two values elsewhere."""
        self._at = at
        if not self._base <= at <= self._base + len(self._window):
            self._forget_window()

    def peek(self) -> int:
        """The next byte that is no space, before which the cursor stands then; -1 at the end."""
        while True:
            inside = _SPACE.match(self._window, self._at - self._base)
            here = inside.end() if inside else 0
            self._at = self._base + here
            if here < len(self._window):
                return self._window[here]
            if self._at >= self._end:
                return _END
            self._load(WINDOW_BYTES)

    def is_at_object(self) -> bool:
        return self.peek() == _OBJECT

    def is_at_list(self) -> bool:
        return self.peek() == _LIST

    def skip(self) -> None:
        """Pass over a value."""
        self.go_to(self._find_end())

    def read(self) -> bytes:
        """The next value, behind which the cursor stands then. Raises TooLargePiece beyond MAX_PIECE_BYTES."""
        end = self._find_end()
        start, base, window = self._at, self._base, self._window
        self.go_to(end)
        if end - start > MAX_PIECE_BYTES:
            raise TooLargePiece(f"it takes more than {MAX_PIECE_BYTES:,} bytes")
        if end <= base + len(window):
            return window[start - base : end - base]
        self._file.seek(start)
        return self._file.read(end - start)

    def iterate_items(self) -> Iterator[None]:
        """Stand before each value of a list in turn; one that is not taken is passed over."""
        yield from self._iterate("[", "]")

    def iterate_members(self) -> Iterator[str]:
        """Stand before each value of an object in turn, and say its name; a very long one is said to be empty."""
        for _ in self._iterate("{", "}"):
            name = self._read_name()
            here = self._at
            yield name
            if self._at == here:
                self.skip()

    def _iterate(self, opening: str, closing: str) -> Iterator[None]:
        self._take(opening)
        if self.peek() == ord(closing):
            self._at += 1
            return
        while True:
            self.peek()
            here = self._at
            yield
            if self._at == here:
                self.skip()
            if self._take(",", closing) == closing:
                return

    def _read_name(self) -> str:
        if self.peek() != _QUOTE:
            raise self._wrong("a name")
        name = self.read()
        self._take(":")
        self.peek()
        if len(name) > _MAX_NAME_BYTES:
            return ""
        try:
            return str(orjson.loads(name))
        except orjson.JSONDecodeError:
            return ""

    def _take(self, *wanted: str) -> str:
        code = self.peek()
        if code == _END or chr(code) not in wanted:
            raise self._wrong(" or ".join(f"“{each}”" for each in wanted))
        self._at += 1
        return chr(code)

    def _find_end(self) -> int:
        code = self.peek()
        if code in (_OBJECT, _LIST):
            return self._find_bracket_end()
        if code == _QUOTE:
            return self._find_match_end(_TEXT)
        return self._find_match_end(_SCALAR)

    def _find_bracket_end(self) -> int:
        opens, ends = self._pair_window()
        here = self._at - self._base
        index = bisect_left(opens, here)
        if index == len(opens) or opens[index] != here:
            raise self._wrong("a value")
        if ends[index] >= 0:
            return self._base + ends[index] + 1
        return self._scan_to_end()

    def _scan_to_end(self) -> int:
        """The end of a value that goes on behind the window, however far."""
        at, depth, inside = self._at, 0, Inside()
        self._file.seek(at)
        while stretch := self._file.read(min(WINDOW_BYTES, self._end - at)):
            self._on_load(at)
            brackets = find_brackets(stretch, inside)
            close, depth = find_close(brackets, depth)
            if close >= 0:
                return at + close + 1
            at, inside = at + len(stretch), brackets.after
        raise NotJson(_CUT_OFF)

    def _find_match_end(self, pattern: re.Pattern[bytes]) -> int:
        """The end of a text or scalar; a longer window is read where it may go on behind this one."""
        size = WINDOW_BYTES
        while True:
            found = pattern.match(self._window, self._at - self._base)
            window_end = self._base + len(self._window)
            if found and (found.end() < len(self._window) or window_end >= self._end):
                return self._base + found.end()
            if not found and pattern is _SCALAR:
                raise self._wrong("a value")
            if window_end >= self._end:
                raise NotJson(_CUT_OFF)
            if size > MAX_PIECE_BYTES:
                raise NotJson(f"a text takes more than {MAX_PIECE_BYTES:,} bytes")
            self._load(size)
            size *= 4

    def _wrong(self, wanted: str) -> NotJson:
        code = self.peek()
        if code == _END:
            return NotJson(f"it ends where {wanted} should be")
        seen = chr(code) if 32 < code < 127 else "\ufffd"
        return NotJson(f"there is “{seen}” where {wanted} should be (byte {self._at:,})")

    def _pair_window(self) -> tuple[list[int], list[int]]:
        if self._pairs is None:
            self._pairs = pair_brackets(find_brackets(self._window))
        return self._pairs

    def _load(self, size: int) -> None:
        """A window that begins where the cursor stands, which is never within a text."""
        self._forget_window()
        self._file.seek(self._at)
        self._window = self._file.read(min(size, self._end - self._at))
        if not self._window:
            self._end = self._at
        self._on_load(self._at)

    def _forget_window(self) -> None:
        self._base, self._window, self._pairs = self._at, b"", None
