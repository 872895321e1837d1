"""What is put right in a trace when it is read, and what is said of it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest

from tests.traces.test_trace import TRACE, outline
from traces.domain.columns import SpanColumns
from traces.domain.repairs import (
    REPAIRS,
    drop_identical_twins,
    repair,
    report_broken_clocks,
    report_negative_durations,
)
from traces.domain.span import SpanFlag, SpanOutline

BROKEN = SpanFlag.CLOCK_IMPLAUSIBLE
NEGATIVE = SpanFlag.ENDS_BEFORE_START

Note = TypeVar("Note", str | None, tuple[str, ...])


def run(
    step: Callable[[SpanColumns], tuple[SpanColumns, Note]], spans: Sequence[SpanOutline]
) -> tuple[list[SpanOutline], Note]:
    """What a repair makes of outlines, and what it says."""
    repaired, note = step(SpanColumns.of(TRACE, spans))
    return list(repaired), note


def test_a_sound_trace_is_left_alone_and_nothing_is_said() -> None:
    spans = [outline(1), outline(2, 1), outline(3, 1)]

    assert run(repair, spans) == (spans, ())


def test_the_first_of_identical_twins_is_kept() -> None:
    kept, note = run(
        drop_identical_twins, [outline(1, name="a"), outline(2), outline(1, name="a"), outline(1, name="b")]
    )

    assert [(span.span_id[-1], span.operation.name) for span in kept] == [(1, "a"), (2, "work"), (1, "b")]
    assert note == "1 span arrived more than once and shown once."


@pytest.mark.parametrize(
    "other",
    [outline(2), outline(1, 5), outline(1, start_ns=1_001), outline(1, duration_ns=11), outline(1, name="other")],
    ids=["id", "parent", "start", "duration", "name"],
)
def test_spans_that_differ_are_no_twins(other: SpanOutline) -> None:
    assert run(drop_identical_twins, [outline(1), other]) == ([outline(1), other], None)


def test_broken_clocks_are_said_and_kept() -> None:
    spans = [outline(1, flags=BROKEN), outline(2, flags=BROKEN | NEGATIVE), outline(3)]

    assert run(report_broken_clocks, spans) == (
        spans,
        "2 spans came with an impossible start time, drawn at the time of arrival.",
    )


def test_negative_durations_are_said_and_kept() -> None:
    spans = [outline(1, flags=NEGATIVE), outline(2, flags=BROKEN)]

    assert run(report_negative_durations, spans) == (
        spans,
        "1 span said to end before the start, drawn without a length.",
    )


def test_twins_are_dropped_before_anything_is_counted() -> None:
    spans = [outline(1, flags=BROKEN), outline(1, flags=BROKEN)]

    assert REPAIRS[0] is drop_identical_twins
    assert run(repair, spans) == (
        [spans[0]],
        (
            "1 span arrived more than once and shown once.",
            "1 span came with an impossible start time, drawn at the time of arrival.",
        ),
    )


def test_many_are_counted_in_groups_of_three_digits() -> None:
    _, notes = run(repair, [outline(1, flags=NEGATIVE, name=str(number)) for number in range(1_235)])

    assert notes == ("1,235 spans said to end before the start, drawn without a length.",)
