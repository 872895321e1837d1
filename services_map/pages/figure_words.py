"""How figures and their changes read in a table. Pure.

A change is told in a sign and a number, and in words for those who hear the page.
"""

from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext

from services_map.domain.statistics.comparison import Comparison, ErrorVerdict
from traces import words

#: Calls come and go by the minute: a rate that differs by less is called the same.
LEAST_RATE_CHANGE: Final = 1.1
_UNITS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Against the window before. `tone` is `worse`, `better` or empty."""

    text: str
    words: str
    tone: str = ""


def spell_rate(rate: float) -> str:
    """Calls a second: `1,204`, `12.5`, `1.25`, `0.03`, `< 0.01`, `0`."""
    if 0 < rate < 0.01:
        return "< 0.01"
    if rate >= 99.95:
        return words.count(round(rate))
    return f"{rate:.1f}" if rate >= 9.995 else f"{rate:.2f}" if rate else "0"


def spell_share(share: float | None) -> str:
    """`0 %`, `0.25 %`, `12 %`, `100 %`: never rounded to all or nothing; empty for none."""
    if share is None:
        return ""
    if 0 < share < 0.0001:
        return "< 0.01 %"
    if 0.995 <= share < 1:
        return "> 99 %"
    digits = 0 if share >= 0.0995 or not share else 1 if share >= 0.00995 else 2
    return f"{100 * share:.{digits}f} %"


def spell_least(ns: float) -> str:
    """A duration for the search form that is not above `ns`, in three digits: `4.31ms`."""
    whole = int(ns)
    size, unit = next((pair for pair in _UNITS if whole >= pair[0]), _UNITS[-1])
    step = max(1, 10 ** (len(str(whole)) - 3))
    return f"{whole // step * step / size:.12g}{unit}"


def describe_rate(found: Comparison) -> Change | None:
    """None where it may be chance, or is not worth a word."""
    ratio = found.rate_ratio
    if ratio is None or not ratio.value or ratio.low <= 1 <= ratio.high:
        return None
    if max(ratio.value, 1 / ratio.value) < LEAST_RATE_CHANGE:
        return None
    return _describe_ratio(
        ratio.value,
        gettext("%(much)s times as many calls as before"),
        gettext("%(much)s more calls than before"),
        gettext("%(much)s fewer calls than before"),
    )


def describe_errors(found: Comparison) -> Change | None:
    """In percentage points."""
    if found.error_verdict not in (ErrorVerdict.MORE, ErrorVerdict.FEWER) or found.error_difference is None:
        return None
    difference = abs(found.error_difference.value) * 100
    points = f"{difference:.0f}" if difference >= 9.95 else f"{difference:.2g}"
    if found.error_verdict is ErrorVerdict.MORE:
        return Change(
            text=f"▲ {points} pt", words=gettext("%(much)s points more than before") % {"much": points}, tone="worse"
        )
    return Change(
        text=f"▼ {points} pt", words=gettext("%(much)s points fewer than before") % {"much": points}, tone="better"
    )


def describe_percentile(found: Comparison, share: float) -> Change | None:
    """Of the percentile `share`, one of `comparison.JUDGED`."""
    change = next((change for change in found.changes if change.share == share), None)
    if change is None or change.ratio is None:
        return None
    described = _describe_ratio(
        change.ratio.value,
        gettext("%(much)s times as long as before"),
        gettext("%(much)s longer than before"),
        gettext("%(much)s shorter than before"),
    )
    return replace(described, tone="worse" if change.ratio.value > 1 else "better")


def _describe_ratio(ratio: float, times: str, more: str, less: str) -> Change:
    """`▲ ×2.4`, `▲ 23 %`, `▼ 23 %`."""
    if ratio >= 2:
        factor = f"{ratio:.1f}" if ratio < 9.95 else words.count(round(ratio))
        return Change(text=f"▲ ×{factor}", words=times % {"much": factor})
    percent = f"{abs(ratio - 1) * 100:.0f} %"
    if ratio > 1:
        return Change(text=f"▲ {percent}", words=more % {"much": percent})
    return Change(text=f"▼ {percent}", words=less % {"much": percent})


def spell_level(level_s: int) -> str:
    """What spans are counted by: one slot of it."""
    names = {
        60: gettext("the minute"),
        600: gettext("ten minutes"),
        3_600: gettext("the hour"),
        86_400: gettext("the day (UTC)"),
    }
    return names.get(level_s) or words.duration(level_s * 1_000_000_000, trim=True)
