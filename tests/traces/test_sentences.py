"""What is found in a trace, in words that lead to its spans."""

from dataclasses import replace

import pytest

from tests.traces.explaining import CLIENT, MS, SERVER, call, find_all, make_usual, span
from tests.traces.outlines import make_trace
from traces.domain.attributes import Attributes
from traces.domain.clock import Clock
from traces.domain.explaining.main_path import find_main_path
from traces.domain.span import Event, Operation, Resource, Scope, Span, SpanOutline
from traces.domain.trace import Trace, build_trace
from traces.domain.usual import Usual
from traces.explained.critical_services import share_path
from traces.explained.failures import describe_failure, find_peer
from traces.explained.parts import MAX_ROWS, Part, compose, write_rows
from traces.explained.sentences import tell
from traces.explained.told import Told

ROOT = span(1, None, 0, 100, "checkout")


def make_span(attributes: Attributes | None = None, *events: Attributes, message: str = "", kind: int = CLIENT) -> Span:
    """As it was sent; `events` are exceptions, one a nanosecond."""
    return Span(
        trace_id=b"", span_id=b"", parent_span_id=b"", trace_state="", flags=0, name="", kind=kind,
        start_time_unix_nano=0, end_time_unix_nano=0, status_code=2, status_message=message,
        attributes=attributes or {},
        events=tuple(Event(time_ns=n, name="exception", attributes=each) for n, each in enumerate(events)), links=(),
        resource=Resource(attributes={}), scope=Scope(name="", version="", attributes={}),
    )  # fmt: skip


def say(
    *spans: SpanOutline, usual: dict[Operation, Usual] | None = None, whole: dict[int, Span] | None = None
) -> list[str]:
    return say_of(make_trace(spans), usual, whole)


def say_of(
    trace: Trace, usual: dict[Operation, Usual] | None = None, whole: dict[int, Span] | None = None
) -> list[str]:
    told = Told(trace=trace, path=find_main_path(trace), spans=whole or {})
    return ["".join(part.text for part in tell(each, told)) for each in find_all(trace, usual)]


def test_the_longest_on_the_path_is_held_against_its_usual_time() -> None:
    charge = span(2, 1, 10, 80, "charge", "bank")
    assert say(ROOT, charge) == ["70 % of the time is bank › charge (70.0 ms)."]
    assert say(ROOT, charge, usual={charge.operation: make_usual(10, 20, 30, 40)}) == [
        "70 % of the time is bank › charge (70.0 ms, usually 20.0 ms)."
    ]
    assert say(ROOT, charge, usual={charge.operation: make_usual(60, 70, 80, 90)}) == [
        "70 % of the time is bank › charge (70.0 ms, as usual)."
    ]


def test_what_is_far_shorter_than_usual_is_not_as_usual() -> None:
    charge = span(2, 1, 10, 80, "charge", "bank")
    assert say(ROOT, charge, usual={charge.operation: make_usual(60, *range(200, 230))}) == [
        "70 % of the time is bank › charge (70.0 ms, usually 214 ms)."
    ]


def test_or_is_in_a_span_itself_or_in_many() -> None:
    assert say(ROOT, span(2, 1, 0, 45, "a"), span(3, 1, 55, 60, "b"), span(4, 1, 70, 71, "c")) == [
        "49 % of the time is shop › checkout itself: 49.0 ms of its 100 ms.",
        "29.0 ms inside shop › checkout have no child span.",
    ]
    assert say(ROOT, span(2, 1, 0, 10)) == [
        "90 % of the time is shop › checkout itself: 90.0 ms of its 100 ms."
        " 90.0 ms of it are one stretch without a child span."
    ]
    assert say(ROOT, *(call(n, 1, 30 * n - 60, 30 * n - 30 - n) for n in (2, 3, 4)))[0] == (
        "81 % of the time is shop › SELECT, 3 times: 81.0 ms, the longest 28.0 ms, the median 27.0 ms."
    )


def test_a_client_says_whom_it_waits_for() -> None:
    spans = ROOT, call(2, 1, 10, 80)
    whole = make_span({"server.address": "db-7"})
    assert say(*spans, whole={1: whole}) == ["70 % of the time is shop › SELECT waiting for db-7 (70.0 ms)."]
    assert say(*spans, whole={1: replace(whole, kind=SERVER)}) == ["70 % of the time is shop › SELECT (70.0 ms)."]


