"""Which calls are shown as examples of a link."""

from services_map.domain.latency.cells import Example
from services_map.reading.cards import pick_examples


def make(trace: int, duration_ns: int, is_error: bool = False) -> Example:
    return Example(
        trace_id=trace.to_bytes(16), span_id=duration_ns.to_bytes(8), duration_ns=duration_ns, row=1, is_error=is_error
    )


def test_failed_calls_come_first_then_the_longest_and_each_trace_once() -> None:
    found = pick_examples([make(1, 10), make(2, 30), make(3, 5, is_error=True), make(2, 20), make(3, 50)])
    assert [(int.from_bytes(each.trace_id), each.duration_ns) for each in found] == [(3, 5), (2, 30), (1, 10)]
    assert len(pick_examples([make(trace, 10) for trace in range(20)])) == 10
    assert pick_examples([]) == []
