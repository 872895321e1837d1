"""What a comparison says in words. Pure."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext, ngettext

from traces.comparing.shown import Shown
from traces.domain.comparison.alignment import Alignment
from traces.domain.comparison.contributions import Change, Contribution
from traces.domain.comparison.spread import Spread
from traces.domain.span import Operation
from traces.words import count, duration, exact, named, offset

#: Differences below this share of the shorter trace are none to speak of.
_TRIFLE: Final = 0.01
_MOST_PARTS: Final = 3
#: A part that is smaller than this share of the largest is elsewhere.
_LEAST_PART: Final = 0.1


def name_operation(operation: Operation) -> str:
    """`payment › POST /charge`"""
    return f"{named(operation.service.name)} › {named(operation.name)}"


def say_difference(a_ns: int, b_ns: int) -> str:
    """How long B takes beside A."""
    said = {"by": duration(abs(b_ns - a_ns)), "a": duration(a_ns), "b": duration(b_ns)}
    if abs(b_ns - a_ns) <= _TRIFLE * min(a_ns, b_ns):
        return gettext("B takes about as long as A: %(b)s beside %(a)s") % said
    said["ratio"] = f" (×{b_ns / a_ns:.3g})" if a_ns else ""
    if b_ns > a_ns:
        return gettext("B is %(by)s slower: %(b)s instead of %(a)s%(ratio)s") % said
    return gettext("B is %(by)s faster: %(b)s instead of %(a)s%(ratio)s") % said


def tone_of(a_ns: int, b_ns: int) -> str:
    """`worse`, `better`, or empty where the difference is none to speak of."""
    if abs(b_ns - a_ns) <= _TRIFLE * min(a_ns, b_ns):
        return ""
    return "worse" if b_ns > a_ns else "better"


def list_parts(alignment: Alignment, contributions: Sequence[Contribution], delta_ns: int) -> list[Shown]:
    """The largest contributions, with the addresses of their lines, and the rest: they add up to the difference."""
    parts, rest_ns = [], delta_ns
    for number, each in enumerate(contributions[:_MOST_PARTS], 1):
        if abs(each.delta_ns) < max(1, _LEAST_PART * abs(contributions[0].delta_ns)):
            break
        rest_ns -= each.delta_ns
        text = f"{offset(each.delta_ns)} {_say_part(each, name_operation(alignment.operation(each.place)))}"
        parts.append(Shown(text=text, address=f"#part-{number}", title=exact(each.delta_ns)))
    if parts and rest_ns:
        text = gettext("%(time)s elsewhere") % {"time": offset(rest_ns)}
        parts.append(Shown(text=text, address="#parts", title=exact(rest_ns)))
    return parts


def _say_part(part: Contribution, operation: str) -> str:
    if part.change in (Change.SLOWER, Change.FASTER):
        return operation
    return f"{say_change(part)}: {operation}"


def say_change(part: Contribution) -> str:
    """`slower`, `2 more calls`, `12 calls only in B`"""
    said = {"calls": count(part.call_count)}
    if part.change is Change.SLOWER:
        return gettext("slower")
    if part.change is Change.FASTER:
        return gettext("faster")
    # In one place, below different calls, there may be more here and fewer there.
    is_all_of_it = abs(part.calls_b - part.calls_a) == part.call_count
    if part.change is Change.ADDED:
        if part.calls_a and is_all_of_it:
            return ngettext("%(calls)s more call", "%(calls)s more calls", part.call_count) % said
        return ngettext("only in B", "%(calls)s calls only in B", part.call_count) % said
    if part.calls_b and is_all_of_it:
        return ngettext("%(calls)s call fewer", "%(calls)s calls fewer", part.call_count) % said
    return ngettext("only in A", "%(calls)s calls only in A", part.call_count) % said


def say_counts(calls_a: int, calls_b: int) -> str:
    """`expected 1 call, got 12`"""
    expected = ngettext("expected %(calls)s call", "expected %(calls)s calls", calls_a) % {"calls": count(calls_a)}
    if not calls_a:
        expected = gettext("expected none")
    return gettext("%(expected)s, got %(got)s") % {
        "expected": expected,
        "got": count(calls_b) if calls_b else gettext("none"),
    }


def say_errors(errors_b: int) -> str:
    """Of as many calls, how many fail in B."""
    if not errors_b:
        return gettext("as many calls, none fails")
    return ngettext("as many calls, %(failed)s fails", "as many calls, %(failed)s fail", errors_b) % {
        "failed": count(errors_b)
    }


def say_spread(spread: Spread) -> str:
    """What is usual of an operation."""
    return gettext("p50 %(p50)s, p95 %(p95)s of %(count)s") % {
        "p50": duration(round(spread.p50_ns)),
        "p95": duration(round(spread.p95_ns)),
        "count": count(spread.span_count),
    }


def say_root_spread(spread: Spread) -> str:
    """Whether two traces differ by more than such traces usually do."""
    said = {"usual": say_spread(spread)}
    if spread.exceeds:
        return gettext("That is more than the operation usually varies (%(usual)s like it in the day before).") % said
    return gettext("That is no more than the operation usually varies (%(usual)s like it in the day before).") % said


def say_failures(errors_a: int, errors_b: int) -> str:
    """Where one fails and the other does not: to fail is often faster. Empty otherwise."""
    if bool(errors_a) == bool(errors_b):
        return ""
    name, other = ("B", "A") if errors_b else ("A", "B")
    return ngettext(
        "%(name)s has %(shown)s failed span, %(other)s has none.",
        "%(name)s has %(shown)s failed spans, %(other)s has none.",
        errors_a or errors_b,
    ) % {"name": name, "shown": count(errors_a or errors_b), "other": other}


def say_different_roots(a: Operation, b: Operation) -> str:
    """Empty where both are of one operation."""
    if (a.service.name, a.name) == (b.service.name, b.name):
        return ""
    return gettext(
        "They have no root in common: A begins with %(a)s, B with %(b)s. "
        "These two are laid over each other all the same; below them only what is alike can be matched."
    ) % {"a": name_operation(a), "b": name_operation(b)}
