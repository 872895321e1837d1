"""`python -m benchmarks.adaptive_sampling`: a day of changing load, and what each operation sends of it.

Spans come late, and a worker looks once a minute. Beside it, on the same load, the rule of Jaeger's adaptive sampling.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from benchmarks.report import markdown_table, publish
from benchmarks.sampling_day import LEAST_A_SECOND, MINUTE_S, NEW, PROCESSES, SCENES, STEP_S, TARGET, Came, Day, play
from services_map.domain.sampling.adaptive import OTHERS, Sampled
from services_map.domain.sampling.following import MINUTES, Load
from services_map.domain.sampling.sharing import Asked, adapt

#: Of so many traces one comes three minutes late.
LATE_ONE_IN: Final = 20
_LATE_S: Final = 180
_COUNTED_AFTER_S: Final = 30
_CLOSE: Final = 0.3
#: Both begin somewhere: the first quarter of an hour is not judged.
_SETTLED_S: Final = 900
_FLEETS: Final = ((1, MINUTE_S), (20, MINUTE_S), (20, STEP_S), (200, MINUTE_S))
_REMARKS: Final = (
    "Each cell has our figure, then that of Jaeger's rule, which begins with 0.001 where ours begins with 1. The first"
    " quarter of an hour is not judged.",
    "Minutes are those within 30 % of the target, or of what arrives if that is less; while traces fail, of up to four"
    " times the target. Judged is what coins are told to let through, so that chance plays no part.",
    "The worker does nothing from 17 to 18 o'clock, and its clock is an hour fast from 19:00 to 19:10.",
    "200 processes that send at least a trace a minute of each operation exceed the target with that alone: then ours"
    " tosses next to no coins any more.",
)


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
        if scene.name in {f"new name {n}" for n in range(1, NEW)}:
            continue
        a, b = judge(ours, number), judge(theirs, number)
        rows.append(
            [
                scene.name,
                scene.story,
                f"{a.sent_per_second:.2g} / {b.sent_per_second:.2g}",
                f"{a.close_share:.0%} / {b.close_share:.0%}",
                f"{a.worst_minute:.2g} / {b.worst_minute:.2g}",
                f"{a.changes} / {b.changes}",
            ]
        )
    columns = ["operation", "traces a second", "sent a second", "minutes within 30 %", "most in a minute", "changes"]
    return markdown_table(columns, rows)


def make_fleets_table(fleets: Mapping[tuple[int, int], tuple[Day, Day]]) -> str:
    """A row for each number of processes: all operations together. Too many send more than the target anyway."""
    rows = []
    for (processes, asks_every_s), days in fleets.items():
        close = [sum(judge(day, number).close_share for number in range(len(SCENES))) / len(SCENES) for day in days]
        sent = [round(float(day.sent.sum())) for day in days]
        wanted = round(float(np.minimum(days[0].arrived, TARGET * MINUTE_S).sum()))
        rows.append(
            [
                f"{processes}",
                f"{asks_every_s} s",
                f"{close[0]:.0%} / {close[1]:.0%}" if processes * LEAST_A_SECOND <= TARGET else "–",
                f"{sent[0]:,} / {sent[1]:,}",
                f"{wanted:,}",
            ]
        )
    return markdown_table(["processes", "ask every", "minutes within 30 %", "traces sent", "by the target"], rows)


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    fleets = {
        fleet: (
            play(Ours(), processes=fleet[0], asks_every_s=fleet[1]),
            play(Jaegers(), processes=fleet[0], asks_every_s=fleet[1]),
        )
        for fleet in _FLEETS
    }
    days = fleets[PROCESSES, MINUTE_S]
    sections = {
        "A day of 20 processes": make_table(*days),
        "More and fewer processes": make_fleets_table(fleets),
    }
    figures = [
        {"operation": scene.name, "ours": asdict(judge(days[0], n)), "jaeger": asdict(judge(days[1], n))}
        for n, scene in enumerate(SCENES)
    ]
    publish("adaptive-sampling", sections, figures, _REMARKS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
