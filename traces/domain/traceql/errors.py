"""What is wrong with a query in TraceQL: a sentence, where, and what may have been meant."""

from traces.domain.errors import InvalidQuery


class TraceQLError(InvalidQuery):
    """The query cannot be read. `at` is the character at fault, counted from 0; at most the length of the text.

    `suggestion` is what to write instead, "" where nobody can guess; `str()` says all three.
    """

    def __init__(self, sentence: str, at: int, suggestion: str = "") -> None:
        hint = f" Try: {suggestion}" if suggestion else ""
        super().__init__(f"Character {at + 1}: {sentence}{hint}", "q")
        self.sentence = sentence
        self.at = at
        self.suggestion = suggestion


class NotEvaluatedYet(InvalidQuery):
    """The query is good TraceQL, but `node`, a part of it, is not evaluated yet."""

    def __init__(self, node: str) -> None:
        super().__init__(f"TraceQL's {node} is understood but not evaluated yet.", "q")
        self.node = node
