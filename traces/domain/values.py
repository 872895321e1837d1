"""One attribute of many spans: the distinct values, and which of them each span has."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from traces.domain.attributes import AttributeValue, format_value
from traces.domain.columns import INTEGER, picker

# The number of what a span does not have.
ABSENT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """`distinct[numbers[i]]` is the value of span i, which has none where the number is ABSENT.

    Values of different types differ: 1, 1.0, true and "1" are four. None is OpenTelemetry's empty value, not ABSENT.
    """

    distinct: Sequence[AttributeValue]
    numbers: "array[int]"

    def pick(self, places: Sequence[int]) -> "Values":
        """Those of these spans (one at least), in this order."""
        return Values(distinct=self.distinct, numbers=array(INTEGER, picker(places)(self.numbers)))


class ValueBook:
    """Gives values numbers, equal ones the same; `distinct` has them by number.

    A text, or what is written as one, of more than `longest` characters is cut and ends with "…".
    """

    def __init__(self, longest: int) -> None:
        self.distinct: list[AttributeValue] = []
        self._longest = longest
        self._numbers: dict[tuple[type, str], int] = {}

    def number(self, value: AttributeValue) -> int:
        text = format_value(value)
        if len(text) > self._longest:
            value = text = f"{text[: self._longest]}…"
        number = self._numbers.setdefault((type(value), text), len(self.distinct))
        if number == len(self.distinct):
            self.distinct.append(value)
        return number
