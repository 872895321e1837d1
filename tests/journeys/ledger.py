"""What was sent and what was acknowledged, held against what is stored: there, once, and whole or not at all."""

import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass

from tests.builders import span_id, trace_id
from tests.services.processes import REPOSITORY

# trace id → span id → how often it is stored.
Stored = Mapping[bytes, Mapping[bytes, int]]


@dataclass(slots=True)
class SentRequest:
    """A request, and whether it was answered with success.

    Its spans are numbered from `first_span` on; the last is in `last_trace`, the others in `trace`.
    """

    trace: int
    last_trace: int
    first_span: int
    span_count: int
    is_acknowledged: bool = False

    @property
    def numbers(self) -> list[tuple[int, int]]:
        """The numbers of its spans, each with that of its trace."""
        spans = range(self.first_span, self.first_span + self.span_count)
        return [(self.last_trace if span == spans[-1] else self.trace, span) for span in spans]

    @property
    def spans(self) -> list[tuple[bytes, bytes]]:
        """Their ids: (trace id, span id)."""
        return [(trace_id(trace), span_id(span)) for trace, span in self.numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many requests were acknowledged, and those with which something is wrong."""

    acknowledged: int
    lost: list[SentRequest]
    doubled: list[SentRequest]
    torn: list[SentRequest]
    unknown_spans: int

    def __str__(self) -> str:
        counts = {"lost": self.lost, "doubled": self.doubled, "half stored": self.torn}
        faults = ", ".join(f"{len(requests)} {name}" for name, requests in counts.items())
        return f"{self.acknowledged} requests acknowledged: {faults}, {self.unknown_spans} spans that nobody sent"

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.torn or self.unknown_spans)


def judge(sent: Iterable[SentRequest], stored: Stored) -> Verdict:
    """Lost: acknowledged and not there. Doubled: a span of it is there twice. Torn: a part of it is there."""
    lost, doubled, torn = [], [], []
    acknowledged = known = 0
    for request in sent:
        counts = [stored.get(trace, {}).get(span, 0) for trace, span in request.spans]
        acknowledged += request.is_acknowledged
        known += len(counts) - counts.count(0)
        if request.is_acknowledged and 0 in counts:
            lost.append(request)
        if max(counts) > 1:
            doubled.append(request)
        if 0 in counts and max(counts):
            torn.append(request)
    unknown = sum(map(len, stored.values())) - known
    return Verdict(acknowledged=acknowledged, lost=lost, doubled=doubled, torn=torn, unknown_spans=unknown)


def read_stored(environment: Mapping[str, str], traces: Iterable[bytes]) -> dict[bytes, Counter[bytes]]:
    """Every span of these traces, as a process that only reads finds and decodes them. Partitions are sealed first."""
    asked = "\n".join(trace.hex() for trace in traces)
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.stored"],
        input=asked,
        cwd=REPOSITORY,
        env={**environment, "DJANGO_SETTINGS_MODULE": "tracing_ui.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[bytes, Counter[bytes]] = {}
    for line in done.stdout.splitlines():
        trace, *spans = line.split()
        found[bytes.fromhex(trace)] = Counter(map(bytes.fromhex, spans))
    return found


def find_damage(database_url: str) -> list[str]:
    """What SQLite finds wrong with its file; PostgreSQL has no such question."""
    if not database_url.startswith("sqlite"):
        return []
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=60)) as file:
        found = [text for (text,) in file.execute("PRAGMA integrity_check")]
    return [] if found == ["ok"] else found
