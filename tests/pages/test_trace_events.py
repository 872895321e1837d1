"""The events of a trace as the server draws them."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from tests.builders import MS, make_event
from tests.pages.looking import read_page, read_text
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id

Send = Callable[..., None]

PAGE = f"/trace/{TRACE_ID}"
START = HALF_A_MINUTE_AGO
HOSTILE = "<b>\u202eevil"


def read_lines(page: str) -> list[str]:
    """What each line says."""
    return [read_text(line).strip() for line in re.findall(r"<li[ >].*?</li>", page, re.DOTALL)]


@pytest.fixture
def events(send: Send) -> None:
    thrown = {"exception.type": "ValueError", "exception.message": HOSTILE, "exception.stacktrace": "at x", "k": 1}
    send(
        make_span(1, name="root", start_ns=START, duration_ns=100 * MS, events=[make_event("late", START + 90 * MS)]),
        make_span(2, 1, name="quiet", start_ns=START),
    )
    happened = [make_event("exception", START + 50 * MS, thrown), make_event("early", START + 5 * MS, {"attempt": 2})]
    send(make_span(3, 1, name="pay", start_ns=START, events=happened), service="payment")


def test_events_of_all_spans_stand_in_the_order_of_time_and_lead_to_their_spans(events: None, client: Client) -> None:
    page = read_page(client, f"{PAGE}?view=events")
    lines = [line for line in read_lines(page) if line.startswith("+")]
    assert [line.split(" ms ")[0] for line in lines] == ["+5.00", "+50.0", "+90.0"]
    assert "payment pay early attempt =2" in lines[0]
    assert "ValueError &lt;b&gt;⟨U+202E⟩evil k =1" in lines[1]
    assert "at x" not in lines[1]
    assert f'href="?view=events&amp;span={span_id(3)}#span"' in page
    assert "3 events · ✕ 1 exception" in read_text(page)


def test_only_exceptions_and_only_what_mentions_a_text(events: None, client: Client) -> None:
    assert len(read_lines(read_page(client, f"{PAGE}/view/events?exceptions=1"))) == 1
    (line,) = read_lines(read_page(client, f"{PAGE}/view/events?text=LATE"))
    assert "root late" in line
    assert len(read_lines(read_page(client, f"{PAGE}/view/events?text=valueerror&exceptions=1"))) == 1
    # That is the name of the span, and none of the event's.
    nothing = read_page(client, f"{PAGE}/view/events?text=pay")
    assert "No event of this trace is like that." in nothing
    assert 'href="?view=events"' in nothing
    kept = read_page(client, f"{PAGE}/view/events?text=%22%3E%3Cscript%3E&exceptions=1&clock=sent")
    assert "<script>" not in kept
    assert 'name="clock" value="sent"' in kept


def test_too_long_a_text_is_a_sentence(events: None, client: Client) -> None:
    page = read_page(client, f"{PAGE}/view/events?text={'x' * 401}")
    assert "more than 400 characters" in page
    assert read_lines(page) == []


def test_many_events_have_pages_and_many_attributes_a_count(send: Send, client: Client) -> None:
    many = {f"k{number}": number for number in range(9)}
    send(make_span(1, start_ns=START, events=[make_event(f"e{n}", START + n * MS, many) for n in range(230)]))
    page = read_page(client, f"{PAGE}/view/events?skip=200")
    lines = read_lines(page)
    assert len(lines) == 30
    assert "e200 k0 =0 k1 =1 k2 =2 k3 =3 k4 =4 k5 =5 and 3 more" in lines[0]
    assert "230 events · 201–230" in read_text(page)
    assert 'rel="prev" href="?view=events&amp;skip=100"' in page
    assert 'rel="next"' not in page


def test_a_trace_without_events_says_so(send: Send, client: Client) -> None:
    send(make_span(1))
    assert "The spans of this trace have no events." in read_page(client, f"{PAGE}/view/events")
