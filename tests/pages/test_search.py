"""The search page."""

import html
import re
import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.builders import MS
from tests.pages.looking import read_page, read_text
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, SpanRequest

Send = Callable[..., None]


def test_an_empty_installation_says_how_to_send_the_first_span(send: Send, client: Client) -> None:
    page = read_page(client, "/")
    assert "http://testserver:4318" in page
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://testserver:4318" in page
    assert "http://testserver:4317" in page


def test_the_first_span_that_the_page_proposes_is_accepted(send: Send, client: Client) -> None:
    page = read_page(client, "/")
    (body,) = re.findall(r"-d '(.*?)'</pre>", html.unescape(page), re.DOTALL)
    translated = translate_otlp_json(body.encode())
    get_store().write(
        [SpanRequest(project=DEFAULT_PROJECT, body=translated.body, span_count=1, received_ns=time.time_ns())]
    )
    (trace,) = re.findall(r'href="(/trace/[0-9a-f]{32})"', page)
    assert "hello GET /hello" in read_text(read_page(client, trace))
    assert "1 trace " in read_text(read_page(client, "/"))


def test_a_result_shows_what_the_trace_is(send: Send, client: Client) -> None:
    send(make_span(1, name="GET /cart", duration_ns=2_840 * MS), service="checkout")
    send(make_span(2, 1, status=2), make_span(3, 1), service="payment")
    page = read_page(client, "/")
    assert f'href="/trace/{TRACE_ID}?results=lookback%3D1h"' in page
    assert "1 trace " in read_text(page)
    assert "checkout GET /cart" in read_text(page)
    assert "3 spans ✕ 1 error 2.84 s" in read_text(page)
    assert 'title="checkout: 1"' in page
    assert 'title="payment: 2"' in page
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"', page)


def test_search_has_a_second_address(send: Send, client: Client) -> None:
    send(make_span(1))
    assert "1 trace " in read_text(read_page(client, "/search?service=shop"))


def test_a_trace_whose_root_has_not_arrived_says_so(send: Send, client: Client) -> None:
    send(make_span(2, parent=1))
    assert "root not arrived" in read_text(read_page(client, "/"))


def test_the_conditions_of_the_form_meet_on_one_span(send: Send, client: Client) -> None:
    send(make_span(1, attributes={"http.route": "/cart"}), service="shop")
    send(make_span(2, 1, attributes={"db.system": "pg"}), service="db")
    assert "1 trace " in read_text(read_page(client, "/?service=shop&tags=http.route%3D/cart"))
    page = read_page(client, "/?service=shop&tags=db.system%3Dpg")
    assert "No trace matches" in page
    assert 'href="/?service=shop&amp;tags=db.system%3Dpg&amp;lookback=7d"' in page.replace('href="?', 'href="/?')


def test_the_form_shows_what_was_asked(send: Send, client: Client) -> None:
    send(make_span(1))
    page = read_page(
        client, "/?service=shop&operation=operation+1&tags=a%3D%22b%22&status=ok&kind=server&minDuration=1ms"
    )
    assert '<option value="shop" selected>shop</option>' in page
    assert 'value="operation 1"' in page
    assert 'value="a=&quot;b&quot;"' in page
    assert "<option selected>ok</option>" in page
    assert "<option selected>server</option>" in page
    assert 'name="minDuration" value="1ms"' in page


def test_a_service_that_never_sent_anything_stays_in_the_form(send: Send, client: Client) -> None:
    send(make_span(1))
    page = read_page(client, "/?service=nobody")
    assert "<option selected>nobody</option>" in page
    assert "No trace matches" in page


