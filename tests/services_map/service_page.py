"""A service with known calls, and its page as a test reads it."""

import html
import re
import time
from typing import Any

from django.test import Client

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.models import Subject
from tests.builders import MS, SECOND, make_span, span_id, trace_id
from tests.pages.looking import read_page, read_text
from tests.pages.sending import send_spans
from tests.services_map.rows import Call, add_link, add_version, calls_edge, learn_operation, write_calls

#: A whole hour, so far back that the hour after it is over, too.
THEN_S = time.time_ns() // SECOND // 3_600 * 3_600 - 2 * 3_600
WINDOW = f"start={THEN_S}&end={THEN_S + 3_600}"


def address(path: str = "/service", service: str = "shop", **words: str) -> str:
    """Of a page in the window."""
    more = "".join(f"&{name}={word}" for name, word in words.items())
    return f"{path}?service={service}&{WINDOW}{more}"


def ask(client: Client, **words: str) -> str:
    """The page of a service in the window, as HTML."""
    return read_page(client, address(**words))


def tell(client: Client, **words: str) -> str:
    """What a person reads of it, in one line."""
    return html.unescape(read_text(ask(client, **words)))


def count_calls(service: int, operation: int, *calls: Call, at_s: int = THEN_S) -> None:
    """Calls of an operation, which are calls of its service."""
    write_calls(Subject.SERVICE, service, at_s, *calls)
    write_calls(Subject.OPERATION, operation, at_s, *calls)


def fill_shop() -> tuple[int, int, int]:
    """900 carts of 10 ms, 80 of 100 ms and 20 that failed after 2 s; 100 orders of 400 ms; the hour before is alike.

    The ids of the service and of both operations.
    """
    service, cart = learn_operation("shop", "GET /cart")
    _, order = learn_operation("shop", "POST /order")
    for at_s in (THEN_S - 3_600, THEN_S):
        count_calls(
            service, cart, Call(duration_ns=10 * MS, count=900), Call(duration_ns=100 * MS, count=80), at_s=at_s
        )
        failed = Call(duration_ns=2_000 * MS, count=20, is_failed=True)
        count_calls(service, cart, failed, at_s=at_s + 1_800)
        count_calls(service, order, Call(duration_ns=400 * MS, count=100), at_s=at_s)
    return service, cart, order


def read_figures(page: str) -> list[str]:
    """The figures at the head: label, value, interval and notes, change."""
    found = re.findall(
        r"<div><dt>(.*?)</div>", re.findall(r'<dl class="figures">.*?</dl>', page, re.DOTALL)[0], re.DOTALL
    )
    seen = [re.sub(r'<span aria-hidden="true">[^<]*</span>', "", figure) for figure in found]
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", figure)).split()) for figure in seen]


def read_lines(page: str, table: str) -> list[str]:
    """The lines in the body of the tables of that class, without drawings; what only people without sight get is in."""
    bodies = re.findall(rf'<table class="[^"]*\b{table}\b.*?<tbody(.*?)</table>', page, re.DOTALL)
    lines = re.findall(r"<tr.*?</tr>", "".join(bodies), re.DOTALL)
    unseen = r'<i class="chip.*?</i>|<svg.*?</svg>|<span aria-hidden="true">.*?</span>'
    plain = (re.sub(r"<[^>]*>", " ", re.sub(unseen, "", line, flags=re.DOTALL)) for line in lines)
    return [" ".join(html.unescape(line).split()) for line in plain]


def read_links(page: str, text: str) -> list[str]:
    """The addresses of the links that say so."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [
        html.unescape(href) for href, inner in found if html.unescape(re.sub(r"<[^>]*>", "", inner)).strip() == text
    ]


def fill_everything() -> None:
    """A shop with versions, callers and callees, and traces: one that failed, one that is slow."""
    service, cart, _ = fill_shop()
    add_version(service, 1, "1.0", (THEN_S - 3_600) * SECOND, (THEN_S + 600) * SECOND)
    add_version(service, 2, "1.1", (THEN_S + 600) * SECOND, (THEN_S + 3_600) * SECOND)
    outcomes: list[dict[str, Any]] = [{}, {"status": 2, "status_message": "no 'card' of 7"}]
    for number, failed in enumerate(outcomes, start=1):
        start_s = THEN_S + 600 * number
        usual: dict[str, Any] = {
            "name": "GET /cart",
            "kind": 2,
            "start_ns": start_s * SECOND,
            "duration_ns": 3 * SECOND,
        }
        send_spans(make_span(number, 1, **(usual | failed)), resource={"service.version": f"1.{number - 1}"})
        call = Call(
            duration_ns=3 * SECOND,
            version=number,
            is_failed=bool(failed),
            trace_id=trace_id(number),
            span_id=span_id(1),
        )
        count_calls(service, cart, call, at_s=start_s)
    database = Edge(Node(NodeKind.SERVICE, "shop"), Node(NodeKind.DATABASE, "carts"), Connection.QUERY)
    for edge in (calls_edge("web", "shop"), calls_edge("shop", "stock"), database):
        write_calls(Subject.LINK, add_link(edge), THEN_S, Call(duration_ns=50 * MS, count=100))
