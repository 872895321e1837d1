"""The panel of a span: in the page, and alone."""

import math
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests.builders import MS, make_event, make_link
from tests.pages.looking import find_panel, read_page, read_text
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id

Send = Callable[..., None]
PAGE = f"/trace/{TRACE_ID}"
STACK = """\
Traceback (most recent call last):
  File "/app/a.py", line 1, in f
  File "<frozen x>", line 2, in g
KeyError"""


def read_fragment(client: Client, row: int = 0, **more: str) -> str:
    answer = client.get(f"{PAGE}/span", {"row": str(row), **more})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    return answer.content.decode()


def test_the_panel_says_everything_about_a_span(send: Send, client: Client) -> None:
    failure = {"exception.type": "KeyError", "exception.message": "'sku'", "exception.stacktrace": STACK}
    span = make_span(
        2,
        1,
        name="POST /charge",
        kind=3,
        status=2,
        status_message="card declined",
        attributes={"b": "2", "a": "1", "url.full": "https://bank.example/charge"},
        events=[
            make_event("exception", HALF_A_MINUTE_AGO + 3 * MS, failure),
            make_event("retry", HALF_A_MINUTE_AGO + 2 * MS, {"n": 1}),
        ],
        links=[make_link(205, 9, {"why": "batch"}, trace_state="l=1")],
        trace_state="vendor=1",
        dropped_attributes_count=3,
        dropped_events_count=4,
        dropped_links_count=5,
    )
    send(make_span(1, duration_ns=100 * MS), span, resource={"host.name": "node-7"})
    panel = find_panel(read_page(client, f"{PAGE}?span={span_id(2)}"))
    text = read_text(panel)
    assert "POST /charge" in text
    assert "Duration 10.0 ms 10,000,000 ns · 10 % of the trace" in text
    assert "Starts at +1.00 ms" in text
    assert "Kind client →" in text
    assert "Status ✕ error" in text
    assert "✕ Error card declined KeyError +1.00 ms &#x27;sku&#x27; Traceback" in text
    assert "Attributes 3 HTTP url.full" in text
    assert re.search(r">a<.*>b<", panel, re.DOTALL)
    assert '<a class="raw" href="https://bank.example/charge" rel="noopener noreferrer">' in panel
    assert "Events 2 · 4 dropped by the sender retry +0 ns" in text
    assert "exception +1.00 ms" in text
    assert "Links 1 · 5 dropped by the sender ↗ links to" in text
    assert f'href="/trace/{205:032x}?span={span_id(9)}#span"' in panel
    assert f"{205:032x} not kept here · {span_id(9)} l=1 why" in text
    assert "host.name" in text
    assert "vendor=1" in text
    assert "3 dropped by the sender" in text
    assert f'href="/api/v1/traces/{TRACE_ID}/spans/{span_id(2)}?row=1&amp;clock=corrected"' in panel
    assert f'href="/api/v1/traces/{TRACE_ID}/spans/{span_id(2)}/otlp?row=1&amp;clock=corrected"' in panel


def test_the_fragment_is_what_the_page_contains(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=100 * MS), make_span(2, 1, attributes={"k": "v"}))
    in_page = find_panel(read_page(client, f"{PAGE}?span={span_id(2)}"))
    fragment = read_fragment(client, 1)
    assert fragment.strip() == in_page
    assert f'data-row="1" data-span-id="{span_id(2)}"' in fragment


def test_a_fragment_of_the_same_build_may_be_kept(send: Send, client: Client) -> None:
    send(make_span(1))
    build = re.search(r'data-build="([^"]+)"', read_fragment(client))[1]  # type: ignore[index]
    assert client.get(f"{PAGE}/span?row=0&build={build}")["Cache-Control"] == "private, max-age=300"
    assert client.get(f"{PAGE}/span?row=0")["Cache-Control"] == "private, no-cache"


def test_a_fragment_of_another_build_is_refused(send: Send, client: Client) -> None:
    send(make_span(1))
    build = re.search(r'data-build="([^"]+)"', read_fragment(client))[1]  # type: ignore[index]
    send(make_span(2, 1))
    answer = client.get(f"{PAGE}/span?row=0&build={build}")
    assert (answer.status_code, answer["Content-Type"]) == (409, "text/plain; charset=utf-8")
    assert answer.content.decode() == "New spans have arrived in this trace since the page was loaded.\n"


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        (f"{PAGE}/span?row=1", 404, f"Trace {TRACE_ID} has no span in row 1."),
        (f"/trace/{'f' * 32}/span?row=0", 404, f"No span of trace {'f' * 32} is kept here."),
        ("/trace/checkout/span?row=0", 400, "“checkout” is not a trace id"),
        (f"{PAGE}/span", 400, "A row is a whole number from 0 on."),
        (f"{PAGE}/span?row=-1", 400, "A row is a whole number from 0 on."),
        (f"{PAGE}/span?row=9999999999", 400, "A row is a whole number from 0 on."),
        (f"{PAGE}/span?row=²", 400, "A row is a whole number from 0 on."),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(
    send: Send, client: Client, address: str, status: int, sentence: str
) -> None:
    send(make_span(1))
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert answer.content.decode().startswith(sentence)