def test_where_another_root_is_longer_its_name_is_said() -> None:
    late = span(8, None, 50, 300, "report"), span(9, 8, 60, 290, "query")
    assert say(ROOT, *late) == ["92 % of the time of shop › report is shop › query (230 ms)."]


def test_a_span_that_lost_time_is_named_with_what_it_usually_takes() -> None:
    charge, quote = span(2, 1, 10, 80, "charge"), span(3, 1, 82, 98, "quote")
    assert say(ROOT, charge, quote, usual={quote.operation: make_usual(1, 2, 3, 4)})[0] == (
        "shop › quote took 16.0 ms, usually 2.00 ms; 19 of 20 take at most 4.00 ms."
    )


def test_an_error_is_told_from_where_it_begins() -> None:
    root, charge = replace(ROOT, status=2), span(3, 2, 0, 5, "charge", fails=True)
    between = span(2, 1, 0, 6, fails=True)
    assert say(root, between, charge)[0] == (
        "The error begins in shop › charge. 2 spans above fail with it, up to the root."
    )
    whole = {2: make_span({}, {"exception.type": "Refused", "exception.message": "no money."})}
    assert say(ROOT, between, charge, whole=whole)[0] == (
        "The error begins in shop › charge: Refused: no money. 1 span above fails with it."
    )
    deeper = span(4, 3, 0, 5, "debit", fails=True)
    assert say(ROOT, between, charge, deeper)[0] == (
        "The error begins in shop › debit. 2 spans above fail with it, up to shop › op."
    )


def test_several_errors_are_told_by_operation() -> None:
    spans = [span(n, 1, n, n + 1, f"step {n % 5}", fails=True) for n in range(2, 9)]
    sentences = say(ROOT, *spans)
    assert sentences[:2] == ["2 errors begin in shop › step 2.", "2 errors begin in shop › step 3."]
    assert sentences[2] == "An error begins in shop › step 4. Errors begin in 2 more operations."


def test_attempts_are_counted() -> None:
    posts = [call(n, 1, 30 * n - 60, 30 * n - 40, "POST", fails=n < 4) for n in (2, 3, 4)]
    whole = {1: make_span({"http.response.status_code": 503})}
    assert say(ROOT, *posts, whole=whole)[0] == (
        "shop › POST was tried 3 times until it succeeded: 80.0 ms, 20.0 ms of it between attempts."
        " The first attempt failed: 503."
    )
    answered = [span(10 + n, n, 30 * n - 55, 30 * n - 45, "serve", "bank", SERVER) for n in (2, 3, 4)]
    assert "shop › POST → bank was tried 3 times in 80.0 ms, and failed each time." in say(
        ROOT, *posts[:2], replace(posts[2], status=2), *answered, whole=whole
    )


def test_time_between_a_client_and_its_server_is_told_with_both() -> None:
    assert say(ROOT, span(2, 1, 10, 90, "GET", kind=CLIENT), span(3, 2, 60, 70, "serve", "bank", SERVER)) == [
        "70 % of the time (70.0 ms) passes between shop › GET and bank › serve: the network, or a queue."
    ]


@pytest.mark.parametrize(("clock", "verb"), [(Clock.CORRECTED, "moved"), (Clock.SENT, "would move")])
def test_clocks_are_told_by_service(clock: Clock, verb: str) -> None:
    spans = ROOT, span(2, 1, 10, 50, "GET", kind=CLIENT), span(3, 2, 205, 225, "GET", "bank", SERVER)
    assert say_of(build_trace(ROOT.trace_id, spans, clock))[-1] == (
        f"1 span of bank {verb} by −185 ms: the clock there is not the caller's."
    )


def test_missing_parents_are_told() -> None:
    missing = span(5, 77, 10, 20), span(7, 78, 10, 20)
    assert say(ROOT, *missing)[0].startswith("2 spans name a parent that is not here: it has not arrived")


