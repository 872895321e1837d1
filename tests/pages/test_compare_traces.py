"""The page that compares two traces."""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect

from tests.builders import MS, SECOND
from tests.pages.looking import read_page, read_text
from tests.pages.sending import HALF_A_MINUTE_AGO, make_span, send_spans
from traces import usual_times
from traces.comparing.sentences import say_failures
from traces.domain.errors import StoreUnavailable
from traces.domain.span import Operation
from traces.domain.usual import Usual
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId

Open = Callable[..., Page]

A, B, C = (f"{number:032x}" for number in (0xA1, 0xB2, 0xC3))
PAIR = f"/compare?a={A}&b={B}"


def send_cart(trace: str, till_ms: int, queries: int, version: str = "1.0", name: str = "GET /cart") -> None:
    """A trace of a cart: the till, then so many queries of 20 ms, one after another."""
    number = int(trace, 16)
    root_ms = 10 + till_ms + 20 * queries
    send_spans(
        make_span(1, trace=number, name=name, kind=2, duration_ns=root_ms * MS, attributes={"cart.items": queries}),
        service="shop",
        resource={"service.version": version},
    )
    send_spans(
        make_span(2, 1, trace=number, name="POST /charge", duration_ns=till_ms * MS, attributes={"bank": version}),
        service="till",
    )
    selects = [
        make_span(
            100 + each,
            1,
            trace=number,
            name="SELECT items",
            kind=3,
            start_ns=HALF_A_MINUTE_AGO + (2 + till_ms + 20 * each) * MS,
            duration_ns=20 * MS,
        )
        for each in range(queries)
    ]
    send_spans(*selects, service="database")


@pytest.fixture
def carts(db: None) -> None:
    """B takes 180 ms longer than A: 80 at the till, and 100 for five queries more."""
    send_cart(A, till_ms=100, queries=1)
    send_cart(B, till_ms=180, queries=6, version="1.1")


