"""Files imported through a collector: what they hold is what is read back."""

import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests.ingest.files import (
    START_US,
    TRACE_ID,
    file_of,
    jaeger_span,
    jaeger_trace,
    lines,
    otlp_request,
    otlp_span,
    packed,
    zipkin_span,
)
from tests.shared_data import find_shared_data
from traces import reading
from traces.domain.errors import PayloadRejected, PayloadTooLarge, StoreUnavailable
from traces.domain.query import TraceQuery, Window
from traces.domain.span import Span
from traces.ingest.files import portion, sending
from traces.ingest.files.importing import import_file, shift_to_now
from traces.ingest.files.preview import preview_file
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.any_engine

# Files, spans in them, and what is kept: two files of crisp hold the same spans. Of a call, both halves are in one span
# of Zipkin v1: the 95 spans of its files are 185.
SHARED = {
    "crisp": (14, 40, 38),
    "deathstarbench-socialnetwork": (1, 660, 660),
    "jaeger-ui": (7, 24, 24),
    "otlp-examples": (1, 1, 1),
    "trainticket-zipkin-v1": (3, 185, 185),
    "zipkin-lens": (7, 240, 240),
}


def read_trace(trace_id: bytes = bytes.fromhex(TRACE_ID)) -> list[Span]:
    store = get_store()
    return list(store.read_spans(DEFAULT_PROJECT, list(store.read_trace(DEFAULT_PROJECT, trace_id))))


def count_stored() -> int:
    page = reading.search(DEFAULT_PROJECT, TraceQuery(window=Window(start_ns=0, end_ns=2**63 - 1), limit=1000))
    return sum(trace.span_count for trace in page.traces)


def list_shared(name: str) -> Iterator[Path]:
    """The files that hold traces."""
    for path in sorted(find_shared_data(name).rglob("*.json")):
        if path.name not in ("events.json", "logs.json", "metrics.json"):
            yield path


@pytest.mark.usefixtures("collector_behind")
def test_a_span_of_jaeger_comes_back_with_all_that_it_had() -> None:
    spans = [
        jaeger_span(1, tags=[
            {"key": "big", "type": "int64", "value": "9007199254740993"},
            {"key": "half", "type": "float64", "value": 0.5},
            {"key": "is", "type": "bool", "value": True}, {"key": "raw", "type": "binary", "value": "AAE="},
            {"key": "odd", "type": "int64", "value": "many"}, {"key": "text", "type": "string", "value": "é"},
            {"key": "span.kind", "type": "string", "value": "server"}, {"key": "error", "type": "bool", "value": True},
        ], warnings=["clock"], flags=1),
        jaeger_span(2, references=[
            {"refType": "CHILD_OF", "traceID": TRACE_ID, "spanID": "1", "span": jaeger_span(1)},
            {"refType": "FOLLOWS_FROM", "traceID": "ab", "spanID": "7"},
        ]),
    ]  # fmt: skip
    report = import_file(file_of({"data": [jaeger_trace(spans=spans)]}), "x")

    assert (report.spans_sent, report.spans_stored, report.problem_count) == (2, 2, 0)
    first, second = sorted(read_trace(), key=lambda span: span.span_id)
    assert first.attributes["big"] == 9007199254740993
    assert (first.attributes["half"], first.attributes["is"], first.attributes["raw"]) == (0.5, True, b"\0\1")
    assert (first.attributes["odd"], first.attributes["text"]) == ("many", "é")
    assert (first.name, first.kind, first.status_code) == ("op 1", 2, 2)
    assert first.start_time_unix_nano == (START_US + 1) * 1000
    assert first.end_time_unix_nano == (START_US + 1001) * 1000
    assert first.resource.attributes == {"service.name": "shop", "host.name": "h1"}
    assert [(event.name, event.time_ns) for event in first.events] == [("done", (START_US + 5) * 1000)]
    assert second.parent_span_id == first.span_id == bytes.fromhex("0000000000000001")
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in second.links] == [("ab".zfill(32), "7".zfill(16))]


@pytest.mark.usefixtures("collector_behind")
def test_all_of_a_span_of_otlp_comes_back() -> None:
    import_file(file_of(otlp_request(2)), "x")
    spans = read_trace()
    assert {span.span_id.hex() for span in spans} == {"1".zfill(16), "2".zfill(16)}
    assert {(span.scope.name, span.scope.version) for span in spans} == {("lib", "1")}
    assert [span.resource.attributes for span in spans] == [{"service.name": "shop"}] * 2


