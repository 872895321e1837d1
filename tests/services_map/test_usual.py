"""What is usual for an operation, from rows whose every cell is known. Both engines."""

import pytest

from services_map.domain.latency.levels import DAY, HOUR, MINUTE
from services_map.models import Subject
from services_map.reading.usual import RolledUpTimes
from tests.builders import MS, NOW_NS, SECOND, make_span, trace_id, write_spans
from tests.services_map.rows import Call, learn_operation, write_calls
from traces.domain.span import Operation, Service, SpanKind
from traces.storage.base import DEFAULT_PROJECT
from traces.usual_times import get_usual_times

pytestmark = pytest.mark.django_db
NOW_S = NOW_NS // SECOND
CART = Operation(service=Service(name="shop", slot=3), name="GET /", kind=SpanKind.SERVER)
KNOWN = RolledUpTimes(lambda: NOW_NS)


def find(operation: Operation = CART) -> int | None:
    found = KNOWN.find_typical_trace(DEFAULT_PROJECT, operation, NOW_NS)
    return None if found is None else int.from_bytes(found)


def keep_call(operation: int, trace: int, duration_ns: int, *, is_failed: bool = False, is_kept: bool = True) -> None:
    """A call that the roll-ups know as an example, and its trace."""
    call = Call(duration_ns=duration_ns, is_failed=is_failed, trace_id=trace_id(trace))
    write_calls(Subject.OPERATION, operation, NOW_S - HOUR, call)
    if is_kept:
        write_spans(make_span(trace=trace, name="GET /", kind=2, duration_ns=duration_ns), service="shop")


def test_usual_is_what_the_day_before_says() -> None:
    _, operation = learn_operation("shop")
    write_calls(Subject.OPERATION, operation, NOW_S - 5 * HOUR, Call(duration_ns=MS, count=97))
    write_calls(Subject.OPERATION, operation, NOW_S - MINUTE, Call(duration_ns=SECOND, count=3, is_failed=True))
    write_calls(Subject.OPERATION, operation, NOW_S - 2 * DAY, Call(duration_ns=60 * SECOND, count=500))
    usual = KNOWN.load(DEFAULT_PROJECT, [CART], NOW_NS)[CART]
    assert (usual.span_count, usual.weights) == (100, [0.0, 97.0, 0.0, 3.0])
    assert usual.find_percentile_ns(0.5) == pytest.approx(MS, rel=0.01)
    assert usual.find_percentile_ns(0.98) == pytest.approx(SECOND, rel=0.01)
    assert usual.uppers_ns[0] < MS <= usual.uppers_ns[1] < 1.03 * MS
    ranks = [usual.rank(duration_ns) for duration_ns in (0, MS, 500 * MS, SECOND, 60 * SECOND)]
    assert ranks == [0.0, 0.485, 0.97, 0.985, 1.0]


def test_sampled_spans_weigh_what_they_stand_for() -> None:
    _, operation = learn_operation("shop")
    calls = (Call(duration_ns=MS, count=9, weight=10.0), Call(duration_ns=SECOND, count=10))
    write_calls(Subject.OPERATION, operation, NOW_S - HOUR, *calls)
    usual = KNOWN.load(DEFAULT_PROJECT, [CART], NOW_NS)[CART]
    assert (usual.span_count, usual.weights) == (19, [0.0, 90.0, 0.0, 10.0])


def test_many_operations_are_told_apart_and_those_without_spans_are_left_out() -> None:
    kinds = {kind: learn_operation("shop", kind=kind)[1] for kind in (SpanKind.SERVER, SpanKind.CLIENT)}
    write_calls(Subject.OPERATION, kinds[SpanKind.SERVER], NOW_S - HOUR, Call(duration_ns=MS))
    write_calls(Subject.OPERATION, kinds[SpanKind.CLIENT], NOW_S - HOUR, Call(duration_ns=SECOND, is_entry=False))
    learn_operation("shop", "never rolled up")
    asked = [
        Operation(service=CART.service, name=name, kind=kind)
        for name, kind in (("GET /", 3), ("never sent", 2), ("GET /", 2), ("never rolled up", 2), ("GET /", 3))
    ]
    found = KNOWN.load(DEFAULT_PROJECT, asked, NOW_NS)
    assert {operation.kind: usual.find_percentile_ns(1.0) for operation, usual in found.items()} == {
        SpanKind.CLIENT: pytest.approx(SECOND, rel=0.01),
        SpanKind.SERVER: pytest.approx(MS, rel=0.01),
    }
    assert KNOWN.load(DEFAULT_PROJECT, [], NOW_NS) == {}
    assert KNOWN.load(DEFAULT_PROJECT, [asked[1]], NOW_NS) == {}


def test_a_span_that_took_no_time_is_usual_where_others_took_none() -> None:
    _, operation = learn_operation("shop")
    write_calls(Subject.OPERATION, operation, NOW_S - HOUR, Call(duration_ns=0, count=3), Call(duration_ns=1))
    usual = KNOWN.load(DEFAULT_PROJECT, [CART], NOW_NS)[CART]
    assert (usual.uppers_ns, usual.weights, usual.rank(0)) == ([0, 1], [3.0, 1.0], 0.375)


def test_what_was_taken_away_again_is_not_usual() -> None:
    _, operation = learn_operation("shop")
    write_calls(Subject.OPERATION, operation, NOW_S - HOUR, Call(duration_ns=MS, count=0))
    write_calls(Subject.OPERATION, operation, NOW_S - HOUR, Call(duration_ns=SECOND, count=0))
    assert KNOWN.load(DEFAULT_PROJECT, [CART], NOW_NS) == {}
    assert find() is None


def test_a_typical_trace_is_near_the_median() -> None:
    _, operation = learn_operation("shop")
    assert find() is None
    for trace, duration_ns in enumerate((10 * MS, 11 * MS, 12 * MS, 13 * MS, 900 * MS), 1):
        keep_call(operation, trace, duration_ns)
    assert find() == 3
    assert find(Operation(service=CART.service, name="GET /", kind=SpanKind.CLIENT)) is None


def test_a_typical_trace_is_kept_and_has_no_error_where_another_will_do() -> None:
    _, operation = learn_operation("shop")
    keep_call(operation, 1, 10 * MS)
    keep_call(operation, 2, 11 * MS)
    keep_call(operation, 3, 12 * MS, is_kept=False)
    keep_call(operation, 4, 12 * MS, is_failed=True)
    keep_call(operation, 5, 13 * MS)
    keep_call(operation, 6, 14 * MS)
    for trace in (2, 5):
        write_spans(make_span(trace=trace, span=77, status=2, duration_ns=MS), service="shop")
    write_calls(Subject.OPERATION, operation, NOW_S - HOUR, Call(duration_ns=12 * MS, count=20))
    write_calls(Subject.OPERATION, operation, NOW_S - HOUR, Call(duration_ns=MS, count=10))
    write_calls(Subject.OPERATION, operation, NOW_S - HOUR, Call(duration_ns=15 * MS, count=10))
    assert find() == 2


def test_pages_of_one_trace_ask_the_roll_ups() -> None:
    assert isinstance(get_usual_times(), RolledUpTimes)
