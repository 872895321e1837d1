"""Pinning a trace from its page, the shelf of pinned traces, and the mark in result lists."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from playwright.sync_api import Page, expect

from tests.contracts.queue import roll_up
from tests.pages.sending import TRACE_ID, make_span
from traces import pin_views
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

Send = Callable[..., None]
Open = Callable[..., Page]
PAGE = f"/trace/{TRACE_ID}"


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_pinned_trace_says_so_on_its_page_on_the_shelf_and_in_results(send: Send, client: Client) -> None:
    send(make_span(1), make_span(2, trace=2))
    note = "INC-812 <b>&"

    answer = client.post(f"{PAGE}/pin?view=waterfall&span={1:016x}", {"do": "pin", "note": note})

    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?view=waterfall&span={1:016x}")
    for address in (PAGE, "/pinned", "/"):
        html = read(client, address)
        assert "INC-812 &lt;b&gt;&amp;" in html
        assert note not in html
    assert read(client, "/").count('class="pinned"') == 1


def test_what_was_let_go_by_mistake_is_pinned_again(send: Send, client: Client) -> None:
    send(make_span(1))
    client.post(f"{PAGE}/pin", {"do": "pin", "note": "keep"})

    gone = client.post(f"{PAGE}/pin", {"do": "unpin", "from": "shelf", "note": "keep"}, follow=True)

    assert gone.redirect_chain == [(f"/pinned?unpinned={TRACE_ID}&note=keep", 302)]
    assert "No trace is pinned" in gone.content.decode()
    assert "Pin it again" in gone.content.decode()
    again = client.post(f"{PAGE}/pin", {"do": "pin", "from": "shelf", "note": "keep"}, follow=True)
    assert again.redirect_chain == [("/pinned", 302)]
    assert "1 pinned trace" in again.content.decode()
    assert "Pin it again" not in read(client, f"/pinned?unpinned={TRACE_ID}")


def test_the_shelf_has_pages_and_shows_the_first_for_an_address_that_makes_no_sense(
    send: Send, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pin_views, "PINS_A_PAGE", 2)
    send(*(make_span(number, trace=number) for number in range(1, 4)))
    for number in range(1, 4):
        get_store().pin_trace(DEFAULT_PROJECT, number.to_bytes(16, "big"), f"note {number};")

    first, second = read(client, "/pinned"), read(client, "/pinned?first=2")

    notes = [re.findall(r"note (\d+);</td>", html) for html in (first, second)]
    assert notes == [["3", "2"], ["1"]]
    assert 'href="?first=2"' in first
    assert 'href="?first=0"' in second
    for address in ("/pinned?first=-1", "/pinned?first=x", "/pinned?unpinned=x"):
        assert re.findall(r"note (\d+);</td>", read(client, address)) == ["3", "2"]
    assert "nothing after" in read(client, "/pinned?first=9")


def test_what_cannot_be_pinned_is_said_in_a_sentence(send: Send, client: Client, settings: LazySettings) -> None:
    settings.PINNED_TRACES_MAX = 1
    send(make_span(1), make_span(2, trace=2))
    assert client.post(f"/trace/{9:032x}/pin").status_code == 404
    assert client.post("/trace/xyz/pin").status_code == 400
    assert client.post(f"{PAGE}/pin", {"note": "x" * 501}).status_code == 400
    assert client.post(f"{PAGE}/pin").status_code == 302
    refused = client.post(f"/trace/{2:032x}/pin")
    assert (refused.status_code, b"1 traces are pinned" in refused.content) == (409, True)
    assert client.get(f"{PAGE}/pin").status_code == 405
    assert Client(enforce_csrf_checks=True).post(f"{PAGE}/pin").status_code == 403


def test_without_scripts_a_trace_is_pinned_noted_spared_and_let_go(send: Send, open_page: Open) -> None:
    send(make_span(1, name="GET /cart"), make_span(2, trace=2))
    page = open_page(PAGE, java_script_enabled=False)
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_label("Note").fill("INC-812")
    page.get_by_label("Note").press("Enter")
    expect(page.locator(".pin-note")).to_contain_text("INC-812")
    page.get_by_role("button", name="Pinned", exact=True).click()
    expect(page.get_by_label("Note")).to_have_value("INC-812")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Note")).to_be_hidden()

    roll_up()
    get_store().delete_older_than(timedelta(0), datetime.now(UTC) + timedelta(minutes=1))

    page.get_by_role("link", name="Pinned", exact=True).click()
    expect(page.get_by_role("heading", name="1 pinned trace")).to_be_visible()
    page.get_by_role("link", name="GET /cart").click()
    expect(page.locator(".pin-note")).to_contain_text("INC-812")
    page.go_back()
    page.get_by_role("button", name="Unpin GET /cart").click()
    expect(page.get_by_role("heading", name="No trace is pinned")).to_be_visible()
