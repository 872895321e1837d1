"""The view `summary` of a trace."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from django.test import Client

from tests.builders import MS
from tests.pages.looking import read_page, read_text
from tests.pages.sending import TRACE_ID, make_span, span_id
from traces.domain.span import Operation, Service
from traces.domain.summing.grouping import Label
from traces.domain.usual import Usual
from traces.storage.base import ProjectId
from traces.trace_views.summary import lines, ranking
from traces.usual_times import get_usual_times, provide

Send = Callable[..., None]
VIEW = f"/trace/{TRACE_ID}/view/summary"


@pytest.fixture
def shop(send: Send) -> None:
    """A request of 100 ms: a charge that fails, and twelve reads."""
    send(make_span(1, name="POST /checkout", kind=2, duration_ns=100 * MS), service="checkout")
    send(make_span(2, 1, name="charge", kind=3, duration_ns=60 * MS, status=2), service="payment")
    reads = [make_span(10 + n, 1, name="SELECT", kind=3, duration_ns=(n + 1) * MS) for n in range(12)]
    send(*reads, service="items")


class UsualCharge:
    """10 ms is usual for `charge`, 20 ms its p95; nothing is known of others."""

    def load(self, project: ProjectId, operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
        usual = Usual(
            span_count=100,
            uppers_ns=[10 * MS, 20 * MS],
            middles_ns=[10 * MS, 20 * MS],
            weights=[90, 10],
        )
        return {operation: usual for operation in operations if operation.name == "charge"}

    def find_typical_trace(self, project: ProjectId, operation: Operation, until_ns: int) -> bytes | None:
        return None


@pytest.fixture
def usual_charge() -> Iterator[None]:
    before = get_usual_times()
    provide(UsualCharge())
    yield
    provide(before)


def read_lines(client: Client, words: str = "") -> list[str]:
    """The lines of the table as text, its head first."""
    return [read_text(line).strip() for line in re.findall(r"<tr.*?</tr>", read_page(client, VIEW + words), re.DOTALL)]


def test_operations_are_summed_up_with_what_took_most_of_the_path_first(
    shop: None, usual_charge: None, client: Client
) -> None:
    head, *rows = read_lines(client)
    assert head == "Operation Spans Critical path ↓ Self time Total Median p95 Max Errors Against usual"
    assert rows[0] == (
        "pa payment charge client Spans 1 Critical path 60.0 ms 60 % Self time 60.0 ms Total 60.0 ms Median 60.0 ms"
        " p95 60.0 ms Max 60.0 ms Errors ✕ 1 Against usual ▲ ×6.0 usually 10.0 ms, p95 20.0 ms"
    )
    assert [row.split(" Spans ")[0] for row in rows[1:]] == [
        "ch checkout POST /checkout server",
        "it items SELECT client",
    ]


def test_of_a_few_spans_nothing_is_usual() -> None:
    operation = Operation(service=Service(name="payment", slot=1), name="charge", kind=3)
    few, enough = (Usual(span_count=count, uppers_ns=[MS], middles_ns=[MS], weights=[count]) for count in (71, 72))
    label = Label(text="charge", operation=operation)
    assert ranking.compare(label, 2 * MS, {operation: few}) == (0.0, None)
    assert ranking.compare(label, 2 * MS, {operation: enough}) == (2.0, enough)


def test_without_anything_usual_there_is_no_column_for_it(shop: None, client: Client) -> None:
    assert "usual" not in read_page(client, VIEW)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["checkout", "items", "payment"]),
        ("-name", ["payment", "items", "checkout"]),
        ("-spans", ["items", "checkout", "payment"]),
        ("max", ["items", "payment", "checkout"]),
        ("-median", ["checkout", "payment", "items"]),
        ("-p95", ["checkout", "payment", "items"]),
        ("-total", ["checkout", "items", "payment"]),
        ("-errors", ["payment", "checkout", "items"]),
        ("-self", ["items", "payment", "checkout"]),
        ("nonsense", ["payment", "checkout", "items"]),
    ],
)
def test_every_column_sorts(sort: str, expected: list[str], shop: None, client: Client) -> None:
    rows = read_lines(client, f"?by=service&sort={sort}")[1:]
    assert [row.split(" ")[1] for row in rows] == expected


def test_figures_lead_to_the_spans_behind_them(shop: None, client: Client) -> None:
    page = read_page(client, VIEW + "?by=service&sort=name")
    items = page.split("</tr>")[2]
    slowest = f'href="?view=summary&amp;by=service&amp;sort=name&amp;span={span_id(21)}#span" data-row="13">12.0 ms'
    assert 'data-rows="2-13">12</a>' in items
    assert slowest in items
    assert 'data-row="1">1</a>' in page.split("</tr>")[3]


def test_groups_beyond_the_limit_are_one_line(shop: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "MAX_GROUPS", 1)
    rows = read_lines(client, "?by=service")[1:]
    assert len(rows) == 2
    assert rows[1].startswith("2 other groups together Spans 13 ")


def test_a_long_list_of_rows_is_asked_for(shop: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_MAX_LISTED", 3)
    (address,) = set(re.findall(r'data-rows-from="([^"]+)"', read_page(client, VIEW + "?by=service&sort=name")))
    answer = client.get(address.replace("&amp;", "&"))
    assert answer.content == b"2-13"
    errors = client.get(f"/trace/{TRACE_ID}/summary-rows?by=status&row=1&only=errors")
    assert errors.content == b"1"
    path = client.get(f"/trace/{TRACE_ID}/summary-rows?by=kind&row=2&only=critical")
    assert path.content == b"1"
    assert client.get(f"/trace/{TRACE_ID}/summary-rows?by=kind&row=99").content == b""


def test_rows_of_another_build_are_refused(shop: None, client: Client) -> None:
    assert client.get(f"/trace/{TRACE_ID}/summary-rows?by=kind&row=1&build=old").status_code == 409


def test_spans_are_grouped_by_what_an_attribute_says(send: Send, client: Client) -> None:
    send(
        make_span(1, duration_ns=100 * MS, attributes={"http.route": "/<b>"}),
        make_span(2, 1, duration_ns=20 * MS, attributes={"http.route": "/cart"}),
        make_span(3, 1, duration_ns=30 * MS, attributes={"http.route": 7}),
        make_span(4, 1, duration_ns=1 * MS),
        resource={"host.name": "a"},
    )
    routes = read_lines(client, "?by=attribute:span.http.route&sort=-total")
    assert [line.split(" Spans ")[0] for line in routes] == [
        "span.http.route",
        "/&lt;b&gt;",
        "7 int",
        "/cart",
        "without it",
    ]
    assert read_lines(client, "?by=http.route")[0].startswith("span.http.route ")
    assert [line.split(" Critical ")[0] for line in read_lines(client, "?by=resource.host.name")[1:]] == ["a Spans 4"]


def test_a_name_that_no_address_can_hold_leads_to_its_service_or_nowhere(send: Send, client: Client) -> None:
    send(make_span(1, name="n" * 100_000), service="shop")
    send(make_span(2, 1, name="charge"), service="s" * 100_000)
    for by, addresses in (("operation", ["service=shop"]), ("service", ["service=shop"])):
        page = read_page(client, f"{VIEW}?by={by}")
        assert re.findall(r'href="/service\?[^"]*(service=[^"]*)"', page) == addresses
        assert len(page) < 50_000
