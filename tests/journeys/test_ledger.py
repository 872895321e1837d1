"""The ledger finds what the crash tests look for."""

from tests.builders import span_id, trace_id
from tests.journeys.ledger import SentRequest, judge

A, B = trace_id(1), trace_id(2)
ONE, TWO = span_id(1), span_id(2)


def request(is_acknowledged: bool) -> SentRequest:
    return SentRequest(1, 2, first_span=1, span_count=2, is_acknowledged=is_acknowledged)


def test_what_is_there_once_is_good_and_what_is_not_there_unless_acknowledged() -> None:
    stored = {A: {ONE: 1}, B: {TWO: 1}}
    for is_acknowledged in (True, False):
        verdict = judge([request(is_acknowledged)], stored)
        assert (verdict.is_good, verdict.acknowledged) == (True, is_acknowledged)
    assert judge([request(False)], {A: {}}).is_good


def test_what_was_acknowledged_and_is_not_there_is_lost() -> None:
    assert judge([request(True)], {}).lost == [request(True)]


def test_what_is_there_twice_is_doubled() -> None:
    assert judge([request(False)], {A: {ONE: 2}, B: {TWO: 2}}).doubled == [request(False)]


def test_what_is_there_by_halves_is_torn() -> None:
    verdict = judge([request(True), request(False)], {A: {ONE: 1}})
    assert (verdict.torn, verdict.lost) == ([request(True), request(False)], [request(True)])


def test_what_nobody_sent_is_counted() -> None:
    assert judge([], {A: {ONE: 1, TWO: 1}}).unknown_spans == 2
