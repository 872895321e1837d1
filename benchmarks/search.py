"""`python -m benchmarks.search`: how long a reader waits for answers while spans come in.

A system is filled, then asked over HTTP, one question after the other, while it takes further spans at half the speed
at which it was filled. Peers are compared at a size that they can hold.
"""

import argparse
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlsplit

from benchmarks import queries
from benchmarks.bodies import BodyFile, make_bodies
from benchmarks.contenders import SYSTEMS
from benchmarks.load import Load, LoadFailed, finish_load, run_load, start_load
from benchmarks.places import fresh_directory
from benchmarks.queries import KINDS, Question
from benchmarks.report import Target, markdown_table, publish, targets_table
from benchmarks.statistics import quantile
from benchmarks.systems import Running, Unavailable

OURS = ("sqlite", "postgresql")
_BATCH, _CONNECTIONS = 512, 16
# What comes in while questions are asked: enough for minutes.
_MORE_SPANS = 3_000_000
_WARM_UPS = 5
_ANSWER_WITHIN_SECONDS = 120.0
# A kind that takes so long in all is asked no further.
_MAX_SECONDS_PER_KIND = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers to one kind of question, in milliseconds."""

    system: str
    span_count: int
    kind: str
    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    wrong: int
    ingest_rate: float


@dataclass(slots=True)
class Incoming:
    """A load in the background; `rate`, in spans/s, is known when it has ended."""

    process: "subprocess.Popen[str]"
    rate: float = 0.0

    def is_running(self) -> bool:
        return self.process.poll() is None


def measure(system: str, spans: int, count: int) -> list[Answers]:
    """Fill the system and ask it `count` questions of each kind while more spans come."""
    bodies = make_bodies(spans + _MORE_SPANS, _BATCH)
    os.sync()
    filled = -(-spans // _BATCH)
    with fresh_directory("search") as directory, SYSTEMS[system].start(directory) as running:
        load = Load(path=str(bodies.path), ports=running.http_ports, first=0, count=filled, connections=_CONNECTIONS)
        rate = run_load(load).rate / 2
        with _loading(replace(load, first=filled, count=bodies.count - filled, rate=rate)) as incoming:
            times, wrong = ask(running, system, _questions(bodies, filled, count), incoming.is_running)
        running.stop()
    return [
        Answers(
            system=system,
            span_count=spans,
            kind=kind,
            count=len(seconds),
            p50_ms=1_000 * quantile(sorted(seconds), 0.5),
            p95_ms=1_000 * quantile(sorted(seconds), 0.95),
            max_ms=1_000 * max(seconds),
            wrong=wrong[kind],
            ingest_rate=incoming.rate,
        )
        for kind, seconds in times.items()
        if seconds
    ]


def ask(
    running: Running, system: str, questions: Sequence[Question], is_loading: Callable[[], bool]
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """The seconds that each answer took, and how many were wrong, by kind. The first few of a kind warm up."""
    address_of, read = (
        (queries.ask_tracing_ui, queries.read_tracing_ui)
        if system in OURS
        else (queries.ask_jaeger, queries.read_jaeger)
    )
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    wrong = dict.fromkeys(KINDS, 0)
    connection = http.client.HTTPConnection(urlsplit(running.search_url).netloc, timeout=_ANSWER_WITHIN_SECONDS)
    for number, question in enumerate(questions):
        if sum(times[question.kind]) > _MAX_SECONDS_PER_KIND:
            continue
        if not is_loading():
            print("the spans ran out before the questions did", file=sys.stderr)
            break
        started = time.perf_counter()
        connection.request("GET", address_of(question))
        answer = connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - started
        if number >= _WARM_UPS * len(KINDS):
            times[question.kind].append(seconds)
            wrong[question.kind] += answer.status != 200 or not question.is_answered_by(read(content))
    connection.close()
    return times, wrong


def _questions(bodies: BodyFile, filled: int, count: int) -> list[Question]:
    return queries.make_questions(bodies.samples_within(0, filled), count + _WARM_UPS)


@contextmanager
def _loading(load: Load) -> Iterator[Incoming]:
    """Spans come in until the block ends."""
    incoming = Incoming(start_load(load))
    time.sleep(2)
    yield incoming
    incoming.process.terminate()
    incoming.rate = finish_load(incoming.process).rate


def describe(answers: Sequence[Answers], ratio_spans: int) -> dict[str, str]:
    """Sections of Markdown by their titles."""
    sections = {"Targets": targets_table(make_targets(answers, ratio_spans))}
    for span_count in sorted({each.span_count for each in answers}, reverse=True):
        rows = [_row(each) for each in answers if each.span_count == span_count]
        title = f"{span_count:,} spans stored, more coming in at half speed"
        columns = ["question", "system", "asked", "p50 ms", "p95 ms", "max ms", "wrong", "spans/s coming in"]
        sections[title] = markdown_table(columns, rows)
    return sections


def make_targets(answers: Sequence[Answers], ratio_spans: int) -> list[Target]:
    """Our p95 at the largest size, and how much longer Jaeger's attribute search takes."""
    largest = max(each.span_count for each in answers)
    found = {(each.system, each.span_count, each.kind): each for each in answers}

    def p95(system: str, span_count: int, kind: str) -> float | None:
        each = found.get((system, span_count, kind))
        return each.p95_ms if each else None

    targets = [
        Target(
            text=f"{SYSTEMS[system].name}, {title}, p95",
            figure=p95(system, largest, kind),
            wanted=wanted,
            unit=" ms",
            is_at_most=True,
        )
        for system, wanted in (("sqlite", 50), ("postgresql", 100))
        for kind, title in KINDS.items()
    ]
    for kind in ("rare", "common", "never"):
        ours, theirs = p95("sqlite", ratio_spans, kind), p95("jaeger-badger", ratio_spans, kind)
        ratio = theirs / ours if ours and theirs else None
        targets.append(
            Target(text=f"Jaeger with Badger : SQLite, {KINDS[kind]}, p95", figure=ratio, wanted=10, unit="×")
        )
    return targets


def _row(each: Answers) -> list[object]:
    system = SYSTEMS[each.system].name
    return [
        KINDS[each.kind],
        system,
        each.count,
        each.p50_ms,
        each.p95_ms,
        each.max_ms,
        each.wrong,
        each.ingest_rate,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [*OURS, "jaeger-badger"]
    parser.add_argument("--systems", nargs="+", default=names, choices=names)
    parser.add_argument("--spans", type=int, default=500_000, help="stored when all systems are compared")
    parser.add_argument("--count", type=int, default=100, help="questions of each kind")
    parser.add_argument("--full", action="store_true", help="also Tracing UI with 5,000,000 spans")
    options = parser.parse_args()
    cases = [(system, options.spans) for system in options.systems]
    if options.full:
        cases += [(system, 5_000_000) for system in options.systems if system in OURS]
    answers: list[Answers] = []
    remarks = []
    for system, spans in cases:
        print(f"{SYSTEMS[system].name}, {spans:,} spans", file=sys.stderr)
        try:
            answers += measure(system, spans, options.count)
        except (Unavailable, LoadFailed) as problem:
            remarks.append(f"{SYSTEMS[system].name} was not measured: {problem}")
    publish("search", describe(answers, options.spans), [asdict(each) for each in answers], remarks)


if __name__ == "__main__":
    main()
