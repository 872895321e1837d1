"""Regular expressions from people: RE2 only, so that no pattern can take the server down."""

from collections.abc import Callable
from functools import lru_cache

import re2

from traces.domain.errors import InvalidQuery

MAX_PATTERN_LENGTH = 1_000


@lru_cache(maxsize=64)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A whole-value RE2 match, `.` spanning lines. Raises InvalidQuery."""
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise InvalidQuery(f"A regular expression has at most {MAX_PATTERN_LENGTH:,} characters.", "regex")
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as problem:
        raise InvalidQuery(f"“{pattern}” is not a regular expression: {_text_of(problem)}.", "regex") from None
    return lambda text: compiled.fullmatch(text) is not None


def _text_of(problem: Exception) -> str:
    detail = problem.args[0] if problem.args else "it cannot be read"
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
