"""The page of a trace."""

import gc
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests.builders import MS, make_event, make_link
from tests.pages.looking import find_rows, read_page, read_text
from tests.pages.sending import TRACE_ID, make_span, span_id
from traces.domain.columns import SpanColumns
from traces.trace_cache import get_trace_cache

Send = Callable[..., None]
PAGE = f"/trace/{TRACE_ID}"


def test_the_header_says_what_the_trace_is(send: Send, client: Client) -> None:
    send(make_span(1, name="GET /cart", duration_ns=2_840 * MS), service="checkout")
    send(make_span(2, 1, status=2), make_span(3, 2), service="payment")
    header = read_text(read_page(client, PAGE).split('<div class="split"')[0])
    assert "checkout GET /cart Duration 2.84 s" in header
    assert "Spans 3 Services 2 Depth 3 Errors ✕ 1 Trace id " + TRACE_ID in header
    assert "pa payment 2 ✕ 1 errors ch checkout 1" in header


def test_a_page_leaves_no_rows_in_memory_beside_the_cache(send: Send, client: Client) -> None:
    """What a template was given waits for the garbage collector; a hundred thousand rows must not."""
    send(make_span(1), make_span(2, 1))
    gc.collect()
    gc.disable()
    try:
        read_page(client, PAGE)
        get_trace_cache.cache_clear()
        assert not any(type(thing) is SpanColumns for thing in gc.get_objects())
    finally:
        gc.enable()


def test_rows_stand_in_the_order_of_the_tree(send: Send, client: Client) -> None:
    send(make_span(1), make_span(2, 1), make_span(4, 2), make_span(3, 1))
    rows = find_rows(read_page(client, PAGE))
    assert [re.search(r"operation \d", row)[0] for row in rows] == [  # type: ignore[index]
        "operation 1",
        "operation 2",
        "operation 4",
        "operation 3",
    ]
    assert [re.search(r'aria-level="(\d)"', row)[1] for row in rows] == ["1", "2", "3", "2"]  # type: ignore[index]


def test_a_row_says_what_is_special_about_its_span(send: Send, client: Client) -> None:
    send(make_span(1, kind=3, status=2, events=[make_event("exception")], links=[make_link(2, 9)]))
    (row,) = find_rows(read_page(client, PAGE))
    assert 'aria-label="client, exception, links to other spans">→ ! ↗<' in row
    assert 'aria-label="error">✕<' in row
    assert "✕ shop operation 1" in read_text(row)


def test_a_span_without_its_parent_is_marked(send: Send, client: Client) -> None:
    send(make_span(1), make_span(3, parent=2))
    page = read_page(client, PAGE)
    assert "1 span names a parent that is not here" in read_text(page)
    _, missing, orphan = find_rows(page)
    assert "parent 0000…0002 never arrived" in missing
    assert span_id(2) in missing
    assert 'aria-level="2"' in orphan


def test_what_was_repaired_is_said(send: Send, client: Client) -> None:
    send(make_span(1), make_span(2, 1, end_time_unix_nano=1))
    assert "1 span said to end before the start, drawn without a length." in read_text(read_page(client, PAGE))


@pytest.mark.parametrize(
    "spelling", [TRACE_ID.upper(), f"0x{TRACE_ID}", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", f"%20{TRACE_ID}"]
)
def test_an_id_in_another_spelling_leads_to_the_page(send: Send, client: Client, spelling: str) -> None:
    response = client.get(f"/trace/{spelling}?span=1")
    assert (response.status_code, response["Location"]) == (302, f"{PAGE}?span=1")


def test_a_short_id_is_filled_with_zeros(send: Send, client: Client) -> None:
    assert client.get("/trace/abc")["Location"] == f"/trace/{'abc':0>32}"


def test_a_trace_that_is_not_here_says_what_to_do(send: Send, client: Client) -> None:
    page = read_text(read_page(client, f"/trace/{'f' * 32}", status=404))
    assert "This trace is not here." in page
    assert "Try again" in page


def test_what_is_no_id_is_explained(send: Send, client: Client) -> None:
    assert "This is not a trace id." in read_page(client, "/trace/checkout", status=400)


@pytest.mark.parametrize("wanted", ["00000000000000ff", "nonsense", "0" * 16, "<b>"])
def test_a_span_that_is_not_in_the_trace_is_said(send: Send, client: Client, wanted: str) -> None:
    send(make_span(1))
    page = read_page(client, f"{PAGE}?span={wanted}")
    assert "There is no span" in page
    assert len(find_rows(page)) == 1
    assert "<b>shop" in page  # the row's own


@pytest.mark.parametrize(
    "name", ["", " ", "😀" * 1_000, "مرحبا", "x" * 4_096, "<script>alert(1)</script>", "{{ 1 }}%s"]
)
def test_any_name_can_be_shown(send: Send, client: Client, name: str) -> None:
    send(make_span(1, name=name), service=name or "shop")
    page = read_page(client, f"{PAGE}?span={span_id(1)}")
    assert "<script>" not in page
    assert len(find_rows(page)) == 1


def test_a_trace_of_spans_without_a_length_can_be_shown(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=0))
    assert "Duration 0 ns" in read_text(read_page(client, PAGE))


