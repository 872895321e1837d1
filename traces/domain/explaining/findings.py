"""What a rule has found, before anybody puts it into words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

# A clock's own unrest: a call that starts so little before the previous one ended still comes after it.
CLOCK_UNREST_NS = 50_000


class Rule(StrEnum):
    DOMINANT = "dominant"
    SLOW = "slow"
    ERROR_ORIGIN = "error-origin"
    RETRIES = "retries"
    NETWORK = "network"
    GAP = "gap"
    SKEW = "skew"
    ORPHANS = "orphans"
    N_PLUS_ONE = "n-plus-one"
    SEQUENTIAL = "sequential"
    FAN_OUT = "fan-out"


# Of most traces of some systems these are true: they are what an operation is like, not what went wrong today.
PROPERTIES = {Rule.N_PLUS_ONE, Rule.SEQUENTIAL, Rule.FAN_OUT}
QUALITY = {Rule.SKEW, Rule.ORPHANS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`row` is the span that it is about, `rows` are all that show it; each rule says what its `numbers` mean.

    Of two findings the one of the greater `weight` is said first: how much of the root's time is at stake (0 to 1), and
    what its rule adds to that.
    """

    rule: Rule
    row: int
    rows: Sequence[int]
    weight: float
    numbers: Mapping[str, int] = field(default_factory=dict)
