"""Why an operation has its probability, in a sentence."""

from typing import Final

from django.utils.translation import gettext, gettext_noop

from services_map.domain.sampling.adaptive import Reason, Sampled
from services_map.domain.sampling.words import say_traces_a_second

SENTENCES: Final = {
    Reason.NEW: gettext_noop("It is new, and begins with what the other operations of its service are told."),
    Reason.ON_TARGET: gettext_noop("It sends %(sent)s, which is about its target of %(target)s."),
    Reason.LOWERED: gettext_noop("It begins about %(arriving)s: its share was lowered to send %(target)s a second."),
    Reason.RAISED: gettext_noop("It begins about %(arriving)s: its share was raised to send %(target)s a second."),
    Reason.ALL_SENT: gettext_noop("All it begins is sent: %(arriving)s, no more than its target of %(target)s."),
    Reason.FAILING: gettext_noop("%(errors)s of its traces fail, so for now it may send %(target_traces)s."),
    Reason.QUIET: gettext_noop("Nothing of it came lately: it keeps about the share it had when it sent %(sent)s."),
    Reason.UNHEEDED: gettext_noop(
        "It sends %(sent)s instead of %(target)s, although it is told to send next to nothing: either its processes"
        " do not ask, or there are so many of them that the least which each sends is more than that."
    ),
    Reason.OTHERS: gettext_noop(
        "For operations without a share of their own: if all that its service begins, %(arriving)s, came under new"
        " names, these would send %(target)s a second."
    ),
    Reason.UNCERTAIN: gettext_noop(
        "It sends %(sent)s instead of %(target)s: that may be chance, or it has yet to follow what it was told last."
    ),
}

_ALL_SENT_OF_MORE: Final = gettext_noop(
    "All it begins is sent: %(arriving)s, which is not clearly more than its target of %(target)s."
)


def explain(each: Sampled) -> str:
    """A sentence, or two."""
    target = _spell(each.target_per_second)
    is_more = each.reason is Reason.ALL_SENT and each.arriving_per_second > each.target_per_second
    return gettext(_ALL_SENT_OF_MORE if is_more else SENTENCES[each.reason]) % {
        "arriving": say_traces_a_second(_spell(each.arriving_per_second)),
        "sent": say_traces_a_second(_spell(each.sent_per_second)),
        "target": target,
        "target_traces": say_traces_a_second(target),
        "errors": f"{100 * each.error_share:.0f} %",
    }


def _spell(rate: float) -> str:
    """Two digits that count: `1,200`, `12`, `1.2`, `0.0012`."""
    rounded = float(f"{rate:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:.4f}".rstrip("0").rstrip(".")
