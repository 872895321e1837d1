"""`python -m benchmarks.adaptive_sampling`: a day of changing load, and what each operation sends of it.

Processes that ask once a minute, toss coins and grant each operation its least; spans that come late; a worker that
looks once a minute. Beside it, on the same load, the rule of Jaeger's adaptive sampling. No clock measures anything:
the same seed gives the same table.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import markdown_table
from services_map.domain.sampling.adaptive import OTHERS, Sampled
from services_map.domain.sampling.following import MINUTES, Load
from services_map.domain.sampling.sharing import Asked, adapt

TARGET: Final = 1.0
LEAST_A_SECOND: Final = 1 / 60
PROCESSES: Final = 20
STEP_S: Final = 10
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
MINUTE_S: Final = 60
#: The worker does nothing for an hour.
OUTAGE_S: Final = (17 * HOUR_S, 18 * HOUR_S)
#: The clock of the worker is wrong by an hour for ten minutes.
CLOCK_JUMP_S: Final = (19 * HOUR_S, 19 * HOUR_S + 600)
#: Of so many traces one comes three minutes late.
LATE_ONE_IN: Final = 20
_LATE_S: Final = 180
_COUNTED_AFTER_S: Final = 30
_CLOSE: Final = 0.3
#: Both begin somewhere: the first quarter of an hour is not judged.
_SETTLED_S: Final = 900
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """An operation of the day: traces a second at each second, and the share of them that fail."""

    name: str
    story: str
    arriving: Callable[[int], float]
    failing: Callable[[int], float] = lambda _: 0.001
    #: How long its traces take: they come at their end.
    takes_s: int = 0


def _diurnal(low: float, high: float) -> Callable[[int], float]:
    middle, half = math.log(low * high) / 2, math.log(high / low) / 2
    return lambda t: math.exp(middle - half * math.cos(2 * math.pi * (t - 3 * HOUR_S) / DAY_S))


def _between(times_s: Sequence[tuple[int, int]], inside: float, outside: float) -> Callable[[int], float]:
    return lambda t: inside if any(begin <= t < end for begin, end in times_s) else outside


_BURSTS = [(hour * HOUR_S + 720, hour * HOUR_S + 1_320) for hour in (1, 5, 9, 11, 15, 20)]
_JOBS = [(hour * HOUR_S, hour * HOUR_S + 600) for hour in (2, 14)]
_INCIDENT = [(10 * HOUR_S, 10 * HOUR_S + 2_400)]
_DEPLOY_S = 12 * HOUR_S
_NEW = 30
SCENES: Final = (
    Played(name="steady", story="200 a second all day", arriving=lambda _: 200.0),
    Played(name="day and night", story="2 at night, 40 by day", arriving=_diurnal(2, 40)),
    Played(name="bursts", story="10, six times 200 for ten minutes", arriving=_between(_BURSTS, 200, 10)),
    Played(
        name="incident",
        story="50; for 40 minutes 30 % fail",
        arriving=lambda _: 50.0,
        failing=_between(_INCIDENT, 0.3, 0.005),
    ),
    Played(name="batches", story="300 at once, every minute", arriving=lambda t: 30.0 if t % 60 < STEP_S else 0.0),
    Played(name="slow", story="5; each takes four minutes", arriving=lambda _: 5.0, takes_s=240),
    Played(name="job", story="100 for ten minutes, twice a day", arriving=_between(_JOBS, 100, 0)),
    Played(name="rare", story="one in 50 seconds", arriving=lambda _: 0.02),
    Played(name="very rare", story="one an hour", arriving=lambda _: 1 / HOUR_S),
    Played(name="gone", story="20 until noon", arriving=_between([(0, _DEPLOY_S)], 20, 0)),
    Played(name="old name", story="300 until a deployment at noon", arriving=_between([(0, _DEPLOY_S)], 300, 0)),
    *(
        Played(name=f"new name {n}", story="10 from then on", arriving=_between([(_DEPLOY_S, DAY_S)], 300 / _NEW, 0))
        for n in range(_NEW)
    ),
)


@dataclass(slots=True)
class Came:
    """What came, by operation and minute: by chance, as the least of a process, and what of that failed.

    `followed` are the probabilities that a span says it was sampled with.
    """

    minutes: int
    tossed: Floats = field(init=False)
    granted: Floats = field(init=False)
    failed: Floats = field(init=False)
    followed: dict[tuple[int, int], set[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(SCENES), self.minutes)
        self.tossed, self.granted, self.failed = np.zeros(shape), np.zeros(shape), np.zeros(shape)


class Controller(Protocol):
    """Who looks at what came until `t`, and says what each operation is told; `clock_s` is the time as it knows it."""

    def look(self, came: Came, t: int, clock_s: int) -> None: ...

    def probability_of(self, operation: str) -> float: ...


class Ours:
    """`services_map.domain.sampling`, as a worker runs it."""

    def __init__(self, seed: int = 9) -> None:
        self.known: list[Sampled] = []
        self._told: dict[str, float] = {}
        self._chance = np.random.default_rng(seed)

    def look(self, came: Came, t: int, clock_s: int) -> None:
        # By a clock that is an hour fast nothing came lately.
        loads = self._read(came, t) if clock_s == t else {}
        names = {*loads, *(each.operation for each in self.known if each.operation)}
        asked = Asked(service="shop", targets=dict.fromkeys(names, TARGET), others_target=TARGET, probability=1.0)
        self.known = adapt(asked, self.known, loads, clock_s)
        self._told = {each.operation: each.probability for each in self.known}

    def probability_of(self, operation: str) -> float:
        return self._told.get(operation, self._told.get(OTHERS, 1.0))

    def _read(self, came: Came, t: int) -> dict[str, Load]:
        """The last minutes as roll-ups have them at `t`: the newest lack what comes late."""
        end = (t - _COUNTED_AFTER_S) // MINUTE_S
        begin = max(0, end - MINUTES)
        loads = {}
        for number, scene in enumerate(SCENES):
            # As read_loads does.
            late = sum(scene.takes_s > minute * MINUTE_S + MINUTE_S / 2 for minute in range(8))
            minutes = slice(begin, end - late)
            sent = (came.tossed[number, minutes] + came.granted[number, minutes]).astype(np.int64)
            is_new = t - np.arange(begin + 1, begin + 1 + sent.size) * MINUTE_S < _LATE_S + scene.takes_s
            sent = sent - self._chance.binomial(sent, 1 / LATE_ONE_IN) * is_new
            if sent.sum():
                failed = np.minimum(came.failed[number, minutes].astype(np.int64), sent)
                loads[scene.name] = Load(sent=sent.tolist(), failed=failed.tolist(), end_s=(end - late) * MINUTE_S)
        return loads


class Jaegers:
    """The rule of Jaeger's adaptive sampling with its defaults, on one collector.

    Once a minute it looks at the minute that ended two minutes ago. An operation that sent within 30 % of the target
    keeps its probability, and so does one whose spans do not name that probability yet; of others it is multiplied by
    target / rate, twice as high at most. One that sent nothing by chance doubles it.
    https://github.com/jaegertracing/jaeger/tree/main/internal/sampling/samplingstrategy/adaptive
    """

    FIRST: Final = 0.001
    _BUCKETS: Final = 10

    def __init__(self) -> None:
        self._told: dict[str, float] = {}
        self._used: dict[str, bool] = {}

    def look(self, came: Came, t: int, clock_s: int) -> None:
        newest = t // MINUTE_S - 3
        told, used = {}, {}
        for number, scene in enumerate(SCENES):
            buckets = [n for n in range(newest, max(-1, newest - self._BUCKETS), -1) if (number, n) in came.followed]
            if not buckets:
                continue
            old = self.probability_of(scene.name)
            is_used = old == self.FIRST or (
                old in came.followed[number, newest]
                if (number, newest) in came.followed
                else self._used.get(scene.name, False)
            )
            told[scene.name] = self._choose(came.tossed[number, buckets[0]] / MINUTE_S, old) if is_used else old
            used[scene.name] = is_used
        self._told, self._used = told, used

    def _choose(self, rate: float, old: float) -> float:
        if abs(rate - TARGET) / TARGET < 0.3:
            return old
        return min(1.0, max(1e-5, min(2 * old, old * TARGET / rate) if rate else 2 * old))

    def probability_of(self, operation: str) -> float:
        return self._told.get(operation, self.FIRST)


@dataclass(slots=True)
class Fleet:
    """The processes of the service: what each follows of each operation, and what it owes to its least."""

    chance: np.random.Generator
    followed: Floats = field(default_factory=lambda: np.zeros((len(SCENES), PROCESSES)))
    credit: Floats = field(default_factory=lambda: np.ones((len(SCENES), PROCESSES)))

    def ask(self, t: int, told: Floats) -> None:
        """Those whose turn it is follow what is told now; at first all do."""
        turns = np.arange(PROCESSES) * MINUTE_S // PROCESSES // STEP_S
        asks = np.full(PROCESSES, True) if t == 0 else turns == t % MINUTE_S // STEP_S
        self.followed[:, asks] = told[:, None]

    def sample(self, arriving: Floats) -> tuple[Counts, Counts]:
        """Of what arrives in a step, by operation and process: traces sent by chance, and those sent as the least."""
        came = self.chance.poisson(np.repeat(arriving[:, None] * STEP_S / PROCESSES, PROCESSES, axis=1))
        tossed = self.chance.binomial(came, self.followed)
        self.credit = np.minimum(1.0, self.credit + STEP_S * LEAST_A_SECOND)
        self.credit -= np.minimum(self.credit, tossed)
        granted = (came > tossed) & (self.credit >= 1)
        self.credit -= granted
        return tossed, granted.astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happened, by operation and minute; `expected` is what would have been sent without chance."""

    arrived: Floats
    expected: Floats
    sent: Floats
    told: Floats


