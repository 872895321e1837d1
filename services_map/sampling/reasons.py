"""Why an operation has its probability, in a sentence."""

from typing import Final

from django.utils.translation import gettext, gettext_noop

from services_map.domain.sampling.adaptive import Reason, Sampled

SENTENCES: Final = {
    Reason.NEW: gettext_noop("It is new: it begins with what all other operations of its service are told."),
    Reason.ON_TARGET: gettext_noop("It sends %(sent)s traces a second, about the %(target)s that it shall."),
    Reason.LOWERED: gettext_noop(
        "About %(arriving)s traces a second begin with it: it was lowered, so that it sends %(target)s of them."
    ),
    Reason.RAISED: gettext_noop(
        "About %(arriving)s traces a second begin with it: it was raised, so that it sends %(target)s of them."
    ),
    Reason.ALL_SENT: gettext_noop(
        "All of its traces are sent: %(arriving)s a second, which is no more than the %(target)s that it may send."
    ),
    Reason.FAILING: gettext_noop("%(errors)s of its traces fail: meanwhile it may send %(target)s traces a second."),
    Reason.QUIET: gettext_noop(
        "Nothing of it came lately: it keeps about what it had when it sent %(sent)s traces a second."
    ),
    Reason.UNHEEDED: gettext_noop(
        "It sends %(sent)s traces a second instead of %(target)s although it is told to send next to nothing: its"
        " processes do not ask, or there are so many that what each sends at least is more."
    ),
    Reason.OTHERS: gettext_noop(
        "What operations without a probability of their own are told: if all %(arriving)s traces a second of the"
        " service came under new names, they would send %(target)s."
    ),
    Reason.UNCERTAIN: gettext_noop(
        "It sends %(sent)s traces a second instead of %(target)s: that may be chance, or it does not follow yet what it"
        " was told last."
    ),
}


def explain(each: Sampled) -> str:
    """A sentence, or two."""
    return gettext(SENTENCES[each.reason]) % {
        "arriving": _spell(each.arriving_per_second),
        "sent": _spell(each.sent_per_second),
        "target": _spell(each.target_per_second),
        "errors": f"{100 * each.error_share:.0f} %",
    }


def _spell(rate: float) -> str:
    """Two digits that count: `1,200`, `12`, `1.2`, `0.0012`."""
    rounded = float(f"{rate:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:.4f}".rstrip("0").rstrip(".")