@pytest.mark.usefixtures("collector_behind")
@pytest.mark.parametrize("name", SHARED)
def test_every_span_in_a_real_file_comes_back(name: str) -> None:
    paths = [*list_shared(name)]
    reports = [import_file(path.open("rb"), path.name) for path in paths]
    held = [report.preview.span_count for report in reports]
    assert [(report.spans_sent, report.spans_stored, report.problem_count) for report in reports] == [
        (count, count, 0) for count in held
    ]
    assert (len(paths), sum(held), count_stored()) == SHARED[name]


def test_a_real_csv_is_refused() -> None:
    for path in find_shared_data("nezha").glob("*.csv"):
        with path.open("rb") as file, pytest.raises(PayloadRejected, match="It is CSV"):
            preview_file(file, path.name)


@pytest.mark.usefixtures("collector_behind")
def test_a_file_of_many_portions_is_stored_whole_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portion, "_MAX_SPANS", 7)
    content = lines(*(zipkin_span(number) for number in range(1, 61)))
    for _ in range(2):
        report = import_file(file_of(packed(content)), "x.gz")
        assert (report.spans_sent, report.spans_stored) == (60, 60)
    assert Counter(span.span_id for span in read_trace()) == Counter(number.to_bytes(8) for number in range(1, 61))


@pytest.mark.usefixtures("collector_behind")
@pytest.mark.parametrize("says_when", [True, False])
def test_a_shifted_file_ends_now_and_keeps_its_distances(says_when: bool) -> None:
    """Whether it is told by how much to move, or when to end."""
    now_ns = time.time_ns()
    content = jaeger_trace(2)
    shift_ns = shift_to_now(preview_file(file_of(content), "x"), now_ns)
    import_file(file_of(content), "x", shift_ns=0 if says_when else shift_ns, ends_ns=now_ns if says_when else None)
    first, second = sorted(read_trace(), key=lambda span: span.span_id)
    assert max(first.end_time_unix_nano, second.end_time_unix_nano) == now_ns
    assert second.start_time_unix_nano - first.start_time_unix_nano == 1000
    assert first.events[0].time_ns == (START_US + 5) * 1000 + shift_ns


@pytest.mark.usefixtures("collector_behind")
def test_a_wrong_file_changes_nothing() -> None:
    for content in (json.dumps(jaeger_trace()).encode()[:-5], json.dumps([zipkin_span(1)]).encode() + b"]"):
        with pytest.raises(PayloadRejected):
            import_file(file_of(content), "x")
    assert count_stored() == 0


def test_a_file_beyond_the_limit_is_refused_packed_and_unpacked(settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = 2_000
    large = [zipkin_span(number) for number in range(100)]
    for content, start in ((large, "It is larger than 2,000"), (packed(large), "Unpacked, it is larger than 2,000")):
        with pytest.raises(PayloadTooLarge) as refused:
            preview_file(file_of(content), "x")
        assert str(refused.value).startswith(start)


def test_a_collector_that_is_away_is_waited_for_and_then_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.COLLECTOR_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(sending, "_ATTEMPTS", 2)
    monkeypatch.setattr(sending, "_LONGEST_WAIT_SECONDS", 0)
    with pytest.raises(StoreUnavailable, match="The collector does not answer"):
        import_file(file_of(otlp_request()), "x")


@pytest.mark.usefixtures("collector_behind")
def test_the_command_imports_files_and_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(
        lines(otlp_request(2), {"resourceSpans": [{"scopeSpans": [{"spans": [otlp_span(9, spanId="")]}]}]})
    )
    bad.write_text('{"name": "x"}')
    with pytest.raises(SystemExit) as ended:
        call_command("import_traces", bad, good)
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert said.err.startswith(f"{bad}: nothing was imported. It is JSON, but not of traces")
    assert said.out == (
        "good.json: OTLP JSON, 1 trace, 2 spans\n  services: shop 2\n"
        "  from 2023-11-14 22:13:20 UTC to 2023-11-14 22:13:20 UTC\n"
        "  line 2, span 1: a span id has 8 bytes, not all zero\n  2 of 2 spans stored\n"
    )
    assert len(read_trace()) == 2


@pytest.mark.usefixtures("collector_behind")
def test_a_dry_run_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(jaeger_trace()))
    out = io.StringIO()
    call_command("import_traces", path, "--dry-run", stdout=out)
    assert out.getvalue().startswith("file.json: Jaeger JSON, 1 trace, 3 spans\n")
    assert count_stored() == 0


@pytest.mark.usefixtures("collector_behind")
def test_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    trace: dict[str, Any] = jaeger_trace(1)
    trace["processes"]["p1"]["serviceName"] = "\x1b[2Jshop"
    path.write_text(json.dumps(trace))
    out = io.StringIO()
    call_command("import_traces", path, "--dry-run", stdout=out)
    assert "\x1b" not in out.getvalue()
