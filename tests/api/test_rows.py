"""Single rows: GET traces/<trace_id>/marks and GET traces/<trace_id>/links."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import Ask
from tests.builders import MS, NOW_NS, SECOND, make_event, make_link, make_span, span_id, trace_id, write_spans

pytestmark = pytest.mark.django_db(transaction=True)

ONE = f"traces/{trace_id(1).hex()}"
START = NOW_NS - SECOND


def write_marked() -> None:
    """Rows 0 to 3: without marks, with two events, with a link, with both and a clock that is a second behind."""
    write_spans(
        make_span(1, 1, kind=3, start_ns=START, duration_ns=20 * MS),
        make_span(
            1, 2, 1, start_ns=START + MS, events=[make_event("exception", START + 3 * MS), make_event("a", START)]
        ),
        make_span(1, 3, 1, start_ns=START + 2 * MS, links=[make_link(7, 7), make_link(8, 8)]),
    )
    behind_ns = START + 5 * MS - SECOND
    events, links = [make_event("a", behind_ns + MS)], [make_link(7, 7)]
    span = make_span(1, 4, 1, kind=2, start_ns=behind_ns, duration_ns=10 * MS, events=events, links=links)
    write_spans(span, service="payment")


def test_the_marks_of_rows_are_drawn_from_the_start_of_the_trace(ask: Ask) -> None:
    write_marked()
    answer = ask(f"{ONE}/marks", rows="3,0,1,2,1")
    assert answer["marks"] == {
        "1": {"events": [[0, False], [3 * MS, True]], "links": 0},
        "2": {"events": [], "links": 2},
        "3": {"events": [[6 * MS, False]], "links": 1},
    }
    assert ask(f"{ONE}/marks", rows="0")["marks"] == {}


def test_marks_follow_the_clock_and_so_do_rows(ask: Ask) -> None:
    write_marked()
    sent = ask(f"{ONE}/marks", rows="0,1,2,3", clock="sent")
    assert sent["marks"] == {
        "1": {"events": [[MS, False]], "links": 1},
        "2": {"events": [[SECOND - 5 * MS, False], [SECOND - 2 * MS, True]], "links": 0},
        "3": {"events": [], "links": 2},
    }
    assert sent["build"] != ask(f"{ONE}/marks", rows="0")["build"]


def test_rows_without_marks_are_not_read(ask: Ask) -> None:
    write_marked()
    ask(f"{ONE}/marks", rows="0")
    with CaptureQueriesContext(connection) as queries:
        ask(f"{ONE}/marks", rows="0")
    assert not any("block_body" in query["sql"] for query in queries)


@pytest.mark.parametrize("address", ["marks", "links"])
def test_rows_of_another_build_are_refused(ask: Ask, address: str) -> None:
    write_marked()
    rows = {"rows": "1"} if address == "marks" else {}
    build = ask(f"{ONE}/{address}", **rows)["build"]
    assert ask(f"{ONE}/{address}", build=build, **rows)["build"] == build
    assert ask(f"{ONE}/{address}", build=build, clock="sent", expected=409, **rows)["error"]["code"] == "build_changed"

    write_spans(make_span(1, 9, 1))

    assert ask(f"{ONE}/{address}", build=build, expected=409, **rows)["error"]["code"] == "build_changed"


@pytest.mark.parametrize("rows", ["", "a", "1,", ",1", "-1", "1 2", "1;2", "1.5", "٣", "1" * 10, ",".join("0" * 201)])
def test_what_is_no_list_of_rows_is_refused(ask: Ask, rows: str) -> None:
    write_marked()
    error = ask(f"{ONE}/marks", rows=rows, expected=400)["error"]
    assert (error["code"], error["field"]) == ("invalid_query", "rows")


def test_two_hundred_rows_are_answered(ask: Ask) -> None:
    write_spans(*(make_span(1, n, events=[make_event("a", START)], start_ns=START) for n in range(1, 202)))
    answer = ask(f"{ONE}/marks", rows=",".join(map(str, range(1, 201))))
    assert list(answer["marks"]) == [str(row) for row in range(1, 201)]


def test_a_row_that_the_trace_does_not_have_is_refused(ask: Ask) -> None:
    write_marked()
    error = ask(f"{ONE}/marks", rows="0,4", expected=400)["error"]
    assert error["message"] == "This trace has 4 rows, counted from 0; there is no row 4."


@pytest.mark.parametrize("address", ["marks", "links"])
def test_what_cannot_be_answered_is_an_error_in_the_usual_form(ask: Ask, address: str) -> None:
    rows = {"rows": "1"} if address == "marks" else {}
    assert ask(f"{ONE}/{address}", expected=404, **rows)["error"]["code"] == "not_found"
    assert ask(f"traces/nonsense/{address}", expected=400, **rows)["error"]["field"] == "trace_id"
    assert ask(f"{ONE}/{address}", expected=400, first="1", **rows)["error"]["field"] == "first"
    assert ask(f"{ONE}/{address}", expected=400, clock="x", **rows)["error"]["field"] == "clock"


def test_the_links_to_a_trace_come_with_what_is_known_of_their_traces(ask: Ask) -> None:
    write_marked()
    write_spans(
        make_span(2, 1, name="send", start_ns=START, links=[make_link(1, 3)]), make_span(2, 2, 1, status=2),
        service="mailer",
    )  # fmt: skip
    write_spans(make_span(3, 5, 4, start_ns=START, links=[make_link(1, 99)]))
    answer = ask(f"{ONE}/links")
    assert (answer["is_complete"], answer["build"]) == (True, ask(f"{ONE}/marks", rows="0")["build"])
    assert answer["links"] == [
        {
            "span_id": span_id(99).hex(),
            "row": None,
            "from": {
                "trace_id": trace_id(3).hex(),
                "span_id": span_id(5).hex(),
                "is_known": True,
                "root_service": None,
                "root_operation": None,
                "start_ns": str(START),
                "duration_ns": str(10 * MS),
                "span_count": 1,
                "error_count": 0,
            },
        },
        {
            "span_id": span_id(3).hex(),
            "row": 2,
            "from": {
                "trace_id": trace_id(2).hex(),
                "span_id": span_id(1).hex(),
                "is_known": True,
                "root_service": "mailer",
                "root_operation": "send",
                "start_ns": str(START),
                "duration_ns": str(10 * MS),
                "span_count": 2,
                "error_count": 1,
            },
        },
    ]
    assert [link["row"] for link in ask(f"{ONE}/links", clock="sent")["links"]] == [None, 3]


def test_a_trace_that_nobody_links_to_has_no_links(ask: Ask) -> None:
    write_marked()
    answer = ask(f"{ONE}/links")
    assert (answer["links"], answer["is_complete"]) == ([], True)


def test_of_more_than_five_hundred_links_five_hundred_are_said(ask: Ask) -> None:
    write_marked()
    write_spans(*(make_span(2, n, links=[make_link(1, 1)]) for n in range(1, 502)))
    answer = ask(f"{ONE}/links")
    assert (len(answer["links"]), answer["is_complete"]) == (500, False)