class KnownTimes:
    """What is usual, as a test says."""

    def __init__(self, usual: Usual | None, typical: str, fails: bool = False) -> None:
        self._usual, self._typical, self._fails = usual, typical, fails
        self.asked: list[tuple[str, int]] = []

    def load(self, project: ProjectId, operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
        if self._fails:
            raise StoreUnavailable("busy")
        return dict.fromkeys(operations, self._usual) if self._usual else {}

    def find_typical_trace(self, project: ProjectId, operation: Operation, until_ns: int) -> bytes | None:
        self.asked.append((operation.name, until_ns))
        return bytes.fromhex(self._typical) if self._typical else None


Know = Callable[..., KnownTimes]


@pytest.fixture
def know() -> Iterator[Know]:
    before = usual_times.get_usual_times()

    def provide(usual: Usual | None = None, typical: str = "", fails: bool = False) -> KnownTimes:
        known = KnownTimes(usual, typical, fails)
        usual_times.provide(known)
        return known

    yield provide
    usual_times.provide(before)


def usual_of(low_ms: int, high_ms: int) -> Usual:
    """Half of a hundred spans take one time, half the other."""
    times_ns = low_ms * MS, high_ms * MS
    return Usual(span_count=100, uppers_ns=times_ns, middles_ns=times_ns, weights=(50.0, 50.0))


def show(client: Client, address: str, status: int = 200) -> str:
    return html.unescape(read_text(read_page(client, address, status)))


def find_lines(page: str, table: str) -> list[str]:
    """The texts of the lines of a table."""
    (found,) = re.findall(rf'<table class="compare-table[^"]* {table}".*?</table>', page, re.DOTALL)
    return [html.unescape(read_text(row)).strip() for row in re.findall(r"<tr.*?</tr>", found, re.DOTALL)[1:]]


def test_the_difference_comes_first_and_its_parts_add_up(carts: None, client: Client) -> None:
    text = show(client, PAIR)
    assert "▲ B is 180 ms slower: 310 ms instead of 130 ms (×2.38)" in text
    assert "+100 ms 5 more calls: database › SELECT items , +80.0 ms till › POST /charge" in text
    assert "▼ B is 180 ms faster: 130 ms instead of 310 ms (×0.419)" in show(client, f"/compare?a={B}&b={A}")


def test_a_trace_that_fails_is_not_only_faster() -> None:
    assert say_failures(0, 6) == "B has 6 failed spans, A has none."
    assert say_failures(1, 0) == "A has 1 failed span, B has none."
    assert (say_failures(0, 0), say_failures(2, 1)) == ("", "")


def test_what_took_longer_beside_the_path_is_not_faster(db: None, client: Client) -> None:
    for trace, quote_ms, load_from_ms in ((0xA1, 50, 52), (0xB2, 80, 0)):
        start_ns = HALF_A_MINUTE_AGO + load_from_ms * MS
        send_spans(
            make_span(1, trace=trace, name="GET /cart", duration_ns=200 * MS),
            make_span(2, 1, trace=trace, name="quote", duration_ns=quote_ms * MS),
            make_span(3, 1, trace=trace, name="load", start_ns=start_ns, duration_ns=190 * MS - load_from_ms * MS),
        )
    (quote,) = [line for line in find_lines(read_page(client, PAIR), "parts") if "quote" in line]
    assert "less of it waited for A 50.0 ms B 0 ns −50.0 ms" in quote


def test_contributions_are_ranked_with_their_spans(carts: None, client: Client) -> None:
    page = read_page(client, PAIR)
    first, second = find_lines(page, "parts")
    assert re.match(r"da database SELECT items below shop › GET /cart 5 more calls A – B 100 ms \+100 ms", first)
    assert re.match(r"ti till POST /charge below shop › GET /cart slower A 100 ms B 180 ms \+80.0 ms", second)
    assert f'href="/trace/{A}?span=0000000000000002#span"' in page
    assert f'href="/trace/{B}?span=0000000000000002#span"' in page
    assert '<rect x="50%" y="6" width="40%"' in page


def test_the_tree_has_a_line_a_pair_with_two_bars(carts: None, client: Client) -> None:
    page = read_page(client, f"{PAIR}&show=all")
    lines = find_lines(page, "merged")
    assert len(lines) == 8
    assert lines[0].startswith("sh shop GET /cart A 130 ms B 310 ms")
    assert lines[1].startswith("▲ slower: ti till POST /charge A 100 ms B 180 ms +80.0 ms")
    assert lines[3].startswith("+ only in B: da database SELECT items A – B 20.0 ms +20.0 ms")
    bars = re.findall(r'<rect class="([ab])" x="([\d.]+)%" y="\d+" width="([\d.]+)%"', page)
    assert [(side, round(float(width))) for side, _, width in bars[:2]] == [("a", 42), ("b", 100)]
    own = re.findall(
        r'<rect class="a" x="[\d.]+%" y="\d+" width="([\d.]+)%"', read_page(client, f"{PAIR}&show=all&scale=own")
    )
    assert own[0] == "100"


def test_at_first_the_tree_has_only_what_differs_and_what_that_is_below(carts: None, client: Client) -> None:
    page = read_page(client, PAIR)
    assert [re.sub(r" A .*", "", line) for line in find_lines(page, "merged")] == [
        "sh shop GET /cart",
        "▲ slower: ti till POST /charge",
        *["+ only in B: da database SELECT items"] * 5,
    ]
    assert "✓" not in page
    assert 'aria-current="true">Differences: 6</a>' in page


def test_what_is_gone_says_so(carts: None, client: Client) -> None:
    page = read_page(client, f"/compare?a={B}&b={A}")
    assert find_lines(page, "merged")[2].startswith("− only in A: da database SELECT items A 20.0 ms B –")
    assert "5 calls fewer" in find_lines(page, "parts")[0]


def test_calls_are_counted(carts: None, client: Client) -> None:
    page = read_page(client, PAIR)
    (line,) = find_lines(page, "counts")
    assert line.startswith("da database SELECT items client expected 1 call, got 6 Calls, A 1 B 6 Self time, A 20.0 ms")
    assert "2 operations are called, and fail, as often in both." in read_text(page)


def test_calls_that_fail_in_one_trace_only_are_counted_too(carts: None, client: Client) -> None:
    for trace, status in ((A, 0), (B, 2)):
        send_spans(make_span(9, 1, trace=int(trace, 16), name="send mail", status=status), service="shop")
    lines = find_lines(read_page(client, PAIR), "counts")
    assert lines[1].startswith("sh shop send mail internal as many calls, 1 fails Calls, A 1 B 1")
    assert lines[1].endswith("Errors, A / B 0 / 1")


def test_attributes_that_differ_are_listed_for_the_root_and_for_what_contributes_most(
    carts: None, client: Client
) -> None:
    text = show(client, PAIR)
    roots = text[text.index("What the roots say differently") : text.index("What till › POST /charge says differently")]
    assert "service.version resource A 1.0 B 1.1" in roots
    assert "cart.items span A 1 B 6" in roots
    assert "service.name" not in roots
    assert "bank span A 1.0 B 1.1" in text[text.index("What till") :]


def test_a_difference_is_held_against_what_is_usual(carts: None, client: Client, know: Know) -> None:
    know(usual_of(120, 140))
    text = show(client, PAIR)
    assert (
        "That is more than the operation usually varies (p50 120 ms, p95 140 ms of 100 like it in the day before)."
        in text
    )
    assert "! more than it varies: 100 ms → 180 ms; p50 120 ms, p95 140 ms of 100" in text
    assert "A p50 of 100" not in text
    know(usual_of(10, 900))
    text = show(client, PAIR)
    assert "That is no more than the operation usually varies" in text
    assert "! more than it varies" not in text
    know(fails=True)
    assert "usually varies" not in show(client, PAIR)


def test_a_rank_leads_to_those_that_were_slower(carts: None, client: Client, know: Know) -> None:
    know(usual_of(120, 140))
    page = read_page(client, PAIR)
    (line,) = [line for line in find_lines(page, "trace-facts") if "day before" in line]
    assert line == "Among those of the day before A p75 of 100 B p99 of 100"
    addresses = [html.unescape(each) for each in re.findall(r'href="([^"]*minDuration[^"]*)"', page)]
    asked = parse_qs(urlsplit(addresses[1]).query)
    assert (asked["service"], asked["operation"], asked["minDuration"]) == (["shop"], ["GET /cart"], ["310000us"])


def test_the_median_is_found_and_becomes_a(carts: None, client: Client, know: Know) -> None:
    known = know(typical=A)
    for address in (f"/compare?a={B}&b=median", f"/compare?a=median&b={B}"):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, f"{PAIR}&chosen=median")
    assert known.asked[0][0] == "GET /cart"
    assert "chosen as a typical one" in show(client, f"{PAIR}&chosen=median")


