"""What services would send if they were told something else."""

from dataclasses import replace

import pytest

from services_map.domain.sampling.forecast import (
    Beginnings,
    Counted,
    Forecast,
    Known,
    estimate_beginnings,
    forecast,
    forecast_share,
    measure_now,
    settle,
)
from services_map.domain.sampling.strategy import OperationDecision, Source, Strategy

TOLD = Strategy(
    service="web",
    probability=0.1,
    traces_per_second=None,
    operations=(),
    lower_bound_per_second=0.0,
    source=Source.DEFAULT,
    reason="",
)


def begin(operation: str, begun: float, sent: float = 0.0, error_share: float | None = None) -> Beginnings:
    return Beginnings(operation=operation, sent=sent, begun=begun, known=Known.COUNTED, error_share=error_share)


def decide(operation: str, probability: float, source: Source = Source.RULE) -> OperationDecision:
    return OperationDecision(operation=operation, probability=probability, source=source, reason="")


CART, ADMIN = begin("GET /cart", 20.0, error_share=0.5), begin("GET /admin", 0.001)


@pytest.mark.parametrize(
    ("counted", "probability", "begun", "known"),
    [
        (Counted(count=60, weight=60.0, failed=0), 1.0, 1.0, Known.COUNTED),
        (Counted(count=60, weight=60.0, failed=0), 0.1, 10.0, Known.ESTIMATED),
        # Spans say for how many they stand: that is better than what was told.
        (Counted(count=60, weight=1_200.0, failed=0), 0.1, 20.0, Known.COUNTED),
        (Counted(count=60, weight=60.0, failed=0), None, 1.0, Known.AT_LEAST),
        # Who sends although it shall send nothing does not ask.
        (Counted(count=60, weight=60.0, failed=0), 0.0, 1.0, Known.AT_LEAST),
        (Counted(count=0, weight=0.0, failed=0), 0.1, 0.0, Known.AT_LEAST),
    ],
)
def test_how_many_begin_follows_from_what_is_sent_and_told(
    counted: Counted, probability: float | None, begun: float, known: Known
) -> None:
    found = estimate_beginnings("GET /", counted, 60.0, probability)
    assert found.begun == pytest.approx(begun)
    assert (found.known, found.sent) == (known, counted.count / 60)


def test_the_share_that_failed_is_of_those_that_were_sent() -> None:
    assert estimate_beginnings("", Counted(count=8, weight=80.0, failed=2), 1.0, 0.1).error_share == 0.25
    assert estimate_beginnings("", Counted(count=0, weight=0.0, failed=0), 1.0, 1.0).error_share is None


def test_a_probability_is_sent_of_everything_but_the_exceptions() -> None:
    found = forecast(replace(TOLD, operations=(decide("GET /admin", 1.0),)), [CART, ADMIN], 5.0)
    assert found.traces == pytest.approx(2.001)
    assert found.failed == pytest.approx(1.0)
    assert found.spans == pytest.approx(10.005)
    assert found.bytes_a_day(100.0) == pytest.approx(10.005 * 100 * 86_400)


def test_whoever_tells_operations_apart_sends_a_few_of_each() -> None:
    told = replace(TOLD, operations=(decide("GET /cart", 0.0),), lower_bound_per_second=0.01)
    assert forecast(told, [CART, ADMIN], 1.0).traces == pytest.approx(0.01 + 0.001)
    assert forecast(replace(told, operations=()), [ADMIN], 1.0).traces == pytest.approx(0.0001)


def test_a_rate_is_shared_among_operations_and_is_no_more_than_what_begins() -> None:
    told = replace(TOLD, traces_per_second=2.0)
    found = forecast(told, [CART, begin("POST /order", 20.0)], 1.0)
    assert found.traces == pytest.approx(2.0)
    assert found.failed == pytest.approx(0.5)
    assert forecast(told, [ADMIN], 1.0).traces == pytest.approx(0.001)
    assert forecast(told, [], 1.0).traces == 0


def test_an_operation_is_rare_if_less_than_one_trace_an_hour_is_left_of_it() -> None:
    assert [forecast_share(share, [CART, ADMIN], 1.0).rare_operations for share in (1.0, 0.5, 0.1, 1e-6)] == [
        0,
        0,
        1,
        2,
    ]
    once_a_day = begin("nightly", 1 / 86_400)
    assert [forecast_share(share, [once_a_day], 1.0).rare_operations for share in (1.0, 0.5)] == [0, 1]


def test_what_is_sent_now_is_what_was_counted() -> None:
    found = measure_now([begin("a", 10.0, sent=2.0, error_share=0.5), begin("b", 1.0, sent=1.0)], 3.0)
    assert found == Forecast(traces=3.0, failed=1.0, spans=9.0, rare_operations=0)


def test_what_follows_the_load_comes_to_its_target() -> None:
    told = replace(TOLD, operations=(decide("GET /cart", 0.9, Source.ADAPTIVE), decide("GET /admin", 0.2)))
    settled = settle(told, [CART, ADMIN], {"GET /cart": 1.0})
    assert {each.operation: each.probability for each in settled.operations} == {"GET /cart": 0.05, "GET /admin": 0.2}
    rare = settle(TOLD, [ADMIN, begin("never", 0.0)], {"GET /admin": 1.0, "never": 1.0})
    assert {each.probability for each in rare.operations} == {1.0}
