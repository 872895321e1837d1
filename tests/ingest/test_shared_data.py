"""Real traces of other projects through the JSON door: every span that goes in comes back, with all it had.

The collection and its converter are not part of this repository: see `tests/shared_data.py`.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.doors import JSON, HttpDoor
from tests.shared_data import find_shared_data
from traces import reading
from traces.domain.query import TraceQuery, Window
from traces.domain.span import Span
from traces.domain.trace import build_trace
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.django_db(transaction=True)

# What one span was sent, or came back, as.
Summary = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a data set holds. A file that repeats another is kept once, and its spans are not counted.

    `shared` spans bear the id of another one; of these `twins` are the same in all that a row shows, and shown once.
    """

    files: int
    repeated_files: int = 0
    spans: int
    traces: int
    shared: int = 0
    twins: int = 0


DATA_SETS = {
    "crisp": Figures(files=14, repeated_files=1, spans=38, traces=1, shared=31),
    "deathstarbench-socialnetwork": Figures(files=1, spans=660, traces=20),
    "jaeger-ui": Figures(files=6, spans=20, traces=4, shared=4, twins=3),
    "nezha": Figures(files=3, spans=32_354, traces=621),
    "otlp-examples": Figures(files=1, spans=1, traces=1),
    "trainticket-zipkin-v1": Figures(files=3, spans=95, traces=3),
    "zipkin-lens": Figures(files=7, spans=240, traces=7, shared=4),
}
# No traces, or in the form of a program's own.
NOT_TRACES = {
    "events.json", "logs.json", "metrics.json", "root_cause_hipster.json", "root_cause_ts.json",
    "2022-08-22-fault_list.json", "2023-01-29-fault_list.json", "flamegraph-testTrace.json",
}  # fmt: skip


@pytest.mark.parametrize("name", DATA_SETS)
def test_every_span_of_a_real_data_set_comes_back(door: HttpDoor, name: str) -> None:
    requests = [read_request(path) for path in list_files(name)]
    answers = [door.post(json.dumps(request).encode(), JSON).partial_success for request in requests]

    distinct = {json.dumps(request): request for request in requests}.values()
    sent = Counter(summary for request in distinct for summary in summarise_request(request))
    kept = [outline for trace in sorted({trace_id for trace_id, *_ in sent})
            for outline in get_store().read_trace(DEFAULT_PROJECT, bytes.fromhex(str(trace)))]  # fmt: skip
    read = Counter(summarise(span) for span in get_store().read_spans(DEFAULT_PROJECT, kept))
    print(f"{name}: {len(requests)} files, {sent.total()} spans sent, {read.total()} read back")  # noqa: T201

    assert answers == [(0, "")] * len(requests)
    assert read == sent
    traces = {outline.trace_id for outline in kept}
    rows = sum(len(build_trace(trace, [span for span in kept if span.trace_id == trace]).rows) for trace in traces)
    ids = {(outline.trace_id, outline.span_id) for outline in kept}
    assert DATA_SETS[name] == Figures(
        files=len(requests), repeated_files=len(requests) - len(distinct), spans=sent.total(), traces=len(traces),
        shared=len(kept) - len(ids), twins=len(kept) - rows,
    )  # fmt: skip


def test_wrong_clocks_of_a_real_data_set_are_put_right(door: HttpDoor) -> None:
    for path in list_files("zipkin-lens"):
        door.post(json.dumps(read_request(path)).encode(), JSON)
    page = reading.search(DEFAULT_PROJECT, TraceQuery(window=Window(start_ns=0, end_ns=2**63 - 1)))
    notes = {
        note
        for found in page.traces
        for note in reading.load_trace(DEFAULT_PROJECT, found.trace_id).notes
        if "the caller" in note
    }
    assert notes == {
        "2 spans of auth-service were moved by −14.2 ms: their clock runs ahead of the caller's.",
        "2 spans of serviceb were moved by +65.9 ms: their clock runs behind the caller's.",
        "17 spans of stlogin were moved by −391 ms to −762 ms: their clock runs ahead of the caller's.",
        "11 spans of pusher were moved by −780 ms to −794 ms: their clock runs ahead of the caller's.",
    }


def list_files(name: str) -> list[Path]:
    files = sorted(path for path in find_shared_data(name).rglob("*") if path.suffix in (".json", ".csv"))
    return [path for path in files if path.name not in NOT_TRACES]


def read_request(path: Path) -> dict[str, Any]:
    """A file as an OTLP request: as it is if it is one, else what the converter makes of it."""
    if path.suffix == ".json":
        document: Any = json.loads(path.read_text())
        if isinstance(document, dict) and "resourceSpans" in document:
            return document
    tool = find_shared_data(".").resolve().parent / "tools" / "to_otlp.py"
    if not tool.exists():
        pytest.skip(f"{tool} is not there to convert the collection")
    request: dict[str, Any] = json.loads(subprocess.check_output([sys.executable, str(tool), str(path)], timeout=120))
    return request


def summarise_request(request: dict[str, Any]) -> Iterator[Summary]:
    for group in request["resourceSpans"]:
        resource = len(group.get("resource", {}).get("attributes", ()))
        for scope in group["scopeSpans"]:
            for span in scope["spans"]:
                yield (
                    span["traceId"].lower(), span["spanId"].lower(), span.get("parentSpanId", "").lower(),
                    span.get("name", ""), span.get("kind", 0), int(span["startTimeUnixNano"]),
                    int(span["endTimeUnixNano"]), span.get("status", {}).get("code", 0),
                    span.get("status", {}).get("message", ""), summarise_attributes(span),
                    len(span.get("events", ())), len(span.get("links", ())), resource,
                    scope.get("scope", {}).get("name", ""),
                )  # fmt: skip


def summarise_attributes(span: dict[str, Any]) -> str:
    """Keys, and the values of those that are text."""
    pairs = {pair["key"]: pair["value"].get("stringValue") for pair in span.get("attributes", ())}
    return json.dumps(pairs, sort_keys=True)


def summarise(span: Span) -> Summary:
    texts = {key: value if isinstance(value, str) else None for key, value in span.attributes.items()}
    return (
        span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), span.name, span.kind,
        span.start_time_unix_nano, span.end_time_unix_nano, span.status_code, span.status_message,
        json.dumps(texts, sort_keys=True), len(span.events), len(span.links), len(span.resource.attributes),
        span.scope.name,
    )  # fmt: skip
