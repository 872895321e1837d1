"""What is wrong with real traces, put right when they are read; the store keeps what came.

`REPAIRS` is the ordered list: each takes and returns the spans of one trace and says what it did.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from traces.domain.columns import SpanColumns
from traces.domain.shared_ids import Ids
from traces.domain.span import SpanFlag

Repair = Callable[[SpanColumns], tuple[SpanColumns, str | None]]


def repair(spans: SpanColumns) -> tuple[SpanColumns, tuple[str, ...]]:
    """The spans with every repair applied, and a sentence for each that changed or found something."""
    notes = []
    for step in REPAIRS:
        spans, note = step(spans)
        if note:
            notes.append(note)
    return spans, tuple(notes)


def drop_identical_twins(spans: SpanColumns) -> tuple[SpanColumns, str | None]:
    """A span delivered twice in different requests is shown once: same id, operation, start and duration."""
    if len(set(spans.span_ids)) == len(spans):
        return spans, None
    kept: dict[tuple[bytes, bytes | None, int, int, int], int] = {}
    columns = (spans.span_ids, spans.parent_span_ids, spans.operation_ids, spans.starts_ns, spans.durations_ns)
    for index, identity in enumerate(zip(*columns, strict=True)):
        kept.setdefault(identity, index)
    dropped = len(spans) - len(kept)
    if not dropped:
        return spans, None
    return spans.pick(list(kept.values())), f"{_spans(dropped)} arrived more than once and shown once."


def report_broken_clocks(spans: SpanColumns) -> tuple[SpanColumns, str | None]:
    """Spans with an impossible time were filed under their arrival."""
    broken = _count_flagged(spans, SpanFlag.CLOCK_IMPLAUSIBLE)
    note = f"{_spans(broken)} came with an impossible start time, drawn at the time of arrival."
    return spans, note if broken else None


def report_negative_durations(spans: SpanColumns) -> tuple[SpanColumns, str | None]:
    """Spans that end before they start are drawn without a length."""
    negative = _count_flagged(spans, SpanFlag.ENDS_BEFORE_START)
    return spans, f"{_spans(negative)} said to end before the start, drawn without a length." if negative else None


def describe_told_apart(spans: SpanColumns, told_apart: Mapping[int, Ids]) -> Iterator[str]:
    """Sentences about spans that share an id, as `tell_apart` told them apart."""
    halves = sum(ids.is_half for ids in told_apart.values())
    others = sum(ids.span_id != spans.span_ids[index] for index, ids in told_apart.items()) - halves
    if halves:
        yield f"{_spans(halves)} joined with the caller's span of the same id, and shown below it."
    if others:
        yield f"{_spans(others)} {'shares' if others == 1 else 'share'} an id with a different span of this trace."


def _count_flagged(spans: SpanColumns, flag: SpanFlag) -> int:
    if not any(flags & flag for flags in set(spans.flags)):
        return 0
    return sum(count for flags, count in Counter(spans.flags).items() if flags & flag)


def _spans(count: int) -> str:
    return f"{count:,} span{'' if count == 1 else 's'}"


REPAIRS: tuple[Repair, ...] = (
    drop_identical_twins,
    report_broken_clocks,
    report_negative_durations,
)
