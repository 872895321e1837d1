"""Traces for the rules of "What happened", written short: times are in milliseconds."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.traces.outlines import make_outline, make_trace
from traces.domain.explaining.explain import explain
from traces.domain.explaining.findings import Finding, Rule
from traces.domain.explaining.main_path import find_main_path
from traces.domain.span import Operation, SpanKind, SpanOutline, StatusCode
from traces.domain.trace import Trace
from traces.domain.usual import Usual

MS = 1_000_000
INTERNAL, SERVER, CLIENT, CONSUMER = SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.CONSUMER


def span(
    number: int,
    parent: int | None,
    start: float,
    end: float,
    name: str = "op",
    service: str = "shop",
    kind: int = INTERNAL,
    fails: bool = False,
) -> SpanOutline:
    """A span of the shop itself, or of another service."""
    outline = make_outline(
        number,
        parent,
        service,
        start_ns=int(start * MS),
        duration_ns=int(end * MS) - int(start * MS),
        name=name,
        kind=kind,
    )
    return replace(outline, status=StatusCode.ERROR if fails else StatusCode.UNSET)


def call(number: int, parent: int, start: float, end: float, name: str = "SELECT", fails: bool = False) -> SpanOutline:
    """A call of the shop's that nobody answers with a span."""
    return span(number, parent, start, end, name, kind=CLIENT, fails=fails)


def find(rule: Rule, *spans: SpanOutline, usual: Mapping[Operation, Usual] | None = None) -> list[Finding]:
    """What one rule says of a trace when all are asked."""
    return [finding for finding in find_all(make_trace(spans), usual) if finding.rule is rule]


def find_all(trace: Trace, usual: Mapping[Operation, Usual] | None = None) -> list[Finding]:
    return explain(trace, find_main_path(trace), usual or {})


def find_numbers(rule: Rule, *spans: SpanOutline) -> dict[str, int]:
    """The numbers of its only finding."""
    (finding,) = find(rule, *spans)
    return dict(finding.numbers)


def make_usual(*durations: float, times: int = 20) -> Usual:
    """Of an operation that took each of these milliseconds so many times."""
    uppers_ns = [int(each * MS) for each in sorted(durations)]
    return Usual(
        span_count=times * len(uppers_ns), uppers_ns=uppers_ns, middles_ns=uppers_ns, weights=[times] * len(uppers_ns)
    )


def invent(seed: int, most: int = 60) -> Iterator[SpanOutline]:
    """Any trace: calls that fail, loops, spans that begin before their parents, parents that are not here."""
    chance = random.Random(seed)
    starts = {0: 0.0}
    for number in range(1, chance.randint(2, most)):
        parent = chance.choice([0, *range(max(1, number - 4), number)]) if number > 1 else None
        start = max(0.0, starts.get(parent or 0, 0) + chance.choice((0, 0, 1, 2, 5, 30, -1)))
        starts[number] = start
        yield span(
            number,
            (parent or 999) if parent is not None else None,
            start,
            start + chance.choice((0, 1, 3, 10, 200)),
            name=chance.choice(("a", "b")),
            service=chance.choice(("shop", "bank", "stock")),
            kind=chance.choice((0, 1, 2, 3, 3, 4, 5)),
            fails=chance.random() < 0.3,
        )
