"""The marks of the axis; tests/js/ticks.test.mjs holds the browser to the same."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from traces.axis import ticks
from traces.domain.trace import Trace

MARKS: dict[str, list[str]] = json.loads((Path(__file__).parent / "axis_marks.json").read_text())


@pytest.mark.parametrize(("duration_ns", "labels"), MARKS.items())
def test_the_marks_of_a_whole_trace_are_round_times(duration_ns: str, labels: list[str]) -> None:
    trace = cast("Trace", SimpleNamespace(duration_ns=int(duration_ns)))
    assert [tick.label for tick in ticks(trace)] == labels