def test_a_long_trace_comes_in_pages(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=5_000 * MS), *(make_span(n, 1) for n in range(2, 252)))
    first = read_page(client, PAGE)
    assert "spans 1–100 of 251" in read_text(first)
    assert 'rel="next" href="?first=100#main"' in first
    assert 'rel="prev"' not in first
    middle = read_page(client, f"{PAGE}?first=100")
    assert "spans 101–200 of 251" in read_text(middle)
    assert "operation 101" in find_rows(middle)[0]
    last = read_page(client, f"{PAGE}?first=200")
    assert len(find_rows(last)) == 51
    assert 'rel="next"' not in last


def test_a_selected_span_is_on_the_page_that_is_shown(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=5_000 * MS), *(make_span(n, 1) for n in range(2, 252)))
    page = read_page(client, f"{PAGE}?span={span_id(150)}")
    assert "spans 142–241 of 251" in read_text(page)
    assert 'aria-selected="true"' in find_rows(page)[8]


def test_repeats_are_folded_in_a_large_trace_and_can_be_opened(send: Send, client: Client) -> None:
    repeats = [make_span(n, 1, name="SELECT", duration_ns=(n % 7 + 1) * MS) for n in range(2, 302)]
    send(make_span(1, duration_ns=5_000 * MS), *repeats)
    _, run, slowest = find_rows(read_page(client, PAGE))
    assert "×300" in run
    assert 'aria-expanded="false"' in run
    assert "7.00 ms" in slowest
    opened = find_rows(read_page(client, f"{PAGE}?first=1&repeats=0"))
    assert len(opened) == 100
    assert 'href="?first=1&amp;repeats=0#r2"' in run


def test_a_selected_repeat_is_shown_among_the_others(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=5_000 * MS), *(make_span(n, 1, name="SELECT") for n in range(2, 302)))
    rows = find_rows(read_page(client, f"{PAGE}?span={span_id(50)}"))
    assert ['aria-selected="true"' in row for row in rows].index(True) == 8


def test_a_row_leads_to_its_span(send: Send, client: Client) -> None:
    send(make_span(1), make_span(2, 1))
    assert client.get(f"{PAGE}?row=1&find=x")["Location"] == f"{PAGE}?find=x&span={span_id(2)}"
    for row in ("2", "-1", "x", "9" * 30):
        assert client.get(f"{PAGE}?row={row}").status_code == 200


@pytest.mark.parametrize("start", ["-5", "x", "99999999999999999999", "1e3", ""])
def test_a_page_number_out_of_range_shows_what_there_is(send: Send, client: Client, start: str) -> None:
    send(make_span(1))
    assert len(find_rows(read_page(client, f"{PAGE}?first={start}"))) == 1


def test_a_page_of_rows_is_small_and_asks_the_database_no_more(send: Send, client: Client) -> None:
    send(make_span(1))
    read_page(client, PAGE)
    with CaptureQueriesContext(connection) as for_one:
        read_page(client, PAGE)
    send(*(make_span(n, n // 3 or 1, name=f"GET /api/v1/things/{n * 7919 % 1000}") for n in range(2, 1_000)))
    read_page(client, PAGE)
    with CaptureQueriesContext(connection) as for_many:
        response = client.get(PAGE, headers={"accept-encoding": "gzip"})
    assert len(response.content) < 60_000
    assert len(for_many) - len(for_one) <= 2


def test_a_trace_is_read_only(send: Send, client: Client) -> None:
    assert client.post(PAGE).status_code == 405


def test_a_trace_that_takes_too_long_is_a_page_that_says_so(send: Send, client: Client, settings: Settings) -> None:
    send(make_span(1))
    settings.SEARCH_TIMEOUT_SECONDS = 0.000_001

    answers = client.get(PAGE), client.get(f"/api/v1/traces/{TRACE_ID}")

    assert [answer.status_code for answer in answers] == [503, 503]
    assert [answer["Retry-After"] for answer in answers] == ["1", "1"]
    page = read_text(answers[0].content.decode())
    assert "There is too much to read at the moment. This would take longer than 1e-06 seconds" in page
    assert answers[1].json()["error"]["code"] == "unavailable"
