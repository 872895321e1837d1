"""The view `json` of a trace, and the downloads it offers."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.pages.looking import read_page, read_text
from tests.pages.sending import TRACE_ID, make_span, span_id
from traces.trace_views import json_view

Send = Callable[..., None]
VIEW = f"/trace/{TRACE_ID}/view/json"


def read_blocks(page: str) -> list[Any]:
    """What stands in the blocks, read as JSON."""
    blocks = re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)
    return [json.loads(html.unescape(re.sub(r"<[^>]*>", "", block))) for block in blocks]


def test_a_span_is_shown_in_every_form_as_its_sender_said_it(send: Send, client: Client) -> None:
    send(make_span(1, name="GET /<b>cart", kind=2, attributes={"n": 7, "hidden": "a\u202eb"}), service="checkout")
    page = read_page(client, VIEW)
    assert read_text(page.split("<details")[0]).split("Download")[0].split() == ["OTLP", "Jaeger", "Zipkin", "v2"]
    assert read_text(page.split("<summary>")[1].split("</summary>")[0]).split()[:3] == ["ch", "checkout", "GET"]
    assert "\u202e" not in page
    (otlp,) = read_blocks(page)
    assert otlp == client.get(f"/api/v1/traces/{TRACE_ID}/spans/{span_id(1)}/otlp").json()
    (jaeger,) = read_blocks(read_page(client, f"{VIEW}?form=jaeger"))
    assert (jaeger["spans"][0]["operationName"], jaeger["processes"]["p1"]["serviceName"]) == (
        "GET /<b>cart",
        "checkout",
    )
    (zipkin,) = read_blocks(read_page(client, f"{VIEW}?form=zipkin"))
    assert (zipkin["kind"], zipkin["localEndpoint"], zipkin["tags"]["n"]) == (
        "SERVER",
        {"serviceName": "checkout"},
        "7",
    )
    assert read_blocks(read_page(client, f"{VIEW}?form=nonsense")) == [otlp]


def test_spans_stand_on_pages_and_a_selected_one_on_its_own(
    send: Send, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_view, "ROWS_PER_PAGE", 2)
    send(make_span(1), *(make_span(number, 1) for number in range(2, 6)))
    first, last = read_page(client, VIEW), read_page(client, f"{VIEW}?span={span_id(5)}")
    assert "1 to 2 of 5 spans" in read_text(first)
    assert 'data-swap href="?view=json&amp;form=otlp&amp;skip=2">Next page' in first
    assert "Page before" not in first
    assert "5 to 5 of 5 spans" in read_text(last)
    assert f'data-swap href="?view=json&amp;form=otlp&amp;skip=2&amp;span={span_id(5)}">← Page before' in last
    assert f'<a data-row="4" href="?view=json&amp;form=otlp&amp;skip=4&amp;span={span_id(5)}#span">' in last
    assert "Next page" not in last
    assert "5 to 5 of 5" in read_text(read_page(client, f"{VIEW}?skip=999"))


def test_of_a_long_span_the_beginning_is_shown(send: Send, client: Client) -> None:
    send(make_span(1, attributes={"long": "x" * 30_000}))
    page = read_page(client, VIEW)
    assert re.search(r"The beginning of 3\d,\d{3} characters; the download has all\.", page)
    assert "data-copy" not in page
    assert len(page) < 30_000


def test_each_form_of_the_whole_trace_can_be_downloaded(send: Send, client: Client) -> None:
    send(make_span(1, name="GET /cart"), service="checkout")
    send(make_span(2, 1, name="charge"), service="payment")
    links = re.findall(r'<a href="([^"]+)" download="([^"]+)">', read_page(client, VIEW))
    assert [file for _, file in links] == [f"trace-{TRACE_ID}.{form}.json" for form in ("otlp", "jaeger", "zipkin")]
    otlp, jaeger, zipkin = (json.loads(read_body(client.get(address))) for address, _ in links)
    spans = [span for group in otlp["resourceSpans"] for scope in group["scopeSpans"] for span in scope["spans"]]
    assert [span["name"] for span in spans] == ["GET /cart", "charge"]
    assert [span["operationName"] for span in jaeger["data"][0]["spans"]] == ["GET /cart", "charge"]
    assert [span["localEndpoint"]["serviceName"] for span in zipkin] == ["checkout", "payment"]


def read_body(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer) if answer.streaming else bytes(answer.content)
