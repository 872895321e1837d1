"""The page that compares a service or an operation with itself."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from services_map.models import Subject
from tests.builders import MS, SECOND
from tests.pages.looking import read_page, read_text
from tests.services_map.rows import Call, add_version, learn_operation, write_calls

#: 2026-11-22 12:00 UTC, and an hour from then on.
NOON_S = 1_795_348_800
HOUR_S = 3_600
WINDOW = "start=2026-11-22T12:00:00Z&end=2026-11-22T13:00:00Z"
BEFORE = "start=2026-11-22T11:00:00Z&end=2026-11-22T12:00:00Z"


def spread(median_ms: float, count: int = 400, failed: int = 0, version: int = 0) -> list[Call]:
    """Durations from half to twice the median, `failed` calls of each 100 among them."""
    calls = []
    for step in range(count // 10):
        duration_ns = round(median_ms * MS * 4 ** ((step + 0.5) / (count // 10) - 0.5))
        bad = count // 10 * failed // 100 if step == 0 else 0
        calls.append(Call(duration_ns=duration_ns, count=10 - bad, version=version))
        if bad:
            calls.append(Call(duration_ns=duration_ns, count=bad, is_failed=True, version=version))
    return calls


def count(name: str, start_s: int, calls: list[Call], service: str = "shop", kind: int = 2) -> None:
    """The calls of an operation, for it and for its service."""
    service_id, operation_id = learn_operation(service, name, kind)
    write_calls(Subject.SERVICE, service_id, start_s, *calls)
    write_calls(Subject.OPERATION, operation_id, start_s, *calls)


@pytest.fixture
def shop(db: None) -> None:
    """From 12:00 on GET /cart is twice as slow as in the hour before, GET /stock as ever; POST /pay is rare."""
    count("GET /cart", NOON_S - HOUR_S, spread(20))
    count("GET /cart", NOON_S, spread(40))
    count("GET /stock", NOON_S - HOUR_S, spread(5, 200))
    count("GET /stock", NOON_S, spread(5, 200))
    count("POST /pay", NOON_S - HOUR_S, spread(90, 10))
    count("POST /pay", NOON_S, spread(90, 10))


def show(client: Client, query: str, status: int = 200) -> str:
    return html.unescape(read_text(read_page(client, f"/service/compare?{query}", status)))


def find_addresses(client: Client, query: str, label: str) -> list[dict[str, str]]:
    """Where the links of a line of the table lead to: A, then B."""
    page = read_page(client, f"/service/compare?{query}")
    (line,) = re.findall(rf'<tr[^>]*><th scope="row">{label}</th>.*?</tr>', page, re.DOTALL)
    addresses = [html.unescape(address) for address in re.findall(r'href="(/search[^"]*|/\?[^"]*)"', line)]
    return [{name: values[0] for name, values in parse_qs(urlsplit(text).query).items()} for text in addresses]


def test_the_verdict_comes_first_with_its_size(shop: None, client: Client) -> None:
    text = show(client, f"service=shop&operation=GET+/cart&{WINDOW}")
    assert "▲ Slower than the window before: p95 is 73.3 ms instead of 36.4 ms, ×2.01 (1.91–2.12)." in text
    assert "that from this window is the slower in 88 of 100 cases; 50 would be no difference." in text
    assert text.index("Slower than") < text.index("Calls")


def test_every_figure_of_both_sides_has_its_interval(shop: None, client: Client) -> None:
    text = show(client, f"service=shop&operation=GET+/cart&{WINDOW}")
    assert "Calls 6.67/min (6.03–7.35) 6.67/min (6.03–7.35) ×1.00 (0.87–1.15)" in text
    assert "Errors 0 % (0–0.95) 0 % (0–0.95) 0 points (−0.95 to +0.95)" in text
    for line in (
        "p50 39.4 ms (36.1–44.0) 19.6 ms (18.3–21.9) ×2.01 (1.75–2.29) slower",
        "p75 55.4 ms (52.7–60.6) 27.5 ms (26.7–30.1) ×2.01 (1.82–2.21) p90",
        "p90 69.1 ms (65.7–74.1) 34.3 ms (32.6–36.8) ×2.01 (1.85–2.19) p95",
        "p95 73.3 ms (72.6–77.1) 36.4 ms (36.1–38.3) ×2.01 (1.91–2.12) slower",
        "p99 77.9 ms (77.1–78.7) 39.4 ms (39.1–39.8) ×1.97 (1.95–2.00) slower",
        "Longest 78.7 ms 39.8 ms –",
    ):
        assert line in text


def test_numbers_lead_to_the_traces_behind_them(shop: None, client: Client) -> None:
    query = f"service=shop&operation=GET+/cart&kind=server&{WINDOW}"
    now, before = find_addresses(client, query, "p95")
    common = {"service": "shop", "operation": "GET /cart", "kind": "server"}
    assert {name: now[name] for name in common} == common
    assert (now["start"], now["end"]) == ("2026-11-22T12:00:00Z", "2026-11-22T12:59:59Z")
    assert (before["start"], before["end"]) == ("2026-11-22T11:00:00Z", "2026-11-22T11:59:59Z")
    assert float(now["minDuration"].removesuffix("ms")) == pytest.approx(
        2 * float(before["minDuration"][:-2]), rel=0.05
    )
    assert find_addresses(client, query, "Errors") == []


def test_errors_have_a_sentence_of_their_own(db: None, client: Client) -> None:
    count("GET /cart", NOON_S - HOUR_S, spread(20))
    count("GET /cart", NOON_S, spread(20, failed=20))
    query = f"service=shop&{WINDOW}"
    text = show(client, query)
    assert "No difference to the window before in how long calls take that could not be chance." in text
    assert "More errors: 2.00 % of calls fail instead of 0 %, +2.00 points (" in text
    assert [address["status"] for address in find_addresses(client, query, "Errors")] == ["error"]


def test_of_a_service_its_operations_are_judged_the_worst_first(shop: None, client: Client) -> None:
    text = show(client, f"service=shop&{WINDOW}")
    lines = text[text.index("Operations, the worst first") :]
    assert "3 operations are compared at once" in lines
    assert (
        "GET /cart server slower p50 ×2.01 (1.75–2.29) p95 ×2.01 (1.91–2.12) p99 ×1.97 (1.95–2.00) Calls 400 / 400"
        in lines
    )
    assert (
        "GET /stock server no difference p50 ×1.00 (0.85–1.18) p95 ×1.00 (0.91–1.09) p99 ×1.00 (too few) Calls" in lines
    )
    assert "POST /pay server too few p50 – p95 – p99 – Calls 10 / 10" in lines
    assert lines.index("GET /cart") < lines.index("GET /stock")
    page = read_page(client, f"/service/compare?service=shop&{WINDOW}&against=day")
    assert "Operations, the worst first" not in page


def test_an_operation_of_the_list_leads_to_the_same_comparison_of_it(shop: None, client: Client) -> None:
    other = "against=window&other_start=2026-11-22T11:00&other_end=2026-11-22T12:00"
    page = read_page(client, f"/service/compare?service=shop&{WINDOW}&{other}")
    (address,) = re.findall(r'<a href="(/service/compare[^"]*operation=GET[^"]*cart[^"]*)"', page)
    assert "Slower than the other window: p95" in show(client, html.unescape(address).partition("?")[2])


@pytest.mark.parametrize(
    ("against", "days", "words"),
    [("day", 1, "the same hours a day before"), ("week", 7, "the same hours a week before")],
)
def test_the_same_hours_of_another_day(db: None, client: Client, against: str, days: int, words: str) -> None:
    count("GET /cart", NOON_S - days * 24 * HOUR_S, spread(40))
    count("GET /cart", NOON_S, spread(20))
    assert f"▼ Faster than {words}: p" in show(client, f"service=shop&{WINDOW}&against={against}")


def test_another_window_is_chosen_in_a_form(shop: None, client: Client) -> None:
    page = read_page(client, f"/service/compare?service=shop&operation=GET+/cart&{WINDOW}&against=window")
    assert "Choose another window." in page
    fields = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page[page.index('class="other"') :])
    )
    assert fields["service"] == "shop"
    assert fields["operation"] == "GET /cart"
    assert (fields["start"], fields["against"]) == ("2026-11-22T12:00:00Z", "window")
    text = show(client, f"service=shop&{WINDOW}&against=window&other_start=2026-11-22T10:00&other_end=2026-11-22T12:00")
    assert "Slower than the other window" in text
    assert "2026-11-22 10:00:00 UTC – 2026-11-22 12:00:00 UTC" in text


def test_windows_that_share_calls_are_said_to(shop: None, client: Client) -> None:
    said = "The two windows overlap"
    two_days = "start=2026-11-21T12:00&end=2026-11-23T12:00"
    assert said in show(client, f"service=shop&{two_days}&against=day")
    assert said not in show(client, f"service=shop&{two_days}")
    assert said not in show(client, f"service=shop&{WINDOW}")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("against=window&other_start=2026-11-22T13:00&other_end=2026-11-22T12:00", "The other window: The window ends"),
        (
            "against=window&other_start=2199-01-01&other_end=2199-01-02",
            "The other window: This window is in the future",
        ),
        ("against=window&other_start=yesterday-ish", "The other window: “yesterday-ish” is"),
    ],
)
def test_another_window_that_cannot_be_is_refused_in_a_sentence(
    shop: None, client: Client, query: str, sentence: str
) -> None:
    text = show(client, f"service=shop&{WINDOW}&{query}", 400)
    assert "Nothing is compared" in text
    assert sentence in text


def test_a_window_that_cannot_be_read_is_said(shop: None, client: Client) -> None:
    assert "The window ends before it starts." in show(
        client, "service=shop&start=2026-11-22T13:00&end=2026-11-22T12:00", 400
    )
    assert "This window is in the future" in show(client, "service=shop&start=2199-01-01&end=2199-01-02")


@pytest.fixture
def versions(db: None) -> None:
    """2.0 is twice as slow as 1.0; both ran from 12:00 on."""
    service_id, _ = learn_operation("shop", "GET /cart")
    add_version(service_id, 1, "1.0", (NOON_S - HOUR_S) * SECOND, (NOON_S + 600) * SECOND)
    add_version(service_id, 2, "2.0", NOON_S * SECOND, (NOON_S + 600) * SECOND)
    count("GET /cart", NOON_S, [*spread(20, version=1), *spread(40, version=2)])


def test_versions_are_compared_in_one_window(versions: None, client: Client) -> None:
    query = f"service=shop&{WINDOW}&against=version"
    text = show(client, query)
    assert "▲ Slower than 1.0: p95 is 73.3 ms instead of 36.4 ms" in text
    assert re.search(r"GET /cart server slower p50 ×2\.01 .* Calls 400 / 400", text)
    assert "▼ Faster than 2.0: p95 is 36.4 ms instead of 73.3 ms" in show(
        client, f"{query}&version=1.0&other_version=2.0"
    )
    new, old = find_addresses(client, query, "p95")
    assert (new["tags"], old["tags"]) == ('resource.service.version="2.0"', 'resource.service.version="1.0"')


def test_a_version_that_does_not_exist_is_not_found(versions: None, client: Client) -> None:
    for words in ("version=2.0&other_version=9.9", "version=9.9", "version=9.9&other_version=1.0"):
        text = show(client, f"service=shop&{WINDOW}&against=version&{words}", 404)
        assert "The service never sent a span of version “9.9”." in text


def test_one_version_has_nothing_to_be_compared_with(shop: None, client: Client) -> None:
    assert "No span of this window says its service.version." in show(client, f"service=shop&{WINDOW}&against=version")
    service_id, _ = learn_operation("shop", "GET /cart")
    add_version(service_id, 1, "1.0", NOON_S * SECOND, NOON_S * SECOND)
    write_calls(Subject.SERVICE, service_id, NOON_S, *spread(20, version=1))
    text = show(client, f"service=shop&{WINDOW}&against=version")
    assert "There are no two versions to compare." in text
    assert "All spans of this window that say their version are of 1.0." in text


def test_a_window_of_one_version_is_compared_with_that_version_before(versions: None, client: Client) -> None:
    count("GET /cart", NOON_S - HOUR_S, spread(20, version=1))
    text = show(client, f"service=shop&{WINDOW}&version=1.0")
    assert "No difference to the window before" in text
    assert "GET /cart server no difference" in text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("service=nobody", "No span of a service “nobody” was ever kept here."),
        ("service=shop&operation=GET+/nothing", "“shop” has no operation “GET /nothing”."),
        ("service=shop&operation=GET+/cart&kind=client", "“shop” has no operation “GET /cart” of kind client."),
        ("", "The address names no service."),
    ],
)
def test_what_is_unknown_is_not_found(shop: None, client: Client, query: str, sentence: str) -> None:
    assert sentence in show(client, f"{query}&{WINDOW}", 404)
    assert sentence in show(client, f"{query}&{WINDOW}&against=version", 404)


def test_few_calls_get_no_verdict(shop: None, client: Client) -> None:
    text = show(client, f"service=shop&operation=POST+/pay&{WINDOW}")
    assert "Too few calls for a verdict: 10 and 10. It takes 30 on both sides." in text
    assert "p99 ≥ " in text
    assert "of 100 cases" not in text
    assert "Nothing to compare: there are no calls on one side." in show(client, f"service=shop&{WINDOW}&against=week")
    empty = show(client, "service=shop&start=2026-11-01T00:00&end=2026-11-01T01:00")
    assert "Nothing to compare" in empty
    assert "How long calls take" not in empty


def test_sampled_calls_are_said_to_be_estimates(db: None, client: Client) -> None:
    sampled = [Call(duration_ns=(10 + at) * MS, count=3, weight=10.0) for at in range(20)]
    count("GET /cart", NOON_S, sampled)
    count("GET /cart", NOON_S - HOUR_S, spread(10))
    text = show(client, f"service=shop&{WINDOW}")
    assert "Estimated from sampled spans." in text
    assert "Too few calls for a verdict: 60 sampled, worth 60 and 400. It takes 100 on both sides." in text
    assert "p50 ≈ 18.8 ms (16.9–22.3) 9.92 ms (9.07–11.1)" in text


def test_names_from_spans_are_text(db: None, client: Client) -> None:
    name, version = "<script>alert(1)</script>", '"><img src=x>'
    service_id, _ = learn_operation(name, name)
    add_version(service_id, 1, version, NOON_S * SECOND, NOON_S * SECOND)
    add_version(service_id, 2, "2\u202e", NOON_S * SECOND, NOON_S * SECOND)
    count(name, NOON_S, [*spread(20, version=1), *spread(20, version=2)], service=name)
    page = read_page(
        client,
        f"/service/compare?service=%3Cscript%3Ealert(1)%3C/script%3E&{WINDOW}&against=version&other_start=%22%3E%3Cb%3E",
    )
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e</" not in page
    assert "2⟨U+202E⟩" in page
    page = read_page(client, f"/service/compare?service=x&{WINDOW}&against=window&other_start=%22%3E%3Cb%3E", 404)
    assert '"><b>' not in page


def test_more_operations_than_fit_are_said(db: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services_map.pages.compare.views.MAX_SHOWN", 2)
    monkeypatch.setattr("services_map.pages.compare.views.MAX_COMPARED", 3)
    for number in range(5):
        count(f"GET /{number}", NOON_S - HOUR_S, spread(10 + number, 100))
        count(f"GET /{number}", NOON_S, spread(10 + number, 100))
    text = show(client, f"service=shop&{WINDOW}")
    assert "3 operations are compared at once" in text
    assert "1 more is not shown: it changed less, or for the better." in text
    assert "2 more, which took the least time, are not compared." in text
    assert text.count("no difference p50") == 2


def test_a_page_asks_the_database_as_often_for_many_operations_as_for_few(shop: None, client: Client) -> None:
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            show(client, f"service=shop&{WINDOW}")
        return len(captured)

    count_queries()
    few = count_queries()
    for number in range(12):
        count(f"GET /{number}", NOON_S, spread(10, 100))
    count_queries()
    assert count_queries() <= few
