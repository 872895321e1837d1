"""What is wrong with a query in TraceQL: a sentence, where, and what may have been meant."""

from typing import Final

from traces.domain.errors import InvalidQuery

_MOST_CHARACTERS: Final = 300


class TraceQLError(InvalidQuery):
    """The query cannot be read. `at` is the character at fault, counted from 0; at most the length of the text.

    `suggestion` is what to write instead, "" where nobody can guess; `str()` says all three.
    """

    def __init__(self, sentence: str, at: int, suggestion: str = "") -> None:
        sentence, suggestion = _cut(sentence), _cut(suggestion)
        hint = f" Try: {suggestion}" if suggestion else ""
        super().__init__(f"Character {at + 1}: {sentence}{hint}", "q")
        self.sentence = sentence
        self.at = at
        self.suggestion = suggestion


def _cut(text: str) -> str:
    """What is said repeats words of the query, which may be long."""
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


class NotEvaluatedYet(InvalidQuery):
    """The query is good TraceQL, but `node`, a part of it, is not evaluated yet."""

    def __init__(self, node: str) -> None:
        super().__init__(f"TraceQL's {node} is understood but not evaluated yet.", "q")
        self.node = node
