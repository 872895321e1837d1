"""What "find in a trace" means, which every store must answer with.

A span is found by a text in it, without regard to case: a name, a key, a string value however deep, a status message.
Numbers and booleans are found by the whole of their text, ids by a few digits in a row, bytes not at all.

A needle of ASCII looks for ASCII: it takes A for a, and nothing else. Other letters are taken as Unicode folds them
(STRASSE and straße); how a letter is composed makes a difference.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from traces.domain.attributes import Attributes, AttributeValue, format_value
from traces.domain.errors import InvalidQuery

MAX_NEEDLE_LENGTH = 400
# Fewer hexadecimal digits stand somewhere in the ids of every large trace: "500" is looked for as a number.
MIN_ID_DIGITS = 6


@dataclass(frozen=True)
class Needle:
    """What somebody looks for: `text` is folded and never empty.

    `ascii` has it as bytes if it was typed in ASCII; what became ASCII by folding still finds other letters.
    """

    text: str
    ascii: bytes | None

    @cached_property
    def is_like_an_id(self) -> bool:
        return re.fullmatch(f"[0-9a-f]{{{MIN_ID_DIGITS},32}}", self.text) is not None

    def is_in(self, text: str) -> bool:
        if self.ascii is None:
            return self.text in text.casefold()
        return self.ascii in text.encode(errors="surrogatepass").lower()

    def is_in_id(self, identifier: bytes) -> bool:
        return self.is_like_an_id and self.text in identifier.hex()

    def is_in_attributes(self, attributes: Attributes) -> bool:
        return any(self.is_in(key) or self.is_in_value(value) for key, value in attributes.items())

    def is_in_value(self, value: AttributeValue) -> bool:
        """Nesting is bounded by the parser of OTLP."""
        if isinstance(value, str):
            return self.is_in(value)
        if isinstance(value, list):
            return any(map(self.is_in_value, value))
        if isinstance(value, dict):
            return self.is_in_attributes(value)
        return isinstance(value, int | float) and format_value(value) == self.text


def parse_needle(text: str) -> Needle:
    """What was typed, without the space around it. Raises InvalidQuery."""
    text = text.strip()
    if not text:
        raise InvalidQuery("q is missing: what is to be found?", "q")
    if len(text) > MAX_NEEDLE_LENGTH:
        raise InvalidQuery(f"q has more than {MAX_NEEDLE_LENGTH} characters.", "q")
    if text.isascii():
        return Needle(text.lower(), text.lower().encode())
    return Needle(text.casefold(), None)
