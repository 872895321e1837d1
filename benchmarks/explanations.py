"""`python -m benchmarks.explanations`: what each rule of "What happened" says of the demo's hour and of real traces.

What is usual is what the same data set shows. docs/explanations.md says which of it is wrong: that takes a person, who
gets examples with `--examples 3`.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.places import REPOSITORY
from benchmarks.report import markdown_table
from traces.domain.explaining.explain import explain
from traces.domain.explaining.findings import Finding, Rule
from traces.domain.explaining.main_path import find_main_path
from traces.domain.span import Operation, Service, SpanFlag, SpanOutline, measure_duration_ns
from traces.domain.trace import Trace, build_trace
from traces.domain.usual import Usual
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.wire import otlp_pb2 as wire
from tracing_ui.demo.export import make_requests
from tracing_ui.demo.hour import BATCH_SPANS, TRACES, tell_hour

_KEY = "demo.incident"
_SHARED = Path(os.environ.get("TRACING_UI_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
SHOWN = 5
_UNUSUAL = "unusual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A trace of a group of them, what was found in it, first things first, and how long that took."""

    group: str
    trace: Trace
    findings: list[Finding]
    took_ms: float


def explain_all(traces: Iterable[tuple[str, list[SpanOutline]]]) -> Iterator[Explained]:
    """Each trace of a data set, by group, held against all."""
    told = list(traces)
    usual = _measure_usual(span for _, spans in told for span in spans)
    for group, spans in told:
        trace = build_trace(spans[0].trace_id, spans)
        began = time.process_time()
        findings = explain(trace, find_main_path(trace), usual)
        yield Explained(group=group, trace=trace, findings=findings, took_ms=1_000 * (time.process_time() - began))


def _measure_usual(spans: Iterable[SpanOutline]) -> dict[Operation, Usual]:
    durations: dict[Operation, Counter[int]] = defaultdict(Counter)
    for span in spans:
        durations[span.operation][span.duration_ns] += 1
    return {
        operation: Usual(
            span_count=counts.total(),
            uppers_ns=sorted(counts),
            middles_ns=sorted(counts),
            weights=[counts[duration_ns] for duration_ns in sorted(counts)],
        )
        for operation, counts in durations.items()
    }


def tell_demo(
    seed: int, traces: int = TRACES, batch_spans: int = BATCH_SPANS
) -> Iterator[tuple[str, list[SpanOutline]]]:
    """Of the demo's hour; a trace's group is its incident."""
    now_ns = time.time_ns()
    requests = [
        wire.Request.FromString(each.body) for each in make_requests(tell_hour(seed, now_ns, traces, batch_spans).spans)
    ]
    incidents = dict(_list_incidents(requests))
    for trace_id, spans in _group(requests).items():
        yield incidents.get(trace_id, "traffic"), spans


def _list_incidents(requests: Iterable[wire.Request]) -> Iterator[tuple[bytes, str]]:
    for _, span in _walk(requests):
        for pair in span.attributes:
            if pair.key == _KEY.encode():
                yield span.trace_id, pair.value.string_value.decode()


def read_folder(folder: Path, converter: Path) -> Iterator[tuple[str, list[SpanOutline]]]:
    """Of the files of a data set, which the collection's converter makes OTLP of."""
    for path in sorted(each for each in folder.rglob("*") if each.suffix in (".json", ".csv")):
        text = path.read_bytes() if b'"resourceSpans"' in path.read_bytes()[:200] else b""
        if not text:
            ran = subprocess.run(
                [sys.executable, str(converter), str(path)], capture_output=True, timeout=120, check=False
            )
            text = ran.stdout
        if not text.strip() or not json.loads(text).get("resourceSpans"):
            continue
        body = translate_otlp_json(text).body
        for spans in _group([wire.Request.FromString(body)]).values():
            yield folder.name, spans


def _walk(requests: Iterable[wire.Request]) -> Iterator[tuple[str, wire.Span]]:
    for request in requests:
        for of_resource in request.resource_spans:
            names = [
                pair.value.string_value.decode()
                for pair in of_resource.resource.attributes
                if pair.key == b"service.name"
            ]
            for of_scope in of_resource.scope_spans:
                for span in of_scope.spans:
                    yield (names or ["unknown_service"])[0], span


def _group(requests: Iterable[wire.Request]) -> dict[bytes, list[SpanOutline]]:
    traces: dict[bytes, list[SpanOutline]] = defaultdict(list)
    for service, span in _walk(requests):
        traces[span.trace_id].append(
            SpanOutline(
                address=(0, len(traces[span.trace_id])),
                trace_id=span.trace_id,
                span_id=span.span_id,
                parent_span_id=span.parent_span_id or None,
                operation=Operation(service=Service(name=service, slot=0), name=span.name.decode(), kind=span.kind),
                start_ns=span.start_time_unix_nano,
                duration_ns=measure_duration_ns(span.start_time_unix_nano, span.end_time_unix_nano),
                status=span.status.code,
                flags=SpanFlag(0),
            )
        )
    return traces


def count(explained: Iterable[Explained]) -> str:
    """A table: of how many traces of each group a rule speaks, and in how many what takes most is unusual."""
    sizes: Counter[str] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    for each in explained:
        sizes[each.group] += 1
        counts.update((each.group, column) for column in {*_list_columns(each.findings)})
    columns = [Rule.DOMINANT, _UNUSUAL, *(rule for rule in Rule if rule is not Rule.DOMINANT)]
    rows = [[group, size, *(counts[group, column] for column in columns)] for group, size in sizes.most_common()]
    return markdown_table(["traces of", "traces", *columns], rows)


def _list_columns(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        yield finding.rule
        if finding.numbers.get("is_unusual"):
            yield _UNUSUAL


def _show_examples(explained: Iterable[Explained], most: int) -> Iterator[str]:
    shown: Counter[tuple[str, Rule]] = Counter()
    for each in explained:
        for place, finding in enumerate(each.findings, 1):
            shown[each.group, finding.rule] += 1
            if shown[each.group, finding.rule] <= most:
                operation = each.trace.rows.operation(finding.row)
                yield (
                    f"{each.group} {each.trace.trace_id.hex()[:8]} {place}. {finding.rule} "
                    f"{operation.service.name} › {operation.name} row {finding.row + 1} "
                    f"{len(finding.rows)} rows {finding.weight:.2f} {dict(finding.numbers)}"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=0)
    parser.add_argument("--data", type=Path, default=_SHARED)
    asked = parser.parse_args()
    converter = asked.data.parent / "tools" / "to_otlp.py"
    sets = [list(explain_all(tell_demo(asked.seed)))]
    if asked.data.is_dir():
        folders = sorted(path for path in asked.data.iterdir() if path.is_dir())
        sets += [list(explain_all(read_folder(folder, converter))) for folder in folders]
    everything = [each for explained in sets for each in explained]
    print(count(everything))
    slowest = max(everything, key=lambda each: each.took_ms)
    print(
        f"\nSlowest: {slowest.took_ms:.0f} ms for {len(slowest.trace.rows):,} spans. "
        f"More than {SHOWN} sentences: {sum(len(each.findings) > SHOWN for each in everything)} of {len(everything)}."
    )
    for line in _show_examples(everything, asked.examples):
        print(line)


if __name__ == "__main__":
    main()