def test_where_nothing_is_typical_a_sentence_says_so(carts: None, client: Client, know: Know) -> None:
    know(typical="")
    assert "Nothing is known yet of what is typical of shop › GET /cart" in show(
        client, f"/compare?a={B}&b=median", 404
    )
    know(typical=B)
    assert "This trace is the typical one of shop › GET /cart" in show(client, f"/compare?a={B}&b=median", 404)
    know(typical="f" * 32)
    assert "Nothing is known yet" in show(client, f"/compare?a={B}&b=median", 404)


@pytest.mark.parametrize(
    "text", [A.upper(), f"{int(A, 16):x}", f"http://jaeger.example/trace/{A}?uiFind=7", f"00-{A}-00000000000000b7-01"]
)
def test_traces_may_be_named_in_any_form(carts: None, client: Client, text: str) -> None:
    response = client.get("/compare", {"a": text, "b": f" {B} "})
    assert (response.status_code, response["Location"]) == (302, PAIR)


def test_two_of_a_list_are_compared_and_the_lower_one_is_a(carts: None, client: Client) -> None:
    assert client.get(f"/compare?t={B}&t={A}")["Location"] == PAIR
    assert "1 of the list were chosen" in show(client, f"/compare?t={A}", 400)
    assert "3 of the list were chosen" in show(client, f"/compare?t={A}&t={B}&t={C}", 400)


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 200, "Which two?"),
        (f"a={A}", 400, "Name a second trace."),
        (f"a={A}&b={A.upper()}", 400, "A and B are the same trace"),
        (f"a={A}&b={C}", 404, f"No span of trace {C} is kept here. It has not arrived, or it was deleted."),
        (f"a={C}&b=median", 404, f"No span of trace {C} is kept here."),
        (f"a={A}&b=nonsense", 400, "“nonsense” is not a trace id."),
        (f"a={A}&b={'9' * 5000}", 400, "is too long for an id."),
        (f"a={A}&b={'0' * 32}", 400, "is not a trace id: it is all zero."),
        (f"a={A}&b=%3Cscript%3E", 400, "“<script>” is not a trace id."),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_a_sentence_and_a_form(
    carts: None, client: Client, query: str, status: int, sentence: str
) -> None:
    page = read_page(client, f"/compare?{query}", status)
    assert sentence in html.unescape(read_text(page))
    assert 'name="a"' in page
    assert "<script>”" not in page


def test_a_deleted_trace_is_gone_from_the_page_too(carts: None, client: Client) -> None:
    read_page(client, PAIR)
    get_store().delete_traces(DEFAULT_PROJECT, [bytes.fromhex(B)])
    assert "It has not arrived, or it was deleted." in show(client, PAIR, 404)


