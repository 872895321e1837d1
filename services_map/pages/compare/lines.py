"""A comparison as sentences and as the lines of a table. Pure."""

from dataclasses import dataclass
from typing import Final, TypeVar

from django.utils.translation import gettext

from services_map.domain.statistics.comparison import (
    LEAST_SPANS,
    Comparison,
    ErrorVerdict,
    PercentileChange,
    Side,
    Verdict,
)
from services_map.domain.statistics.intervals import LEAST_EFFECTIVE, Percentile, effective_count
from services_map.pages import words
from services_map.pages.compare.comparing import Part
from services_map.pages.figure_words import spell_least
from traces.words import count, duration

T = TypeVar("T")

WORSE: Final = "worse"
BETTER: Final = "better"
#: `max` of a histogram is up to 2 % above the longest call; a search from below it finds that one.
_BELOW_MAX: Final = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A figure, and the address of the traces behind it ("": there are none)."""

    text: str
    address: str = ""

    @property
    def value(self) -> str:
        """Of `412 ms (398–431)` the part before the interval."""
        return self.text.partition(" (")[0]

    @property
    def between(self) -> str:
        """The interval with its brackets; empty where there is none."""
        return self.text[len(self.value) + 1 :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A figure of both sides, and how they differ. `tone` is WORSE, BETTER or empty: `said` says it in a word."""

    label: str
    a: Shown
    b: Shown
    change: Shown
    tone: str = ""
    said: str = ""

    @property
    def sides(self) -> tuple[Shown, Shown]:
        return self.a, self.b


def say_durations(found: Comparison, b: str) -> str:
    """The verdict in a sentence; `b` is how the other side is called."""
    if found.verdict is Verdict.TOO_FEW:
        return _say_too_few(found)
    if found.verdict is Verdict.NO_DIFFERENCE:
        return gettext("No difference to %(other)s in how long calls take that could not be chance.") % {"other": b}
    said = {"other": b, "change": _say_change(found.changes[0])}
    if found.verdict is Verdict.SLOWER:
        return gettext("Slower than %(other)s: %(change)s.") % said
    if found.verdict is Verdict.FASTER:
        return gettext("Faster than %(other)s: %(change)s.") % said
    slower = next(change for change in found.changes if change.ratio and change.ratio.value > 1)
    faster = next(change for change in found.changes if change.ratio and change.ratio.value < 1)
    return gettext("Both slower and faster than %(other)s: %(slower)s, but %(faster)s.") % {
        "other": b,
        "slower": _say_change(slower),
        "faster": _say_change(faster),
    }


def _say_too_few(found: Comparison) -> str:
    if not found.a.durations.count or not found.b.durations.count:
        return gettext("Nothing to compare: there are no calls on one side.")
    return gettext("Too few calls for a verdict: %(a)s and %(b)s. It takes %(least)s on both sides.") % {
        "a": _say_count(found.a),
        "b": _say_count(found.b),
        "least": LEAST_EFFECTIVE if found.a.durations.is_weighted or found.b.durations.is_weighted else LEAST_SPANS,
    }


def _say_count(side: Side) -> str:
    if not side.durations.is_weighted:
        return count(side.durations.count)
    return gettext("%(count)s sampled, worth %(worth)s") % {
        "count": count(side.durations.count),
        "worth": count(int(effective_count(side.durations))),
    }


def _say_change(change: PercentileChange) -> str:
    """`p95 is 412 ms instead of 300 ms, ×1.37 (1.22–1.51)`"""
    return gettext("%(name)s is %(a)s instead of %(b)s, %(ratio)s") % {
        "name": name_share(change.share),
        "a": _say_value(change.a),
        "b": _say_value(change.b),
        "ratio": words.ratio(change.ratio),
    }


def _say_value(found: Percentile | None) -> str:
    """Where the interval is open, only what is known: `≥ 1.20 s`."""
    if found is None or found.interval.high_ns is None:
        return words.percentile(found)
    return duration(round(found.value_ns))


def say_errors(found: Comparison) -> str:
    """The verdict on errors in a sentence; empty where there are none, or too few calls."""
    a, b = found.errors
    if a is None or b is None or found.error_verdict is ErrorVerdict.TOO_FEW or not a.value + b.value:
        return ""
    if found.error_verdict is ErrorVerdict.NO_DIFFERENCE:
        return gettext("As many errors: the share that fails differs by no more than chance may, or by a trifle.")
    said = {
        "a": words.percent(a.value),
        "b": words.percent(b.value),
        "points": words.difference(found.error_difference),
    }
    if found.error_verdict is ErrorVerdict.MORE:
        return gettext("More errors: %(a)s of calls fail instead of %(b)s, %(points)s.") % said
    return gettext("Fewer errors: %(a)s of calls fail instead of %(b)s, %(points)s.") % said


