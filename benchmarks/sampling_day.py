"""A day of changing load, sampled by processes that do as they are told: they ask, toss coins, and send a least.

Nothing is measured by a clock: the same seed gives the same day.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

TARGET: Final = 1.0
LEAST_A_SECOND: Final = 1 / 60
PROCESSES: Final = 20
STEP_S: Final = 10
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
MINUTE_S: Final = 60
#: Whoever looks at what comes does nothing for an hour.
OUTAGE_S: Final = (17 * HOUR_S, 18 * HOUR_S)
#: Its clock is wrong by an hour for ten minutes.
CLOCK_JUMP_S: Final = (19 * HOUR_S, 19 * HOUR_S + 600)
NEW: Final = 30
_SEED: Final = 8
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
        Played(name=f"new name {n}", story="10 from then on", arriving=_between([(_DEPLOY_S, DAY_S)], 300 / NEW, 0))
        for n in range(NEW)
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


@dataclass(slots=True)
class Fleet:
    """The processes of the service: what each follows of each operation, and what it owes to its least."""

    chance: np.random.Generator
    processes: int = PROCESSES
    asks_every_s: int = MINUTE_S
    followed: Floats = field(init=False)
    credit: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.followed, self.credit = np.zeros((len(SCENES), self.processes)), np.ones((len(SCENES), self.processes))

    def ask(self, t: int, told: Floats) -> None:
        """Those whose turn it is follow what is told now; at first all do."""
        turns = np.arange(self.processes) * self.asks_every_s // self.processes // STEP_S
        asks = turns == t % self.asks_every_s // STEP_S if t else np.full(self.processes, True)
        self.followed[:, asks] = told[:, None]

    def sample(self, arriving: Floats) -> tuple[Counts, Counts]:
        """Of what arrives in a step, by operation and process: traces sent by chance, and those sent as the least."""
        came = self.chance.poisson(np.repeat(arriving[:, None] * STEP_S / self.processes, self.processes, axis=1))
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


def play(
    controller: Controller, *, processes: int = PROCESSES, asks_every_s: int = MINUTE_S, seconds: int = DAY_S
) -> Day:
    """The day, from midnight on."""
    came = Came(seconds // MINUTE_S)
    fleet = Fleet(np.random.default_rng(_SEED), processes, asks_every_s)
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
