"""Regular expressions from people: RE2 only, so that no pattern can take the server down."""

from collections.abc import Callable
from functools import lru_cache

import re2

from traces.domain.deadline import check_time
from traces.domain.errors import InvalidQuery

MAX_PATTERN_LENGTH = 1_000
# RE2's instructions; `[0-9a-f]{32}` has 34, a letter of any alphabet some 600.
MAX_PATTERN_STEPS = 10_000
# With so much memory it gives up after hundredths of a second on a pattern that is far too large.
_SKETCH_BYTES = 1024 * 1024
# The worst that was measured: without room for its states RE2 looks at every instruction for each byte.
_SECONDS_A_STEP = 1.5e-8
# What takes less than a millisecond even so needs no look at the clock.
_QUICK_STEPS = 60_000


@lru_cache(maxsize=64)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A whole-value RE2 match, `.` spanning lines. Raises InvalidQuery.

    A match cannot be interrupted: one that could outlast the time its thread has left raises TimeLimitReached.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise InvalidQuery(f"A regular expression has at most {MAX_PATTERN_LENGTH:,} characters.", "regex")
    try:
        steps = re2.compile(pattern, _options(_SKETCH_BYTES)).programsize
        compiled = re2.compile(pattern, _options())
    except re2.error as problem:
        raise InvalidQuery(f"“{pattern}” is not a regular expression: {_text_of(problem)}.", "regex") from None
    if steps > MAX_PATTERN_STEPS:
        raise InvalidQuery(f"“{pattern}” is too large: it repeats too much.", "regex")

    def is_match(text: str) -> bool:
        if steps * len(text) > _QUICK_STEPS:
            check_time(steps * len(text) * _SECONDS_A_STEP)
        return compiled.fullmatch(text) is not None

    return is_match


def _options(max_bytes: int = 0) -> "re2.Options":
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = max_bytes or options.max_mem
    return options


def _text_of(problem: Exception) -> str:
    detail = problem.args[0] if problem.args else "it cannot be read"
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