def play(controller: Controller, seed: int = 8, seconds: int = DAY_S) -> Day:
    """The day, from midnight on."""
    chance, came = np.random.default_rng(seed), Came(seconds // MINUTE_S)
    fleet = Fleet(chance)
    arrived, expected, told = (np.zeros(came.tossed.shape) for _ in range(3))
    for t in range(0, seconds, STEP_S):
        minute = t // MINUTE_S
        if t % MINUTE_S == 0:
            if minute and not OUTAGE_S[0] <= t < OUTAGE_S[1]:
                is_fast = CLOCK_JUMP_S[0] <= t < CLOCK_JUMP_S[1]
                controller.look(came, t, t + HOUR_S if is_fast else t)
            told[:, minute] = [controller.probability_of(scene.name) for scene in SCENES]
        fleet.ask(t, told[:, minute])
        rates = np.array([scene.arriving(t) for scene in SCENES])
        tossed, granted = fleet.sample(rates)
        arrived[:, minute] += rates * STEP_S
        expected[:, minute] += rates * STEP_S * fleet.followed.mean(axis=1)
        _note(came, minute, t, fleet, tossed, granted)
    return Day(arrived=arrived, expected=expected, sent=came.tossed + came.granted, told=told)


def _note(came: Came, minute: int, t: int, fleet: Fleet, tossed: Counts, granted: Counts) -> None:
    sent = tossed + granted
    came.tossed[:, minute] += tossed.sum(axis=1)
    came.granted[:, minute] += granted.sum(axis=1)
    failing = np.array([scene.failing(t) for scene in SCENES])
    came.failed[:, minute] += fleet.chance.binomial(sent.sum(axis=1), failing)
    for number, process in zip(*np.nonzero(sent), strict=True):
        came.followed.setdefault((int(number), minute), set()).add(float(fleet.followed[number, process]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an operation did: traces a second sent, minutes in which it sent what it should, and how wrong it was."""

    sent_per_second: float
    close_share: float
    worst_minute: float
    changes: int


def judge(day: Day, number: int) -> Verdict:
    """Of the minutes in which the operation had traces, but for the first ones.

    It should send its target, or all if there are fewer; while more fails than usual, up to four times as much.
    """
    first = _SETTLED_S // MINUTE_S
    alive = day.arrived[number, first:] > 0
    arrived, expected = day.arrived[number, first:][alive], day.expected[number, first:][alive]
    failing = np.array([SCENES[number].failing(minute * MINUTE_S) for minute in range(first, day.told.shape[1])])[alive]
    least = np.minimum(arrived, TARGET * MINUTE_S)
    most = np.minimum(arrived, np.where(failing > 0.02, 4, 1) * TARGET * MINUTE_S)
    is_close = (expected >= least * (1 - _CLOSE)) & (expected <= most * (1 + _CLOSE))
    changes = np.count_nonzero(np.diff(day.told[number, first:]))
    return Verdict(
        sent_per_second=float(day.sent[number, first:][alive].sum() / (alive.sum() * MINUTE_S)),
        close_share=float(is_close.mean()),
        worst_minute=float(day.sent[number, first:].max() / MINUTE_S),
        changes=int(changes),
    )


def make_table(ours: Day, theirs: Day) -> str:
    """A row an operation; of those that a deployment brought, one for all."""
    rows = []
    for number, scene in enumerate(SCENES):
        if scene.name in {f"new name {n}" for n in range(1, _NEW)}:
            continue
        a, b = judge(ours, number), judge(theirs, number)
        rows.append(
            [
                scene.name,
                scene.story,
                f"{a.sent_per_second:.2f}",
                f"{b.sent_per_second:.2f}",
                f"{a.close_share:.0%}",
                f"{b.close_share:.0%}",
                f"{a.worst_minute:.1f}",
                f"{b.worst_minute:.1f}",
                f"{a.changes}",
                f"{b.changes}",
            ]
        )
    return markdown_table(
        [
            "operation", "traces a second", "sent", "Jaeger's rule", "minutes within 30 %", "Jaeger's",
            "most in a minute", "Jaeger's", "changes", "Jaeger's",
        ],
        rows,
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result for `python -m benchmarks.report`")
    options = parser.parse_args()
    table = make_table(play(Ours()), play(Jaegers()))
    print(table)
    if options.json:
        options.json.write_text(json.dumps({"sections": {"A day": table}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