def test_a_store_that_takes_too_long_is_a_sentence(send: Send, client: Client, settings: Settings) -> None:
    send(make_span(1))
    settings.SEARCH_TIMEOUT_SECONDS = 0.000_001
    answer = client.get(f"{PAGE}/span?row=0")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer.content.decode().startswith("This would take longer than")


def test_a_fragment_is_read_only(send: Send, client: Client) -> None:
    assert client.post(f"{PAGE}/span?row=0").status_code == 405


def test_a_fragment_asks_as_much_of_the_store_in_a_trace_of_any_size(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=5_000 * MS, links=[make_link(5, 5)]))
    read_fragment(client)
    with CaptureQueriesContext(connection) as of_one:
        read_fragment(client)
    links = [make_link(n, 1) for n in range(100, 150)]
    send(*(make_span(n, 1, links=links) for n in range(2, 1_000)))
    read_fragment(client, 500)
    with CaptureQueriesContext(connection) as of_many:
        read_fragment(client, 500)
    assert len(of_many) - len(of_one) <= 2
    assert len(of_many) <= 20


def test_the_panel_can_be_closed_where_it_was_opened(send: Send, client: Client) -> None:
    send(make_span(1), make_span(2, 1))
    page = read_page(client, f"{PAGE}?span={span_id(2)}")
    assert re.search(r'class="close" data-do="close" href="\?first=0#r2"', page)
    assert 'id="r2"' in page


def test_the_panel_leads_to_the_neighbours(send: Send, client: Client) -> None:
    send(make_span(1), make_span(2, 1), make_span(3, 1))
    tools = read_fragment(client, 2).split("</p>")[0]
    assert re.findall(r'href="\?span=(\d+)#span"', tools) == [span_id(1), span_id(2)]
    assert 'data-go="0"' in tools


def test_each_half_of_a_call_under_one_id_has_a_page_and_leads_to_the_other(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=100 * MS), make_span(2, 1, kind=3, name="call"), service="shop")
    send(make_span(2, 1, kind=2, name="serve", status=2), make_span(3, 2, name="query"), service="stock")
    page = read_page(client, f"{PAGE}?span={span_id(2)}")
    called = find_panel(page)
    (half,) = re.findall(r'rel="next" href="\?span=(\w+)#span"', called)
    assert half != span_id(2)
    assert f"Span id {span_id(2)} shared with another span" in read_text(called)
    assert f'href="?span={half}#span" title="Go to the first"' in page
    assert "joined with the caller&#x27;s span of the same id" in page

    served = find_panel(read_page(client, f"{PAGE}?span={half}"))
    text = read_text(served)
    assert "serve" in text
    assert f"Span id {span_id(2)} shared with the caller's span" in text
    assert re.findall(r'href="\?span=(\w+)#span"', served)[:3] == [span_id(2), span_id(2), span_id(3)]
    assert f'data-span-id="{half}"' in served
    assert find_panel(read_fragment(client, 2)) == served
    api = client.get(f"/api/v1/traces/{TRACE_ID}/spans/{half}").json()
    assert (api["name"], api["span_id"], api["depth"]) == ("serve", span_id(2), 2)
    below = find_panel(read_page(client, f"{PAGE}?span={span_id(3)}"))
    assert re.findall(r'href="\?span=(\w+)#span"', below)[:2] == [half, half]


def test_a_long_value_is_cut_and_leads_to_the_whole(send: Send, client: Client) -> None:
    send(make_span(1, attributes={"body": "x" * 100_000}))
    panel = read_fragment(client)
    assert "show all 100,000 characters" in panel
    assert len(panel) < 12_000


def test_every_type_of_value_is_shown(send: Send, client: Client) -> None:
    values = {
        "int": 2**63 - 1,
        "nan": math.nan,
        "list": [1, "b"],
        "map": {"k": True},
        "nothing": None,
        "items": "not the method",
        "hidden": "a\0\u202eb",
    }
    send(make_span(1, attributes=values))
    text = read_text(read_fragment(client))
    for shown in ("9223372036854775807", "nan", "[1, &quot;b&quot;]", "{&quot;k&quot;: true}", "not the method"):
        assert shown in text
    assert "a⟨U+0000⟩⟨U+202E⟩b" in text


