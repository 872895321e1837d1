"""The list of services: its numbers are those that were counted, in every order, for every window."""

import re
import time

import pytest
from django.test import Client

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.models import Subject
from tests.pages.service_lists import MS, SECOND, THEN, ask, cells, count_calls, links, names, row
from tests.services_map.rows import Call, add_link, add_version, calls_edge, write_calls

pytestmark = pytest.mark.django_db


def test_the_numbers_are_those_that_were_counted(client: Client) -> None:
    count_calls("shop", Call(duration_ns=10 * MS, count=900), Call(duration_ns=100 * MS, count=80))
    count_calls("shop", Call(duration_ns=2_000 * MS, count=20, is_failed=True), at=THEN + 1_800)
    page = ask(client)
    # A percentile is within 1 % of the true one.
    assert row(page, "shop") == ["0.28", "2.0 %", "9.92 ms", "101 ms", "1.99 s"]
    assert "<b>1 service</b>" in page
    assert "counted by the minute" in page


def test_numbers_lead_to_the_traces_behind_them(client: Client) -> None:
    count_calls("a&b/c", Call(duration_ns=10 * MS, count=99), Call(duration_ns=MS, is_failed=True))
    page = ask(client)
    start, end = (time.strftime("%Y-%m-%dT%H%%3A%M%%3A%SZ", time.gmtime(THEN + s)) for s in (0, 3_600))
    window = f"start={start}&end={end}"
    assert links(page, "a&amp;b/c") == [
        f"/service?start={THEN}&end={THEN + 3600}&service=a%26b%2Fc",
        f"/?service=a%26b%2Fc&{window}",
        f"/?service=a%26b%2Fc&{window}&status=error",
        f"/?service=a%26b%2Fc&{window}&minDuration=9.92ms",
        f"/?service=a%26b%2Fc&{window}&minDuration=9.92ms",
        f"/?service=a%26b%2Fc&{window}&minDuration=9.92ms",
    ]
    for address in links(page, "a&amp;b/c")[1:]:
        assert client.get(address).status_code == 200


def test_a_change_is_said_where_it_is_more_than_chance(client: Client) -> None:
    for at, failed, duration_ns in ((THEN - 3_600, 10, 20 * MS), (THEN, 120, 50 * MS)):
        healthy = Call(duration_ns=duration_ns, count=1_000 - failed)
        count_calls("sick", healthy, Call(duration_ns=duration_ns, count=failed, is_failed=True), at=at)
        count_calls("well", Call(duration_ns=20 * MS, count=1_000 + failed % 20), at=at)
    page = ask(client)
    assert row(page, "sick") == [
        "0.28",
        "12 % 11 points more than before",
        "50.2 ms 2.5 times as long as before",
        "50.2 ms 2.5 times as long as before",
        "50.2 ms 2.5 times as long as before",
    ]
    assert row(page, "well") == ["0.28", "0 %", "20.0 ms", "20.0 ms", "20.0 ms"]
    assert '<span aria-hidden="true">▲ 11 pt</span>' in page
    assert page.count("needs attention</span>") == 1


def three_services() -> None:
    """`b` is called most, `c` fails, `a` is slow; `b` got slower, nobody calls `d` any more."""
    count_calls("a", Call(duration_ns=900 * MS, count=100))
    count_calls("a", Call(duration_ns=900 * MS, count=100), at=THEN - 600)
    count_calls("b", Call(duration_ns=400 * MS, count=1_000))
    count_calls("b", Call(duration_ns=40 * MS, count=1_000), at=THEN - 600)
    count_calls("c", Call(duration_ns=5 * MS, count=300), Call(duration_ns=5 * MS, count=30, is_failed=True))
    count_calls(
        "c", Call(duration_ns=5 * MS, count=300), Call(duration_ns=5 * MS, count=30, is_failed=True), at=THEN - 60
    )
    count_calls("d", Call(duration_ns=5 * MS, count=50), at=THEN - 600)


@pytest.mark.parametrize(
    ("sort", "order", "head", "direction"),
    [
        ("", "bdca", "attention", "descending"),
        ("attention", "bdca", "attention", "descending"),
        ("-attention", "acdb", "attention", "ascending"),
        ("name", "abcd", "name", "ascending"),
        ("-name", "dcba", "name", "descending"),
        ("rate", "bcad", "rate", "descending"),
        ("-rate", "acbd", "rate", "ascending"),
        ("errors", "cbad", "errors", "descending"),
        ("p50", "abcd", "p50", "descending"),
        ("p95", "abcd", "p95", "descending"),
        ("-p99", "cbad", "p99", "ascending"),
        ("zzz", "bdca", "attention", "descending"),
        ("--rate", "bdca", "attention", "descending"),
    ],
)
def test_a_column_orders_the_list(client: Client, sort: str, order: str, head: str, direction: str) -> None:
    three_services()
    page = ask(client, sort=sort)
    assert "".join(names(page)) == order
    assert re.findall(r'<th [^>]*class="([^"]*)" aria-sort="(\w+)"', page) == [
        (head if head in ("attention", "name") else f"num {head}", direction)
    ]


