"""How traces that begin with an operation are sampled where the load decides: what is known of each operation.

docs/adr/0017 says how a probability follows the load, `following` does it.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

#: Names of operations that a service is told, so that with the rest they are as many as a Go client keeps apart.
MAX_OPERATIONS: Final = 255
#: The rest of a service's operations may send as much as so many operations.
OTHERS_TARGETS: Final = 32
#: While its traces fail an operation may send up to so many times its target.
MOST_BOOST: Final = 4.0
LEAST_PROBABILITY: Final = 1e-5
#: The name of all operations of a service that have none of their own.
OTHERS: Final = ""


class Reason(IntEnum):
    """Why an operation has its probability."""

    #: It was seen for the first time: it begins with what all others of its service are told.
    NEW = 0
    #: It sends about as much as it shall.
    ON_TARGET = 1
    #: It sends more, or less, than it shall, and was told another probability for that.
    LOWERED = 2
    RAISED = 3
    #: All of its traces are sent, and they are less than it may send.
    ALL_SENT = 4
    #: It may send more than usual, because many of its traces fail.
    FAILING = 5
    #: Nothing of it came lately.
    QUIET = 6
    #: It sends more than it shall at the least probability: its processes do not ask, or are very many.
    UNHEEDED = 7
    #: It stands for the operations of a service that have no probability of their own.
    OTHERS = 8
    #: It sends more, or less, than it shall, but that may be chance, or what it was told last is not followed yet.
    UNCERTAIN = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an operation is told from a moment on, in seconds since 1970."""

    since_s: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What is known of the traces that begin with an operation; `operation` is OTHERS for all that have no entry.

    `arriving_per_second` is how many there seem to be, `sent_per_second` how many came, `target_per_second` how many
    shall: over the last time in which it could be measured. An operation that is QUIET keeps what was measured last.
    """

    service: str
    operation: str
    arriving_per_second: float
    sent_per_second: float
    target_per_second: float
    error_share: float
    reason: Reason
    #: What it was told, as far back as that matters, the oldest first; never empty.
    told: tuple[Told, ...]
    #: The end of the last minute in which something of it came, in seconds since 1970; 0 if nothing ever did.
    seen_s: int
    measured_s: int

    @property
    def probability(self) -> float:
        return self.told[-1].probability

    @property
    def changed_s(self) -> int:
        return self.told[-1].since_s
