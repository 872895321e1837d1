"""Failures that are alike are one group."""

import pytest

from services_map.domain.error_groups import Failure, group_failures, make_template, read_failure
from tests.builders import make_event, make_request, make_span, trace_id
from traces.domain.span import Span
from traces.storage.decode import decode_spans

UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ("", ""),
        ("  declined \n  at charge()", "declined"),
        ("order 1234 of 7 items", "order # of # items"),
        ("took 1,234.5 ms, 30s at most", "took # ms, #s at most"),
        ("connect to 10.0.3.17:5432 refused", "connect to # refused"),
        (f"no cart {UUID}", "no cart #"),
        ("segfault at 0x7fff5fbff8c0", "segfault at #"),
        ("object deadbeef01 is missing", "object # is missing"),
        ("defaced facade", "defaced facade"),
        ("at 2026-11-26T05:16:10.123Z it ended", "at # it ended"),
        ("no item 'blue shoe' in \"cart\"", "no item '…' in \"…\""),
        ("can't open the `user` table, it isn't there", "can't open the `…` table, it isn't there"),
        ("“a” is not «b»", "“…” is not «…»"),
        ("utf8 and http2 stay, user4711 does not", "utf8 and http2 stay, user# does not"),
        ("<script>alert(1)</script>", "<script>alert(#)</script>"),
        ("x" * 1_000, "x" * 240),
    ],
)
def test_what_changes_is_left_out_of_a_message(message: str, template: str) -> None:
    assert make_template(message) == template


@pytest.mark.parametrize("piece", ["'", "0", "a0", "“", "0x", "1.", "'a", "2026-11-26"])
def test_no_message_takes_long(piece: str) -> None:
    assert len(make_template(piece * 100_000)) <= 240


def fail(number: int, message: str, type_: str = "ValueError", operation: str = "POST /charge") -> Failure:
    return Failure(
        trace_id=trace_id(number),
        span_id=bytes(8),
        start_ns=number,
        operation=operation,
        type=type_,
        message=message,
    )


def test_failures_that_are_alike_are_one_group_and_the_largest_comes_first() -> None:
    groups = group_failures(
        [
            fail(4, "declined"),
            fail(1, "card 1 expired", operation="GET /"),
            fail(3, "card 3 expired"),
            fail(2, "card 22 expired"),
            fail(9, "declined", type_="KeyError"),
        ]
    )
    assert [(group.type, group.template, group.count) for group in groups] == [
        ("ValueError", "card # expired", 3),
        ("KeyError", "declined", 1),
        ("ValueError", "declined", 1),
    ]
    assert (groups[0].first_ns, groups[0].newest) == (1, fail(3, "card 3 expired"))
    assert groups[0].operations == ("POST /charge", "GET /")


def test_nothing_failed() -> None:
    assert group_failures([]) == []


def decode(**fields: object) -> Span:
    body = make_request(make_span(**fields)).SerializeToString()  # type: ignore[arg-type]
    ((_, span),) = decode_spans(body, [0], {})
    return span


@pytest.mark.parametrize(
    ("fields", "failure"),
    [
        ({}, ("", "")),
        ({"status_message": "declined"}, ("", "declined")),
        ({"attributes": {"error.type": "timeout"}, "status_message": "no answer"}, ("timeout", "no answer")),
        ({"attributes": {"http.response.status_code": 503, "error.type": "503"}}, ("HTTP 503", "")),
        ({"attributes": {"http.status_code": 500}}, ("HTTP 500", "")),
        ({"attributes": {"http.response.status_code": 500, "error.type": "KeyError"}}, ("KeyError", "")),
        ({"attributes": {"exception.type": "E", "exception.message": "m"}}, ("E", "m")),
        (
            {
                "events": [
                    make_event("exception", attributes={"exception.type": "First", "exception.message": "a"}),
                    make_event("exception", attributes={"exception.type": "Last"}),
                    make_event("retry"),
                ],
                "status_message": "gave up",
            },
            ("Last", "gave up"),
        ),
    ],
)
def test_a_failure_is_what_was_thrown_last_or_else_the_status(
    fields: dict[str, object], failure: tuple[str, str]
) -> None:
    assert read_failure(decode(**fields)) == failure