def say_pairs(found: Comparison, a: str, b: str) -> str:
    """How often a call of A is the slower one; empty without calls."""
    if found.ranks is None or found.verdict is Verdict.TOO_FEW:
        return ""
    return gettext(
        "Of one call from %(a)s and one from %(b)s, that from %(a)s is the slower in %(cases)s of 100 cases; "
        "50 would be no difference."
    ) % {"a": a, "b": b, "cases": f"{100 * found.ranks.theta:.0f}"}


def list_lines(found: Comparison, a: Part, b: Part) -> list[Line]:
    """Rate, errors, percentiles and the longest call."""
    return [_rate(found, a, b), _errors(found, a, b), *_percentiles(found, a, b), _longest(found, a, b)]


def _rate(found: Comparison, a: Part, b: Part) -> Line:
    shown = [
        Shown(text=words.rate(rate), address=part.search() if side.durations.count else "")
        for rate, side, part in _sides(found, found.rates, a, b)
    ]
    return Line(label=gettext("Calls"), a=shown[0], b=shown[1], change=Shown(text=words.ratio(found.rate_ratio)))


def _errors(found: Comparison, a: Part, b: Part) -> Line:
    shown = [
        Shown(text=words.share(share), address=part.search(status="error") if side.failed.count else "")
        for share, side, part in _sides(found, found.errors, a, b)
    ]
    tone, said = {
        ErrorVerdict.MORE: (WORSE, gettext("more errors")),
        ErrorVerdict.FEWER: (BETTER, gettext("fewer errors")),
    }.get(found.error_verdict, ("", ""))
    change = Shown(text=words.difference(found.error_difference))
    return Line(label=gettext("Errors"), a=shown[0], b=shown[1], change=change, tone=tone, said=said)


def _percentiles(found: Comparison, a: Part, b: Part) -> list[Line]:
    tones = {change.share: _tone(change) for change in found.changes}
    lines = []
    for change in found.percentiles:
        tone, said = tones.get(change.share, ("", ""))
        shown = _percentile(change.a, a), _percentile(change.b, b)
        ratio = Shown(text=words.ratio(change.ratio))
        lines.append(Line(label=name_share(change.share), a=shown[0], b=shown[1], change=ratio, tone=tone, said=said))
    return lines


def _tone(change: PercentileChange) -> tuple[str, str]:
    is_slower = change.ratio is not None and change.ratio.value > 1
    return (WORSE, gettext("slower")) if is_slower else (BETTER, gettext("faster"))


def _percentile(found: Percentile | None, part: Part) -> Shown:
    address = part.search(minDuration=spell_least(found.value_ns)) if found else ""
    return Shown(text=words.percentile(found), address=address)


def _longest(found: Comparison, a: Part, b: Part) -> Line:
    shown = []
    for longest_ns, part in ((found.a.durations.max_ns, a), (found.b.durations.max_ns, b)):
        address = "" if longest_ns is None else part.search(minDuration=spell_least(longest_ns * _BELOW_MAX))
        shown.append(Shown(text=words.NOTHING if longest_ns is None else duration(longest_ns), address=address))
    # The longest of more calls is longer: a ratio would say nothing.
    return Line(label=gettext("Longest"), a=shown[0], b=shown[1], change=Shown(text=words.NOTHING))


def _sides(found: Comparison, figures: tuple[T, T], a: Part, b: Part) -> tuple[tuple[T, Side, Part], ...]:
    return (figures[0], found.a, a), (figures[1], found.b, b)


def name_share(share: float) -> str:
    """`p95`"""
    return f"p{100 * share:g}"


def name_verdict(found: Comparison) -> tuple[str, str]:
    """A word or two for a line of a list, and a tone."""
    said = {
        Verdict.SLOWER: gettext("slower"),
        Verdict.FASTER: gettext("faster"),
        Verdict.MIXED: gettext("slower and faster"),
    }.get(found.verdict)
    errors = {ErrorVerdict.MORE: gettext("more errors"), ErrorVerdict.FEWER: gettext("fewer errors")}.get(
        found.error_verdict
    )
    if not said and not errors:
        return gettext("too few") if found.verdict is Verdict.TOO_FEW else gettext("no difference"), ""
    return ", ".join(word for word in (said, errors) if word), _tone_of(found)


def _tone_of(found: Comparison) -> str:
    if found.verdict is Verdict.SLOWER or found.error_verdict is ErrorVerdict.MORE:
        return WORSE
    return "" if found.verdict is Verdict.MIXED else BETTER
