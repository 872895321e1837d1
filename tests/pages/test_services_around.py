"""What belongs to the list of services: a service's worst operations, what is not counted yet, and the ways to it."""

import re
import time
from html import unescape

import pytest
from django.test import Client

from services_map.models import Subject
from tests.builders import make_request, make_span, write_request
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, send_spans, span_id
from tests.pages.sending import make_span as make_recent_span
from tests.pages.service_lists import MS, SECOND, THEN, WINDOW
from tests.services_map.rows import Call, learn_operation, write_calls

pytestmark = pytest.mark.django_db


def names(fragment: str) -> list[str]:
    """The operations of the fragment."""
    return re.findall(r'class="name"><a [^>]*>([^<]*)</a>', fragment)


def test_the_worst_operations_are_those_that_need_attention_most(client: Client) -> None:
    for name, before, now in (("calm", 10, 10), ("slow", 10, 90), ("slower", 10, 900), ("<b>", 10, 10)):
        _, operation = learn_operation("shop", name)
        for at, duration_ms in ((THEN - 600, before), (THEN, now)):
            write_calls(Subject.OPERATION, operation, at, Call(duration_ns=duration_ms * MS, count=500))
    fragment = client.get("/services/worst", WINDOW | {"service": "shop"}).content.decode()
    assert names(fragment) == ["slower", "slow"]
    assert (
        f'href="/service?start={THEN}&amp;end={THEN + 3600}&amp;service=shop&amp;operation=slower&amp;kind=server"'
        in fragment
    )
    assert "90.0 times as long as before" not in fragment
    assert fragment.count("90 times as long as before") == 3
    assert 'all 4<span class="vh"> operations</span>' in fragment


def test_a_service_without_calls_has_no_worst_operation(client: Client) -> None:
    learn_operation("shop")
    assert "No operation was called" in client.get("/services/worst", WINDOW | {"service": "shop"}).content.decode()


@pytest.mark.parametrize("name", ["nobody", "", "\0", "x" * 5_000, "<script>"])
def test_a_service_that_does_not_exist_has_no_operations(client: Client, name: str) -> None:
    assert client.get("/services/worst", WINDOW | {"service": name}).status_code == 404


def test_a_service_has_its_language_beside_it(client: Client) -> None:
    """That of the resource which came last; what is no text is none."""
    for number, sdk in enumerate(({"language": "java"}, {"language": "go<b>", "name": "otel", "version": "1.2"})):
        sent = {f"telemetry.sdk.{name}": value for name, value in sdk.items()}
        send_spans(make_recent_span(number + 1), service="shop", resource=sent)
    send_spans(make_recent_span(3), service="cart", resource={"telemetry.sdk.language": 5})
    for name in ("shop", "cart"):
        service, _ = learn_operation(name)
        write_calls(Subject.SERVICE, service, THEN, Call(duration_ns=MS))
    page = client.get("/services", WINDOW).content.decode()
    assert re.findall(r'<span class="version">.*?</span></span>', page) == [
        '<span class="version"><span title="otel 1.2">go&lt;b&gt;</span></span>'
    ]


def test_it_is_said_how_many_spans_are_not_counted_yet(client: Client) -> None:
    late_ns = time.time_ns() - 600 * SECOND
    write_request(make_request(make_span(1), make_span(1, 2, 1), service="shop"), received_ns=late_ns)
    page = client.get("/services").content.decode()
    assert "2 spans that have arrived are not counted yet: the oldest came 10 min ago." in page


def test_nothing_is_said_of_what_has_just_come(client: Client) -> None:
    send_spans(make_recent_span(1))
    assert "not counted yet" not in client.get("/services").content.decode()


def test_a_minute_that_is_not_over_is_no_fall(client: Client) -> None:
    service, _ = learn_operation("shop")
    this_minute = time.time_ns() // SECOND // 60 * 60
    for minute in range(1, 50):
        write_calls(Subject.SERVICE, service, this_minute - minute * 60, Call(duration_ns=MS, count=100), levels=(60,))
    write_calls(Subject.SERVICE, service, this_minute, Call(duration_ns=MS), levels=(60,))
    page = client.get("/services").content.decode()
    course = re.findall(r'class="num rate">.*?<path d="([^"]*)"', page, re.DOTALL)[0]
    heights = re.findall(r"\d+", course)[1::2]
    assert heights[-10:] == ["2"] * 10


def test_a_span_leads_to_its_service_at_its_time(client: Client) -> None:
    send_spans(make_recent_span(1), service="sh/op")
    page = client.get(f"/trace/{TRACE_ID}", {"span": span_id(1)}).content.decode()
    address = unescape(re.findall(r'<p class="of">.*?<a href="([^"]*)">sh/op</a>', page)[0])
    half_an_hour_before = time.strftime("%Y-%m-%dT%H%%3A%M%%3A%SZ", time.gmtime(HALF_A_MINUTE_AGO // SECOND - 1_800))
    assert address.startswith(f"/service?service=sh%2Fop&start={half_an_hour_before}&end=")
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ({"service": "sh/op", "lookback": "1h"}, "/service?service=sh%2Fop"),
        ({"service": "sh/op", "lookback": "3h", "status": "error"}, "/service?service=sh%2Fop&lookback=3h"),
        ({"service": "sh/op", "start": "now-2h"}, "/service?service=sh%2Fop&start=now-2h"),
    ],
)
def test_a_search_leads_to_the_figures_of_its_service(client: Client, words: dict[str, str], address: str) -> None:
    send_spans(make_recent_span(1), service="sh/op")
    page = client.get("/", words).content.decode()
    assert [unescape(found) for found in re.findall(r'<a href="([^"]*)">Figures of sh/op</a>', page)] == [address]


def test_a_search_of_no_or_an_unknown_service_leads_nowhere(client: Client) -> None:
    send_spans(make_recent_span(1), service="sh/op")
    for words in ({}, {"service": "nobody"}):
        assert "Figures of" not in client.get("/", words).content.decode()
