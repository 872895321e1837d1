"""What is wrong with real traces, put right when they are read; the store keeps what came.

`REPAIRS` is the ordered list: each takes and returns the spans of one trace and says what it did.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from traces.domain.span import SpanFlag, SpanOutline

Repair = Callable[[list[SpanOutline]], tuple[list[SpanOutline], str | None]]


def repair(spans: Sequence[SpanOutline]) -> tuple[list[SpanOutline], tuple[str, ...]]:
    """The spans with every repair applied, and a sentence for each that changed or found something."""
    repaired, notes = list(spans), []
    for step in REPAIRS:
        repaired, note = step(repaired)
        if note:
            notes.append(note)
    return repaired, tuple(notes)


def drop_identical_twins(spans: list[SpanOutline]) -> tuple[list[SpanOutline], str | None]:
    """A span delivered twice in different requests is shown once: same id, operation, start and duration."""
    kept: dict[tuple[bytes, bytes | None, object, int, int], SpanOutline] = {}
    for span in spans:
        kept.setdefault((span.span_id, span.parent_span_id, span.operation, span.start_ns, span.duration_ns), span)
    dropped = len(spans) - len(kept)
    return list(kept.values()), f"{_spans(dropped)} arrived more than once and shown once." if dropped else None


def report_shared_ids(spans: list[SpanOutline]) -> tuple[list[SpanOutline], str | None]:
    """Different spans under one id are all kept; the children hang under the first of them."""
    shared = len(spans) - len({span.span_id for span in spans})
    note = f"{_spans(shared)} {'shares' if shared == 1 else 'share'} an id with a different span of this trace."
    return spans, note if shared else None


def report_broken_clocks(spans: list[SpanOutline]) -> tuple[list[SpanOutline], str | None]:
    """Spans with an impossible time were filed under their arrival."""
    broken = _count_flagged(spans, SpanFlag.CLOCK_IMPLAUSIBLE)
    note = f"{_spans(broken)} came with an impossible start time, drawn at the time of arrival."
    return spans, note if broken else None


def report_negative_durations(spans: list[SpanOutline]) -> tuple[list[SpanOutline], str | None]:
    """Spans that end before they start are drawn without a length."""
    negative = _count_flagged(spans, SpanFlag.ENDS_BEFORE_START)
    return spans, f"{_spans(negative)} said to end before the start, drawn without a length." if negative else None


def _count_flagged(spans: list[SpanOutline], flag: SpanFlag) -> int:
    counts = Counter(span.flags for span in spans)
    return sum(count for flags, count in counts.items() if flag in flags)


def _spans(count: int) -> str:
    return f"{count:,} span{'' if count == 1 else 's'}"


REPAIRS: tuple[Repair, ...] = (
    drop_identical_twins,
    report_shared_ids,
    report_broken_clocks,
    report_negative_durations,
)
