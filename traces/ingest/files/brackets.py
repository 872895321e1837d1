"""Where the objects and lists of JSON end, found in bulk: a stretch of bytes at a time, whatever it holds.

A text is jumped over, a value is not read: whether it is JSON is for the one who reads it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_QUOTE, _BACKSLASH = ord('"'), ord("\\")
_STEP = np.zeros(256, np.int8)
_STEP[[ord("{"), ord("[")]], _STEP[[ord("}"), ord("]")]] = 1, -1
_IS_MARK = _STEP != 0
_IS_MARK[_QUOTE] = True


@dataclass(frozen=True, slots=True)
class Inside:
    """Where a stretch begins: within a text, behind a backslash."""

    is_text: bool = False
    is_escaped: bool = False


@dataclass(frozen=True, slots=True)
class Brackets:
    """The brackets outside texts: where each is, and 1 for one that opens, -1 for one that closes."""

    places: NDArray[np.intp]
    steps: NDArray[np.int8]
    after: Inside


def find_brackets(stretch: bytes, before: Inside = Inside()) -> Brackets:
    """The brackets of a stretch of bytes, which need not begin or end with a value."""
    codes = np.frombuffer(stretch, np.uint8)
    is_mark = _IS_MARK[codes]
    is_escaped = _unmark_escaped(codes, is_mark, before.is_escaped) if b"\\" in stretch or before.is_escaped else False
    places = np.flatnonzero(is_mark)
    steps = _STEP[codes[places]]
    is_quote = steps == 0
    is_in_text = (np.cumsum(is_quote, dtype=np.int32) + before.is_text) & 1 == 1
    is_outside = ~(is_quote | is_in_text)
    after = Inside(bool(is_in_text[-1]) if len(places) else before.is_text, is_escaped)
    return Brackets(places[is_outside], steps[is_outside], after)


def _unmark_escaped(codes: NDArray[np.uint8], is_mark: NDArray[np.bool_], is_first_escaped: bool) -> bool:
    """Take the marks away from what follows a backslash that is not itself escaped; whether the next stretch does."""
    slashes = np.flatnonzero(codes == _BACKSLASH)
    if is_first_escaped and len(codes):
        is_mark[0] = False
        slashes = slashes[1:] if len(slashes) and slashes[0] == 0 else slashes
    if not len(slashes):
        return False
    is_first_of_run = np.diff(slashes, prepend=-2) != 1
    run_starts = np.maximum.accumulate(np.where(is_first_of_run, slashes, 0))
    escaped = slashes[(slashes - run_starts) % 2 == 0] + 1
    is_next = bool(escaped[-1] == len(codes)) if len(escaped) else False
    is_mark[escaped[:-1] if is_next else escaped] = False
    return is_next


def pair_brackets(brackets: Brackets) -> tuple[list[int], list[int]]:
    """The places of those that open, ascending, and for each where its partner is, or -1 if that is not among them.

    On its way through the levels a level is entered and left by turns: sorted by level, partners are neighbours.
    """
    is_open = brackets.steps > 0
    levels = np.cumsum(brackets.steps, dtype=np.int32) + ~is_open
    order = np.argsort(levels, kind="stable")
    ends = np.full(len(order), -1, np.intp)
    before, behind = order[:-1], order[1:]
    is_pair = is_open[before] & (levels[before] == levels[behind])
    ends[before[is_pair]] = brackets.places[behind[is_pair]]
    return brackets.places[is_open].tolist(), ends[is_open].tolist()


def find_close(brackets: Brackets, depth: int) -> tuple[int, int]:
    """Where the brackets, from `depth` open ones on, close the last, or -1; and how many are open at the end."""
    depths = np.cumsum(brackets.steps, dtype=np.int32) + depth
    closing = np.flatnonzero(depths <= 0)
    if len(closing):
        return int(brackets.places[closing[0]]), 0
    return -1, int(depths[-1]) if len(depths) else depth