def test_statements_and_documents_come_laid_out_with_what_was_sent(send: Send, client: Client) -> None:
    send(make_span(1, attributes={"db.query.text": "select 1 from a", "payload": '{"a":1,"b":2}'}))
    panel = read_fragment(client)
    assert '<span class="raw" hidden>select 1 from a</span><span class="pretty">select 1\nfrom a</span>' in panel
    assert '<span class="pretty">{\n  &quot;a&quot;: 1,\n  &quot;b&quot;: 2\n}</span>' in panel


def test_a_value_leads_to_the_spans_that_have_it_and_to_the_others(send: Send, client: Client) -> None:
    send(make_span(1, attributes={"http.route": "/a b"}), resource={"host.name": "n1"})
    send(make_span(2, attributes={"http.route": "/c"}, trace=7))
    panel = read_fragment(client)
    only, without = re.findall(r'href="(/\?tags=http[^"]+)"', panel)
    assert f"/trace/{TRACE_ID}" in read_page(client, only)
    assert f"/trace/{7:032x}" not in read_page(client, only)
    assert f"/trace/{TRACE_ID}" not in read_page(client, without)
    assert f"/trace/{7:032x}" in read_page(client, without)
    assert f"/trace/{TRACE_ID}" in read_page(client, re.findall(r'href="(/\?tags=resource.host[^"]+)"', panel)[0])


def test_frames_of_libraries_are_folded(send: Send, client: Client) -> None:
    failure = {"exception.type": "KeyError", "exception.stacktrace": STACK, "exception.escaped": True}
    send(make_span(1, events=[make_event("exception", attributes=failure)]))
    panel = read_fragment(client)
    assert re.search(r'<pre tabindex="0" class="own"> *File &quot;/app/a.py', panel)
    assert re.search(
        r'<details class="library"><summary>1 library frame</summary><pre tabindex="0"> *File &quot;&lt;f', panel
    )
    assert "Copy without library frames" in panel
    assert "left the span" in panel


def test_an_exception_without_frames_of_ones_own_is_shown_whole(send: Send, client: Client) -> None:
    stack = "\n".join(line for line in STACK.splitlines() if "/app" not in line)
    send(make_span(1, attributes={"exception.type": "KeyError", "exception.stacktrace": stack}))
    panel = read_fragment(client)
    assert "Exception" in read_text(panel)
    assert 'class="library"' not in panel


def test_events_stand_along_the_span(send: Send, client: Client) -> None:
    events = [make_event(f"e{at}", HALF_A_MINUTE_AGO + at * MS) for at in (3, 6, 999)]
    send(make_span(1, duration_ns=10 * MS, events=events))
    panel = read_fragment(client)
    assert re.findall(r'<line x1="([\d.]+)%"', panel) == ["20", "50", "100"]
    assert "e999 +998 ms outside the span" in read_text(panel)


def test_links_know_the_other_trace_in_both_directions(send: Send, client: Client) -> None:
    send(make_span(1, name="publish", links=[make_link(7, 2)]))
    send(
        make_span(1, trace=7, name="consume batch", status=2, duration_ns=50 * MS),
        make_span(2, 1, trace=7, links=[make_link(int(TRACE_ID, 16), 1)]),
        service="worker",
    )
    panel = read_fragment(client)
    text = read_text(panel)
    assert re.search(r"Links 2 ↗ links to wo worker consume batch 50.0 ms · .+ ago · ✕ 1 error · 0{15}2", text)
    assert re.search(r"↙ linked from wo worker consume batch 50.0 ms · .+ ago · ✕ 1 error · 0{15}2", text)
    assert panel.count(f'href="/trace/{7:032x}?span={span_id(2)}#span"') == 2


def test_a_link_within_the_trace_says_so(send: Send, client: Client) -> None:
    send(make_span(1), make_span(2, 1, links=[make_link(int(TRACE_ID, 16), 1)]))
    assert "linked from a span of this trace" in read_text(read_fragment(client, 0))
    assert "links to a span of this trace" in read_text(read_fragment(client, 1))


def test_what_is_odd_about_a_span_is_said(send: Send, client: Client) -> None:
    send(make_span(1), make_span(3, parent=2, end_time_unix_nano=1), make_span(4, 1, end_time_unix_nano=0))
    whole = [read_text(read_fragment(client, row)) for row in range(3)]
    assert sum("It is said to end before it starts, at 1970-01-01" in text for text in whole) == 1
    assert sum("It was sent without an end" in text for text in whole) == 1
    assert sum("Its parent is not here" in text for text in whole) == 1


def test_a_share_is_written_so_that_it_says_something(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=1_000 * MS), make_span(2, 1, duration_ns=100), make_span(3, 1, duration_ns=4 * MS))
    assert "· 100 % of the trace" in read_text(read_fragment(client, 0))
    assert "· &lt; 0.1 % of the trace" in read_text(read_fragment(client, 1))
    assert "· 0.4 % of the trace" in read_text(read_fragment(client, 2))