def test_names_are_suggested(send: Send, client: Client) -> None:
    send(make_span(1, attributes={"http.route": "/"}), service="shop")
    send(make_span(2, 1, name="SELECT"), service="db")
    page = read_page(client, "/?service=shop")
    assert '<option value="db">db</option>' in page
    assert '<datalist id="operations"><option>operation 1</option></datalist>' in page
    assert "<option>http.route</option>" in page


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/?minDuration=fast", "minDuration"),
        ("/?tags=%3D%3D", "tags"),
        ("/?start=yesterday", "start"),
        ("/?kind=sideways", "kind"),
        ("/?limit=0", "limit"),
        ("/?lookback=aeon", "lookback"),
    ],
)
def test_a_mistake_is_explained_beside_its_field(send: Send, client: Client, address: str, name: str) -> None:
    send(make_span(1))
    page = read_page(client, address, status=400)
    assert f'id="{name}-error"' in page
    assert f"{name}-error" in re.findall(r'aria-describedby="([^"]*)"', page)[-1] or f"{name}-error" in page
    assert "Nothing was searched" in page


def test_pages_follow_each_other_and_keep_the_search(send: Send, client: Client) -> None:
    for number in range(1, 6):
        send(make_span(number, trace=number))
    seen, address = [], "/?service=shop&limit=2"
    for _ in range(3):
        page = read_page(client, address)
        assert "5 traces " in read_text(page)
        seen.append([int(found, 16) for found in re.findall(r'href="/trace/([0-9a-f]{32})', page)])
        following = re.search(r'rel="next" href="([^"]*)"', page)
        if following:
            address = "/" + following[1].replace("&amp;", "&")
    assert seen == [[5, 4], [3, 2], [1]]
    assert following is None
    assert "service=shop" in address
    assert 'href="?service=shop&amp;limit=2">First page' in page


def test_a_cursor_of_another_server_leads_to_the_first_page(send: Send, client: Client) -> None:
    send(make_span(1))
    assert 'href="?service=shop">First page' in read_page(client, "/?service=shop&cursor=zzz", status=400)


def test_the_window_can_be_said_in_any_spelling(send: Send, client: Client) -> None:
    send(make_span(1))
    microseconds = HALF_A_MINUTE_AGO // 1_000
    inside = f"/?start={microseconds - 1_000_000}&end={microseconds + 1_000_000}"
    assert "1 trace " in read_text(read_page(client, inside))
    assert "No trace" in read_page(client, "/?start=2020-01-01&end=2020-01-02T03:04:05Z")


def test_a_name_is_text_whatever_it_contains(send: Send, client: Client) -> None:
    send(make_span(1, name="<script>alert(1)</script>\u202e"), service='"><svg onload=alert(1)>')
    page = read_page(client, "/")
    assert "<script>" not in page
    assert "<svg onload" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩" in page


def test_the_page_asks_the_database_at_most_once_for_each_trace_it_lists(send: Send, client: Client) -> None:
    send(make_span(1))
    read_page(client, "/")
    with CaptureQueriesContext(
        connection,
    ) as for_one:
        read_page(client, "/")
    send(*(make_span(n, trace=n) for n in range(2, 40)), *(make_span(n + 100, n, trace=n) for n in range(2, 40)))
    with CaptureQueriesContext(connection) as for_many:
        read_page(client, "/?limit=50")
    assert len(for_many) - len(for_one) <= 40


def test_a_page_of_results_is_small(send: Send, client: Client) -> None:
    for number in range(1, 51):
        name = f"GET /a/rather/long/path/{number}"
        send(make_span(number, trace=number, name=name), service=f"service-{number}")
    response = client.get("/?limit=50", headers={"accept-encoding": "gzip"})
    assert len(response.content) < 40_000


def test_a_search_is_read_only(send: Send, client: Client) -> None:
    assert client.post("/").status_code == 405
    assert client.head("/").status_code == 200


def test_ids_in_rows_are_hexadecimal(send: Send, client: Client) -> None:
    send(make_span(1, trace=int("AB" * 16, 16)))
    assert f'href="/trace/{"ab" * 16}?results=lookback%3D1h"' in read_page(client, "/")
