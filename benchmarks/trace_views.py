"""`python -m benchmarks.trace_views`: how long the server takes to explain a trace of 100,000 spans.

The trace has been read and laid out before, as when its page was opened, and nothing else was: each figure has what is
found out for it alone. It is that of `benchmarks.big_trace`: a job which calls the shop 5,000 times.
"""

import argparse
import http.client
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from urllib.parse import urlsplit

from benchmarks.big_trace import OURS, get_all, send_trace
from benchmarks.contenders import SYSTEMS
from benchmarks.places import fresh_directory
from benchmarks.report import markdown_table, publish
from benchmarks.systems import stop_on_sigterm

_REPEATS = 5
_VIEWS = {
    "the page, with what happened": "/trace/{a}",
    "the path as text": "/trace/{a}/critical-path.txt",
    "flame, merged by path": "/trace/{a}/view/flame?mode=merged",
    "graph of services": "/trace/{a}/view/graph",
    "graph of operations": "/trace/{a}/view/graph?of=operation",
    "table": "/trace/{a}/view/table",
    "table, sorted by an attribute": "/trace/{a}/view/table?columns=span.http.route&sort=span.http.route",
    "all as CSV": "/trace/{a}/spans.csv",
    "summary by operation": "/trace/{a}/view/summary",
    "summary by service": "/trace/{a}/view/summary?by=service",
    "summary by an attribute": "/trace/{a}/view/summary?by=span.http.route",
    "events": "/trace/{a}/view/events",
    "JSON, a page": "/trace/{a}/view/json",
    "compared with another": "/compare?a={b}&b={a}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one address took: the first time, then the median of several."""

    system: str
    what: str
    first_ms: float
    again_ms: float
    byte_count: int


def measure(system: str, span_count: int) -> list[Answer]:
    """A view a trace: what one of them finds out is not there for the next."""
    with fresh_directory("trace-views") as directory, SYSTEMS[system].start(directory) as running:
        ports, host = running.http_ports, urlsplit(running.search_url).netloc
        ids = [send_trace(directory, span_count, number, ports) for number in range(len(_VIEWS) + 1)]
        answers = [
            _ask(system, what, host, address.format(a=trace_id, b=ids[-1]), [trace_id, ids[-1]])
            for (what, address), trace_id in zip(_VIEWS.items(), ids, strict=False)
        ]
        running.stop()
    return answers


def _ask(system: str, what: str, host: str, address: str, trace_ids: Sequence[str]) -> Answer:
    connection = http.client.HTTPConnection(host, timeout=120)
    get_all(connection, [f"/api/v1/traces/{trace_id}?count=1" for trace_id in trace_ids])
    first_ms, byte_count = get_all(connection, [address])
    again = [get_all(connection, [address])[0] for _ in range(_REPEATS)]
    connection.close()
    return Answer(system=system, what=what, first_ms=first_ms, again_ms=median(again), byte_count=byte_count)


def describe(answers: Sequence[Answer], span_count: int) -> dict[str, str]:
    """Sections of Markdown by their titles."""
    rows = [
        [SYSTEMS[each.system].name, each.what, each.first_ms, each.again_ms, each.byte_count / 1e3] for each in answers
    ]
    columns = ["system", "what", "first ms", "again ms", "kB sent"]
    return {f"Of a trace of {span_count:,} spans": markdown_table(columns, rows)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", nargs="+", default=["sqlite"], choices=OURS)
    parser.add_argument("--spans", type=int, default=100_000)
    options = parser.parse_args()
    stop_on_sigterm()
    answers = [answer for system in options.systems for answer in measure(system, options.spans)]
    publish("trace-views", describe(answers, options.spans), [asdict(answer) for answer in answers])


if __name__ == "__main__":
    main()