def test_the_order_stays_in_the_address(client: Client) -> None:
    three_services()
    page = ask(client, sort="p95", q="a")
    window = f"start={THEN}&amp;end={THEN + 3600}"
    assert f'<a href="?q=a&amp;{window}&amp;sort=-p95">p95' in page
    assert f'<a href="?q=a&amp;{window}&amp;sort=rate">Calls/s' in page
    assert '<input type="hidden" name="sort" value="p95">' in page
    assert 'rel="prev" href="?sort=p95&amp;q=a&amp;start=' in page


def test_what_was_called_before_and_is_not_now_is_listed_without_numbers(client: Client) -> None:
    three_services()
    page = ask(client)
    assert row(page, "d") == ["0", "–", "–", "–", "–"]
    assert "nobody calls it any more" in page


def test_totals_are_those_of_all_services(client: Client) -> None:
    three_services()
    foot = re.findall(r"<tfoot.*?</tfoot>", ask(client), re.DOTALL)[0]
    assert cells(foot) == ["0.40", "2.1 %", "401 ms", "893 ms", "893 ms"]
    foot = re.findall(r"<tfoot.*?</tfoot>", ask(client, q="a"), re.DOTALL)[0]
    assert cells(foot)[:2] == ["0.03", "0 %"]


def test_the_filter_finds_names_in_either_case(client: Client) -> None:
    for name in ("Checkout", "check-in", "cart"):
        count_calls(name, Call(duration_ns=MS))
    page = ask(client, q=" CHECK ", sort="name")
    assert names(page) == ["check-in", "Checkout"]
    assert "<b>2 services</b> of 3" in page
    page = ask(client, q="<zzz>\u202e")
    assert names(page) == []
    assert "Of 3 services in this window none has “&lt;zzz&gt;⟨U+202E⟩” in its name." in page


def test_sampled_spans_are_said_to_be(client: Client) -> None:
    count_calls("plain", Call(duration_ns=MS, count=36))
    count_calls("sampled", Call(duration_ns=MS, count=36, weight=100))
    page = ask(client)
    assert "Estimated from sampled spans" in page
    assert row(page, "sampled")[0] == "≈ 1.00"
    assert row(page, "plain")[0] == "0.01"


def test_nothing_is_said_of_samples_where_there_are_none(client: Client) -> None:
    count_calls("plain", Call(duration_ns=MS, count=36))
    assert "Estimated" not in ask(client)


def test_databases_queues_and_others_have_groups_with_those_who_call_them(client: Client) -> None:
    count_calls("shop", Call(duration_ns=MS))
    for kind, name, connection in (
        (NodeKind.DATABASE, "orders <b>", Connection.QUERY),
        (NodeKind.QUEUE, "mails", Connection.MESSAGE),
        (NodeKind.EXTERNAL, "pay.example", Connection.CALL),
    ):
        for caller in ("shop", "c2", "c3", "c4", "c5")[: 5 if kind is NodeKind.DATABASE else 1]:
            link = add_link(Edge(Node(NodeKind.SERVICE, caller), Node(kind, name), connection))
            write_calls(Subject.LINK, link, THEN, Call(duration_ns=10 * MS, count=36))
    write_calls(Subject.LINK, add_link(calls_edge("c2", "shop")), THEN, Call(duration_ns=MS))
    page = ask(client)
    groups = re.findall(r'<h2 id="peers-(\w+)">([^<]*) <span class="dim">(\d)</span></h2>', page)
    assert groups == [("database", "Databases", "1"), ("queue", "Queues", "1"), ("external", "External systems", "1")]
    assert row(page, "orders &lt;b&gt;")[:3] == ["0.05", "0 %", "9.92 ms"]
    assert re.findall(r"service=(c\d|shop)\">[^<]*</a>", page.split('id="peers-database"')[1].split("</tr>")[1]) == [
        "c2",
        "c3",
        "c4",
    ]
    assert '<span class="dim">+2</span>' in page
    assert "orders" not in ask(client, q="mail").split("peers-queue")[0]


def test_a_service_has_its_newest_version_beside_it(client: Client) -> None:
    service = count_calls("shop", Call(duration_ns=MS, version=1), Call(duration_ns=MS, version=2))
    add_version(service, 1, "1.0<b>", THEN * SECOND, THEN * SECOND)
    add_version(service, 2, "1.1", (THEN + 1) * SECOND, THEN * SECOND)
    assert re.findall(r'class="version">(.*?)</span></span>', ask(client)) == ['1.1 <span title="1.1, 1.0&lt;b&gt;">+1']


def test_it_is_said_when_a_service_was_last_seen(client: Client) -> None:
    count_calls("shop", Call(duration_ns=MS), at=THEN + 600)
    assert re.search(r'<td role="cell" class="seen"><span class="unit">Last seen </span>1 h ago</td>', ask(client))
