"""How the probability of one operation follows its load, minute by minute.

What came was sampled with a probability that is known within bounds only: processes ask once a minute, so for a while
after a change some follow it and some do not. The probability is changed only where chance and these bounds together
leave no doubt. It needs no waiting times, and nothing is decided twice because its effect is not seen yet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from services_map.domain.sampling.adaptive import LEAST_PROBABILITY, MOST_BOOST, Reason, Sampled, Told
from services_map.domain.statistics.intervals import byar, wilson

#: So many minutes are looked at.
MINUTES: Final = 16
MINUTE_S: Final = 60
#: Until a process follows what it is told: it asks every minute, and an answer may be some seconds old.
FOLLOWED_AFTER_S: Final = 75
#: In one step a probability becomes so many times as high, or so many times as low, at most.
MOST_RAISED: Final = 4.0
MOST_LOWERED: Final = 16.0
#: While nothing comes of an operation it is raised so far that, came all of it again, so many times its target came.
QUIET_HEADROOM: Final = 4.0
#: Standard deviations that chance is granted.
_CHANCE: Final = 2.0
#: By so much a rate may differ over a minute; the longer the time, the less: over 16 minutes by a quarter of that.
_TOLERANCE: Final = 0.6
_SPANS: Final = (1, 2, 4, 8, 16)
#: Shares of failed traces at which the target begins to be raised, and from which on it is raised no more.
_FEW_ERRORS: Final = 0.02
_MANY_ERRORS: Final = 0.25
_ERROR_MINUTES: Final = 5
#: Where so many traces should have come, none comes by chance one time in a thousand.
_MISSED: Final = 7.0
#: Who sends nothing for so many minutes after a trace has not just begun.
_RARE_MINUTES: Final = 4
#: A rate told to people is of the shortest time with so many traces in it.
_ENOUGH_TRACES: Final = 100
_NOTEWORTHY_BOOST: Final = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Traces that came of an operation, and those that failed, by minute: `sent[-1]` are of the minute before `end_s`.

    The traces of an operation that takes long come late: for it the last minutes are left out.
    """

    sent: Sequence[int]
    failed: Sequence[int]
    end_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What came in the last minutes: traces, and how many seconds of all traces they are worth at least and at most."""

    minutes: int
    sent: int
    low_s: float
    high_s: float

    @property
    def sent_per_second(self) -> float:
        return self.sent / (self.minutes * MINUTE_S)

    @property
    def arriving_per_second(self) -> float:
        return self.sent / math.sqrt(self.low_s * self.high_s)

    @property
    def least(self) -> float:
        """Traces that there were a second, at least."""
        return byar(self.sent, -_CHANCE) / self.high_s

    @property
    def most(self) -> float:
        return byar(self.sent + 1, _CHANCE) / self.low_s

    @property
    def tolerance(self) -> float:
        return _TOLERANCE / math.sqrt(self.minutes)


def follow(known: Sampled, load: Load, target_per_second: float, now_s: int) -> Sampled:
    """What is known of an operation after a look at its load. `target_per_second` is what it shall send usually."""
    known = forget(known, load.end_s, now_s)
    if not any(load.sent):
        return _be_quiet(known, target_per_second, now_s)
    if known.probability < 1 and _has_stopped(known, load):
        return replace(known, target_per_second=target_per_second, reason=Reason.QUIET, measured_s=now_s)
    share, boost = judge_errors(load.sent[-_ERROR_MINUTES:], load.failed[-_ERROR_MINUTES:])
    target = target_per_second * boost
    probability, measured, seen = _decide(known, load, target)
    shown = measured or next((each for each in seen if each.sent >= _ENOUGH_TRACES), seen[-1])
    following = replace(
        known,
        arriving_per_second=shown.arriving_per_second,
        sent_per_second=shown.sent_per_second,
        target_per_second=target,
        error_share=share,
        told=tell(known.told, probability, now_s),
        seen_s=_find_last_seen_s(load),
        measured_s=now_s,
    )
    return replace(following, reason=_give_reason(following, known, boost, shown, is_pressed=measured is not None))


def _has_stopped(known: Sampled, load: Load) -> bool:
    """Whether so much should have come since the last trace that it is no chance: what stopped says nothing more."""
    silent = load.end_s - _find_last_seen_s(load)
    missing = _see(known.told, load, silent // MINUTE_S).low_s * known.arriving_per_second
    return missing >= _MISSED


def _decide(known: Sampled, load: Load, target: float) -> tuple[float, _Seen | None, list[_Seen]]:
    """As `_choose`, and what was looked at."""
    seen = _look_back(known.told, load)
    probability, measured = _choose(seen, known.probability, target)
    begun = _skip_beginning(load)
    if probability <= known.probability or begun == load:
        return probability, measured, seen
    if not any(begun.sent):
        return known.probability, None, seen
    seen = _look_back(known.told, begun)
    return *_choose(seen, known.probability, target), seen


def _skip_beginning(load: Load) -> Load:
    """Without the time before the first trace, and its minute, of which a part had passed: it looks like too little.

    With all that, where nothing came for minutes after that trace.
    """
    first = next(n for n, sent in enumerate(load.sent) if sent)
    rest = load.sent[first + 1 :]
    if not first or (not any(rest) and len(rest) >= _RARE_MINUTES):
        return load
    return replace(load, sent=rest, failed=load.failed[first + 1 :])


def _look_back(told: Sequence[Told], load: Load) -> list[_Seen]:
    """From a minute to ever longer times, as far back as the load may have been what it is now."""
    seen: list[_Seen] = []
    least, most = 0.0, math.inf
    for minutes in _SPANS:
        each = _see(told, load, minutes)
        if minutes > len(load.sent) or each.least > most or each.most < least:
            break
        seen.append(each)
        least, most = max(least, each.least), min(most, each.most)
    return seen


def _see(told: Sequence[Told], load: Load, minutes: int) -> _Seen:
    bounds = [bound(told, load.end_s - n * MINUTE_S) for n in range(1, minutes + 1)]
    return _Seen(
        minutes=minutes,
        sent=sum(load.sent[-minutes:]),
        low_s=sum(low for low, _ in bounds) * MINUTE_S,
        high_s=sum(high for _, high in bounds) * MINUTE_S,
    )


def bound(told: Sequence[Told], start_s: int) -> tuple[float, float]:
    """The lowest and highest probability that a process may have followed in the minute from `start_s` on.

    What was told first is taken to have been told before as well.
    """
    current = [told[0].probability]
    for each in told[1:]:
        if each.since_s <= start_s - FOLLOWED_AFTER_S:
            current = [each.probability]
        elif each.since_s < start_s + MINUTE_S:
            current.append(each.probability)
    return min(current), max(current)


def judge_errors(sent: Sequence[int], failed: Sequence[int]) -> tuple[float, float]:
    """The share of traces that failed, and by how much that raises the target: 1 to MOST_BOOST.

    It counts what has failed at least, if that is not chance: one failure of three raises nothing much.
    """
    count, bad = sum(sent), sum(failed)
    if not count:
        return 0.0, 1.0
    certain = wilson(bad / count, count).low
    part = (certain - _FEW_ERRORS) / (_MANY_ERRORS - _FEW_ERRORS)
    return bad / count, 1 + (MOST_BOOST - 1) * min(1.0, max(0.0, part))


def _choose(seen: Sequence[_Seen], probability: float, target: float) -> tuple[float, _Seen | None]:
    """The probability from now on, and the shortest time that leaves no doubt that it must be another one, if any."""
    for each in seen:
        if each.least * probability > target * (1 + each.tolerance):
            wanted = target / (each.sent / each.high_s)
            return max(wanted, probability / MOST_LOWERED, LEAST_PROBABILITY), each
        if each.sent and probability < 1 and each.most * probability < target * (1 - each.tolerance):
            wanted = target / (each.sent / each.low_s)
            return min(max(wanted, probability), probability * MOST_RAISED, 1.0), each
    return probability, None


def _be_quiet(known: Sampled, target: float, now_s: int) -> Sampled:
    """Nothing came of it. Either there is nothing, and all of it may come again; or too little is sent to see any."""
    limit = QUIET_HEADROOM * target / known.arriving_per_second if known.arriving_per_second else 1.0
    probability = max(known.probability, min(1.0, limit, known.probability * MOST_RAISED))
    told = tell(known.told, probability, now_s)
    reason = Reason.QUIET if known.seen_s else known.reason
    return replace(known, target_per_second=target, told=told, reason=reason, measured_s=now_s)


def _give_reason(now: Sampled, before: Sampled, boost: float, shown: _Seen, *, is_pressed: bool) -> Reason:
    if is_pressed and now.probability <= LEAST_PROBABILITY and before.probability <= LEAST_PROBABILITY:
        return Reason.UNHEEDED
    if now.probability >= 1:
        return Reason.ALL_SENT
    if boost > _NOTEWORTHY_BOOST:
        return Reason.FAILING
    if now.probability != before.probability:
        return Reason.RAISED if now.probability > before.probability else Reason.LOWERED
    if abs(shown.sent_per_second / now.target_per_second - 1) <= max(shown.tolerance, _TOLERANCE / 2):
        return Reason.ON_TARGET
    is_recent = now.measured_s - now.changed_s < FOLLOWED_AFTER_S + 2 * MINUTE_S
    kept = (Reason.LOWERED, Reason.RAISED, Reason.NEW)
    return before.reason if is_recent and before.reason in kept else Reason.UNCERTAIN


def tell(told: tuple[Told, ...], probability: float, now_s: int) -> tuple[Told, ...]:
    """From now on another probability, if it is another."""
    if probability == told[-1].probability:
        return told
    return (*told, Told(since_s=now_s, probability=probability))


def forget(known: Sampled, end_s: int, now_s: int) -> Sampled:
    """Without what was told too long ago to matter. What is dated later than now was told by a clock that was wrong."""
    oldest_s = end_s - MINUTES * MINUTE_S - FOLLOWED_AFTER_S
    dated = [replace(each, since_s=min(each.since_s, now_s)) for each in known.told]
    first, last = dated[0], dated[-1]
    told = [each for each, later in pairwise(dated[1:]) if each.since_s < later.since_s]
    told = [first, *told, *([last] if last is not first else [])]
    while len(told) > 1 and told[1].since_s <= oldest_s:
        del told[0]
    return replace(known, told=tuple(told), seen_s=min(known.seen_s, now_s), measured_s=min(known.measured_s, now_s))


def _find_last_seen_s(load: Load) -> int:
    newest = next(n for n, sent in enumerate(reversed(load.sent)) if sent)
    return load.end_s - newest * MINUTE_S
