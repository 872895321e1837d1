"""The critical path of cases that others publish: CRISP's, where they are at hand, and what Jaeger's page shows."""

import json

import pytest

from tests.shared_data import find_shared_data
from tests.traces.outlines import make_outline, make_trace
from traces.domain.span import SpanKind
from traces.domain.trace import Trace

# What CRISP's rules make of each of its cases: span, from, to.
CRISP = {
    "1": "A 0-100",
    "2": "A 0-10, B 10-60, A 60-100",
    "3": "B 0-100",
    "4": "A 0-10, B 10-20, C 20-30, B 30-60, A 60-100",
    "5": "A 0-10, B1 10-30, A 30-40, B2 40-50, A 50-60, B3 60-90, A 90-100",
    "6": "A 0-10, B 10-30, A 30-40, C 40-50, A 50-60, D 60-90, A 90-100",
    "7": "A 0-10, B 10-40, C 40-50, B 50-100",
    "8": "A 0-10, B 10-20, C 20-70, A 70-100",
    "9": "A 0-60, D 60-90, A 90-100",
    # Calls one after another whose times overlap by a hundredth: B is cut where C begins, and C where D does.
    "10": "A 0-10, B 10-209, C 209-308, D 308-608, A 608-1000",
    "11": "A 0-30, B 30-60, A 60-100",
    "12": "A 0-10, B 10-30, D 30-50, B 50-70, A 70-100",
    "err_pattern1/err1": "A 0-70, B 70-100",
    "err_pattern1/err2": "A 0-70, B 70-100",
}

# Name, parent, start, duration and kind; then what Jaeger shows.
JAEGER = {
    "calls one after another": ("C  1 100, D C 20 20, E C 50 10", "C 1-20, D 20-40, C 40-50, E 50-60, C 60-101"),
    "calls that overlap": ("X  1 100, A X 10 40, C X 20 40", "X 1-20, C 20-60, X 60-101"),
    "a child after its parent": ("A  1 30, B A 40 40, C B 50 10", "A 1-31"),
    "a consumer": ("A  1 30 producer, B A 10 10 consumer, C B 12 2", "A 1-31"),
    "a grandchild that starts before its parent": ("A  1 29, B A 15 20, C B 10 15", "A 1-15, C 15-25, B 25-30"),
    "a grandchild that outlives both": ("A  1 29, B A 15 20, C B 20 20", "A 1-15, B 15-20, C 20-30"),
    "a child that starts before its parent": ("A  10 20, B A 5 30", "B 10-30"),
    "a child before its parent": ("A  10 20, B A 1 4", "A 10-30"),
}
# Where we show something else: Jaeger leaves out a call that ends just when the next begins.
DIFFERENT = ("A  0 100, B A 10 40, C A 50 40", "A 0-10, B 10-50, C 50-90, A 90-100", "A 0-50, C 50-90, A 90-100")


@pytest.mark.parametrize("name", CRISP)
def test_crisps_cases_have_the_paths_of_its_rules(name: str) -> None:
    (found,) = json.loads((find_shared_data("crisp") / f"{name}.json").read_text())["data"]
    spans = found["spans"]
    first = min(span["startTime"] for span in spans)
    parents = {span["spanID"]: [each["spanID"] for each in span["references"]] for span in spans}
    lines = [
        f"{span['spanID']} {''.join(parents[span['spanID']])} {span['startTime'] - first} {span['duration']}"
        for span in spans
    ]
    assert find_path(", ".join(lines)) == CRISP[name]


@pytest.mark.parametrize("name", JAEGER)
def test_what_jaegers_page_shows_is_ours(name: str) -> None:
    spans, expected = JAEGER[name]
    assert find_path(spans) == expected


def test_calls_that_follow_each_other_at_once_are_on_ours_only() -> None:
    spans, ours, jaegers = DIFFERENT
    assert find_path(spans) == ours != jaegers


def find_path(spans: str) -> str:
    """The path of spans, both as written above."""
    names, trace = read_spans(spans)
    path = trace.critical_path
    pieces = zip(path.rows, path.starts_ns, path.ends_ns, strict=True)
    return ", ".join(
        f"{names[int.from_bytes(trace.rows[row].span.span_id, 'big') - 1]} {start_ns}-{end_ns}"
        for row, start_ns, end_ns in pieces
    )


def read_spans(spans: str) -> tuple[list[str], Trace]:
    lines = [line.split(" ") for line in spans.split(", ")]
    names = [line[0] for line in lines]
    return names, make_trace(
        [
            make_outline(
                number,
                names.index(parent) + 1 if parent else None,
                start_ns=int(start),
                duration_ns=int(duration),
                kind=SpanKind[kind[0].upper()] if kind else SpanKind.INTERNAL,
            )
            for number, (_, parent, start, duration, *kind) in enumerate(lines, 1)
        ]
    )
