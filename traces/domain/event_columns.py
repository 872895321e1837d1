"""The events of many spans as columns."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from traces.domain.columns import INTEGER

UNSIGNED = "Q"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventColumns:
    """Entry i of every column is of event i: it is number `ordinals[i]`, counted from 0, of the span `indexes[i]`.

    Its time, and that at which its span starts, are as sent: 0 where none was. `names[name_numbers[i]]` is its name.
    They are not `is_complete` where there are more.
    """

    indexes: "array[int]" = field(default_factory=lambda: array(INTEGER))
    ordinals: "array[int]" = field(default_factory=lambda: array(INTEGER))
    times_ns: "array[int]" = field(default_factory=lambda: array(UNSIGNED))
    span_starts_ns: "array[int]" = field(default_factory=lambda: array(UNSIGNED))
    name_numbers: "array[int]" = field(default_factory=lambda: array(INTEGER))
    names: Sequence[str] = ()
    is_complete: bool = True

    def __len__(self) -> int:
        return len(self.indexes)