def test_properties_come_last_and_are_no_reproach() -> None:
    loop = [call(2 + n, 1, 10 * n, 10 * n + 9) for n in range(6)]
    assert say(ROOT, *loop)[-1] == "shop › checkout calls shop › SELECT 6 times, one after the other: 54.0 ms."
    calls = [call(n, 1, 30 * n - 60, 30 * n - 32, f"call {n}") for n in (2, 3, 4)]
    assert say(ROOT, *calls)[-1] == (
        "Could the 3 calls of shop › checkout overlap? They take 84.0 ms one by one, 56.0 ms more than the longest."
    )
    many = [call(n, 1, n, n + 5, f"call {n}") for n in range(2, 14)]
    assert say(ROOT, *many)[-1] == "shop › checkout makes 12 calls, up to 5 at a time."


def test_names_and_messages_are_shown_as_they_are_and_no_longer_than_a_line() -> None:
    odd = span(2, 1, 10, 80, "\u202e{share}" + "x" * 100, "b{}nk")
    assert say(ROOT, odd) == ["70 % of the time is b{}nk › ⟨U+202E⟩{share}" + "x" * 52 + "… (70.0 ms)."]
    assert describe_failure(make_span(message="first\nsecond")) == "first"
    assert describe_failure(make_span(message="x" * 200)) == "x" * 120 + "…"


@pytest.mark.parametrize(("span", "words"), [
    (make_span({}, {"exception.type": "A", "exception.message": "a"}, {"exception.type": "B"}), "B"),
    (make_span({"exception.type": "C", "exception.message": "c"}), "C: c"),
    (make_span({"http.response.status_code": 503}, message="Unavailable"), "503 Unavailable"),
    (make_span({"http.response.status_code": 503}, message="got 503"), "got 503"),
    (make_span({"error.type": "timeout"}, message="too late"), "too late"),
    (make_span({"error.type": "timeout"}), "timeout"),
    (make_span(), ""),
])  # fmt: skip
def test_a_failure_is_its_last_exception_or_its_code_and_message(span: Span, words: str) -> None:
    assert describe_failure(span) == words


def test_a_peer_is_named_by_what_the_client_says() -> None:
    assert find_peer(make_span({"server.address": "db-7", "peer.service": "orders"})) == "orders"
    assert find_peer(make_span()) == ""


def test_rows_are_written_as_ranges() -> None:
    assert write_rows([7]) == "7"
    assert write_rows([20, 3, 17, 18, 19]) == "3,17-20"
    assert write_rows(range(10_000)) == f"0-{MAX_ROWS - 1}"


def test_a_part_leads_to_its_span_on_the_clock_that_is_shown() -> None:
    spans = ROOT, span(2, 1, 10, 80, "charge", "bank")
    for clock, parameter in ((Clock.CORRECTED, ""), (Clock.SENT, "&clock=sent")):
        trace = build_trace(ROOT.trace_id, spans, clock)
        (finding,) = find_all(trace)
        (link,) = [each for each in tell(finding, Told(trace=trace, path=find_main_path(trace), spans={})) if each.rows]
        assert link == Part(text="bank › charge", address=f"?span=0000000000000002{parameter}#span", rows="1")
        assert link.is_one_row


def test_templates_take_text_and_parts() -> None:
    part = Part(text="b", address="?", rows="1,2")
    assert compose("{a}: {b}!", a="x", b=(part, part)) == (
        Part(text="x"), Part(text=": "), part, part, Part(text="!"),
    )  # fmt: skip
    assert not part.is_one_row


def test_the_path_is_shared_by_service_with_all_rows_on_it() -> None:
    spans = (
        ROOT,
        span(2, 1, 10, 80, "charge", "bank"),
        span(3, 2, 20, 50, "write", "ledger"),
        span(4, 1, 90, 90.5, "x", "y"),
    )
    trace = make_trace(spans)
    shares = share_path(trace, find_main_path(trace))
    assert shares is not None
    assert [(each.service.name, each.share, each.x, each.width, each.rows) for each in shares.shares] == [
        ("bank", "40 %", "0", "40", "1"), ("ledger", "30 %", "40", "30", "2"), ("shop", "30 %", "70", "29.5", "0"),
    ]  # fmt: skip
    assert (shares.other_count, shares.other_share) == (1, "0.5 %")
    assert sum(each.own_ns for each in shares.shares) == int(99.5 * MS)
    alone = make_trace([ROOT])
    assert share_path(alone, find_main_path(alone)) is None
