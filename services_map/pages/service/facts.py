"""The figures at the head of a service's page as words: each with its interval and its change. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext, ngettext

from services_map.domain.latency.buckets import buckets_of, lower_ns
from services_map.domain.statistics.comparison import JUDGED, Comparison, Side, compare
from services_map.domain.statistics.intervals import Estimate, Interval
from services_map.domain.summary import Figures
from services_map.pages.figure_words import (
    Change,
    describe_errors,
    describe_percentile,
    describe_rate,
    spell_least,
    spell_rate,
    spell_share,
)
from services_map.pages.service.asked import Asked
from services_map.windows import WindowForm
from traces.words import count, duration

# `280 ms`, `< 0.01 %`, `1.2/s`; not `1 m 12 s`, which has two units.
_NUMBER = re.compile(r"(?P<number>(?:[<>] )?[\d.,]+)(?P<unit>\D*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`range` is where the true value lies, in 95 of 100 such windows; `note` says more of it."""

    label: str
    value: str
    range: str
    note: str
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where one goes on from here."""

    label: str
    address: str


def list_doors(asked: Asked, form: WindowForm, figures: Figures) -> list[Door]:
    """Traces, the slow and the failed ones if there are any, the map, the comparison, what it is told to sample."""
    doors = [Door(label=gettext("Traces"), address=asked.search(form))]
    if figures.p95_ns is not None:
        # The bucket of p95 has spans that are shorter than what stands for it.
        least_ns = lower_ns(int(buckets_of(np.array([round(figures.p95_ns)]))[0]))
        doors.append(Door(label=gettext("Slow traces"), address=asked.search(form, minDuration=spell_least(least_ns))))
    if figures.failed.count:
        doors.append(Door(label=gettext("Failed traces"), address=asked.search(form, status="error")))
    doors.append(Door(label=gettext("Map"), address=asked.map(form)))
    doors.append(Door(label=gettext("Compare"), address=asked.compare(form)))
    doors.append(Door(label=gettext("Sampling"), address=asked.sampling(form)))
    return doors


def compare_windows(figures: Figures, before: Figures) -> Comparison:
    """A window with the one before it."""
    return compare(_side(figures), _side(before), JUDGED)


def _side(figures: Figures) -> Side:
    return Side(durations=figures.durations, failed=figures.failed, seconds=figures.seconds)


def list_facts(figures: Figures, before: Figures) -> list[Fact]:
    """Rate, error share and percentiles of a window; nothing of one without calls."""
    found = compare_windows(figures, before)
    rate, errors, still = found.rates[0], found.errors[0], _say_no_change(found)
    spell = _choose_rate_unit(rate.value)
    if errors is None:
        return []
    return [
        Fact(
            label=gettext("Calls"),
            value=spell(rate.value),
            range=_spell_range(rate, spell),
            note=gettext("%(number)s in all") % {"number": count(round(figures.weight))},
            change=describe_rate(found) or still,
        ),
        Fact(
            label=gettext("Failed"),
            value=spell_share(errors.value),
            range=_spell_range(errors, spell_share),
            note=ngettext("%(number)s call", "%(number)s calls", round(figures.failed.weight))
            % {"number": count(round(figures.failed.weight))},
            change=describe_errors(found) or still,
        ),
        *(
            Fact(
                label=f"p{100 * percentile.share:g}",
                value=duration(round(percentile.a.value_ns)),
                range=spell_interval(percentile.a.interval),
                note="" if percentile.a.interval.is_reliable else gettext("few spans"),
                change=describe_percentile(found, percentile.share) or still,
            )
            for percentile in found.percentiles
            if percentile.a
        ),
    ]


def _choose_rate_unit(rate: float) -> Callable[[float], str]:
    """By the second, the minute or the hour: where a call comes now and then, `2.50/min` says more than `0.04/s`."""
    units = ((1, "/s"), (60, "/min"), (3_600, "/h"))
    seconds, unit = next((pair for pair in units if rate * pair[0] >= 0.1), units[-1])
    return lambda value: f"{spell_rate(value * seconds)}{unit}"


def _say_no_change(found: Comparison) -> Change:
    """Why nothing is said to have changed."""
    if not found.b.durations.count:
        text = gettext("nothing before")
    elif found.a.is_enough and found.b.is_enough:
        text = gettext("no clear change")
    else:
        text = gettext("too few to compare")
    return Change(text=text, words=text)


def _spell_range(estimate: Estimate, spell: Callable[[float], str]) -> str:
    return join_range(spell(estimate.low), spell(estimate.high))


def spell_interval(interval: Interval) -> str:
    """`280 – 340 ms`; `≥ 280 ms` where the spans are too few to say how long at most."""
    low = duration(interval.low_ns)
    return f"≥ {low}" if interval.high_ns is None else join_range(low, duration(interval.high_ns))


def join_range(low: str, high: str) -> str:
    """`280 – 340 ms`, `1.2 – 3.4/s`: a unit that both have is said once; `≥ 2` stays as it is."""
    parts = [_NUMBER.fullmatch(text) for text in (low, high)]
    if parts[0] and parts[1] and parts[0]["unit"] == parts[1]["unit"]:
        return f"{parts[0]['number']} – {high}"
    return f"{low} – {high}"