def test_traces_without_a_common_root_are_compared_all_the_same(carts: None, client: Client) -> None:
    send_cart(C, till_ms=50, queries=1, name="GET /basket")
    text = show(client, f"/compare?a={A}&b={C}")
    assert "They have no root in common: A begins with shop › GET /cart, B with shop › GET /basket." in text
    assert "−50.0 ms till › POST /charge" in text


def test_spans_that_arrive_later_are_seen(carts: None, client: Client) -> None:
    assert "All: 8" in show(client, PAIR)
    send_spans(make_span(9, 1, trace=int(B, 16), name="late"), service="shop")
    assert "All: 9" in show(client, PAIR)


def test_a_large_tree_is_paged(carts: None, client: Client) -> None:
    send_spans(
        *(make_span(n, 1, trace=int(C, 16), name=f"step {n}", duration_ns=0) for n in range(2, 252)),
        make_span(1, trace=int(C, 16), name="GET /cart", kind=2, duration_ns=SECOND),
        service="shop",
    )
    page = read_page(client, f"/compare?a={A}&b={C}")
    assert "1–100 of 253" in page
    (address,) = re.findall(r'rel="next" href="([^"#]*)', page)
    page = read_page(client, html.unescape(address))
    assert "101–200 of 253" in page
    assert len(find_lines(page, "merged")) == 100
    assert "253–253 of 253" in read_page(client, f"/compare?a={A}&b={C}&first=99999")


def test_the_database_is_asked_as_often_whatever_differs(carts: None, client: Client) -> None:
    send_cart(C, till_ms=30, queries=40)
    counts = []
    for address in (PAIR, f"/compare?a={A}&b={C}"):
        read_page(client, address)
        with CaptureQueriesContext(connection) as queries:
            read_page(client, address)
        counts.append(len(queries))
    assert counts == [10, 10]


def test_names_are_text_whatever_they_contain(db: None, client: Client) -> None:
    bad = '<img src=x onerror="1">\u202e'
    for trace in (A, B):
        send_spans(
            make_span(
                1, trace=int(trace, 16), name=bad, attributes={bad: f"{bad}{trace}"}, duration_ns=int(trace, 16) * MS
            ),
            service=bad,
        )
    page = read_page(client, PAIR)
    assert "<img" not in page
    assert "\u202e" not in page
    assert "&lt;img src=x onerror=&quot;1&quot;&gt;⟨U+202E⟩" in page


def expect_pair(page: Page, a: str, b: str) -> None:
    expect(page).to_have_url(re.compile(rf"/compare\?(?=.*\ba={a})(?=.*\bb={b})"))


def test_two_of_a_list_and_the_trace_before_are_compared_by_keyboard_and_menu(
    transactional_db: None, open_page: Open
) -> None:
    for trace, till_ms in ((A, 100), (B, 180), (C, 140)):
        send_cart(trace, till_ms=till_ms, queries=1)
    page = open_page("/")
    expect(page.locator("trace-results:defined")).to_have_count(1)
    ids = [str(each.get_attribute("value")) for each in page.locator("[name=t]").all()]
    expect(page.get_by_role("button", name="Compare the two chosen")).to_be_disabled()
    page.keyboard.press("c")
    for key in ("j", "x", "j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[name=t]:checked")).to_have_count(2)
    expect(page.locator("[name=t]").first).not_to_be_checked()
    expect(page.locator("#live")).to_have_text("Two traces are chosen.")
    page.keyboard.press("c")
    expect_pair(page, ids[2], ids[1])
    page.go_back()
    page.get_by_role("link", name="shop GET /cart").nth(1).click()
    page.get_by_role("button", name="Compare").first.click()
    menu = page.get_by_role("group", name="Compare this trace")
    expect(menu.get_by_role("link", name="typical")).to_have_attribute("href", f"/compare?a=median&b={ids[1]}")
    menu.get_by_role("link", name="previous").click()
    expect_pair(page, ids[0], ids[1])
    page.go_back()
    page.get_by_role("button", name="Compare").first.click()
    menu.get_by_label("with the trace of this id").fill(f"http://old.example/trace/{ids[2]}")
    menu.get_by_role("button", name="Compare").click()
    expect_pair(page, ids[2], ids[1])
    page.get_by_role("link", name="Swap").click()
    expect_pair(page, ids[1], ids[2])
