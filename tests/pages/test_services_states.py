"""The list of services where there is nothing to list, too much, or what nobody expects."""

import gzip
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from services_map.models import Subject
from services_map.pages.services.listing import ROWS_PER_PAGE
from tests.pages.service_lists import MS, THEN, ask, count_calls, learn, names, row
from tests.services_map.crowd import add_services, write_busy_minutes
from tests.services_map.rows import Call, write_calls

pytestmark = pytest.mark.django_db

Queries = Callable[..., Any]


def test_before_the_first_span_the_page_says_how_to_send_it(client: Client) -> None:
    page = ask(client)
    assert "No span has arrived yet" in page
    assert "<table" not in page


def test_a_window_without_calls_leads_to_the_last_ones(client: Client) -> None:
    count_calls("shop", Call(duration_ns=10 * MS))
    page = client.get(reverse("services_map:services"), {"lookback": "5m", "sort": "p95"}).content.decode()
    assert "Nothing was counted in this window" in page
    assert "(2 h ago)" in page
    address = re.findall(r'<a class="button primary" href="([^"]*)">Show the time around them', page)[0]
    assert "sort=p95" in address
    found = client.get(reverse("services_map:services") + unescape(address)).content.decode()
    assert row(found, "shop")[2] == "9.92 ms"


def test_spans_that_are_not_counted_yet_are_no_reason_to_say_that_none_came(client: Client) -> None:
    learn("shop")
    page = ask(client)
    assert "Nothing was counted in this window" in page
    assert "a few seconds after they have arrived" in page


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ({"start": "now-1h", "end": "now-2h"}, 400, "The window ends before it starts."),
        ({"start": "<b>\u202e", "end": ""}, 400, "“&lt;b&gt;⟨U+202E⟩” is not a time"),
        ({"start": "2100-01-01", "end": "2101-01-01"}, 200, "This window is in the future"),
        ({"start": "1980-01-01", "end": ""}, 200, "A window is ten years at most"),
        ({"page": "999999999", "sort": "p95" * 999}, 200, "<b>1 service</b>"),
        ({"page": "-1", "q": ""}, 200, "<b>1 service</b>"),
        ({"page": "0", "q": "\0"}, 200, "No service is called that"),
    ],
)
def test_bad_input_is_answered_in_words(client: Client, words: dict[str, str], status: int, said: str) -> None:
    count_calls("shop", Call(duration_ns=MS))
    assert said in ask(client, status=status, **words)


HOSTILE = [
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "a/../b?c=d&e#f",
    "\"'><img src=x>",
    "x" * 4_096,
    " ",
    "日本語 🚀",
]


def test_names_are_text_and_nothing_else(client: Client) -> None:
    for name in HOSTILE:
        count_calls(name, Call(duration_ns=MS))
    page = ask(client, sort="name")
    shown = [unescape(name) for name in names(page)]
    assert sorted(shown) == sorted(
        ["<script>alert(1)</script>", "⟨U+202E⟩gnp.exe", "a/../b?c=d&e#f", "\"'><img src=x>", "x" * 200 + "…",
         "(no name)", "日本語 🚀"]
    )  # fmt: skip
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "service=a%2F..%2Fb%3Fc%3Dd%26e%23f" in page


def test_hundreds_of_services_come_in_pages(client: Client) -> None:
    for n, service in enumerate(add_services(205).values()):
        write_calls(Subject.SERVICE, service, THEN, Call(duration_ns=MS, count=1_000 - n), levels=(60, 600))
    page = ask(client, sort="rate")
    assert names(page) == [f"s{n}" for n in range(ROWS_PER_PAGE)]
    assert "1 to 100 of 205" in page
    assert "<b>205 services</b>" in page
    page = ask(client, sort="rate", page="3")
    assert names(page) == [f"s{n}" for n in range(2 * ROWS_PER_PAGE, 205)]
    assert "201 to 205 of 205" in page
    assert f'href="?start={THEN}&amp;end={THEN + 3600}&amp;sort=rate&amp;page=2">← Page before' in page.replace(
        f"sort=rate&amp;start={THEN}&amp;end={THEN + 3600}", f"start={THEN}&amp;end={THEN + 3600}&amp;sort=rate"
    )
    assert names(ask(client, sort="rate", page="4")) == [f"s{n}" for n in range(ROWS_PER_PAGE)]


def test_a_hundred_services_are_light_and_take_few_queries(
    client: Client, django_assert_max_num_queries: Queries
) -> None:
    write_busy_minutes(add_services(100), THEN // 600 * 600 - 3_600, 130)
    ask(client)
    with django_assert_max_num_queries(16):
        page = ask(client, sort="name")
    assert page.count('class="spark') == 5 * 100
    assert 20_000 < len(gzip.compress(page.encode(), 6)) <= 60_000
