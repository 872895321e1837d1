"""What an installation without spans says while somebody sets up a sender."""

import html
import re
import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests.builders import SECOND, make_request, write_request
from tests.pages.looking import read_page, read_text
from tests.pages.sending import TRACE_ID, make_span
from traces.domain.refusal import RefusalKind, make_refusal
from traces.storage import get_store

Send = Callable[..., None]


def refuse(
    kind: RefusalKind, reason: str = "Because.", *, seconds_ago: int = 5, target: str = "POST /v1/traces"
) -> None:
    then = time.time_ns() - seconds_ago * SECOND
    get_store().write_refusals([make_refusal("http", kind, "415", target, reason, then)])


def test_it_says_that_it_waits(send: Send, client: Client) -> None:
    for address in ("/", "/beginning"):
        text = read_text(read_page(client, address))
        assert "Listening on :4318 (HTTP) and :4317 (gRPC) … no spans yet" in text
        assert "refused" not in text


def test_the_page_has_the_state_that_it_asks_for(send: Send, client: Client) -> None:
    """Without a script the page says as much when it is loaded."""
    refuse(RefusalKind.BODY, seconds_ago=600)
    fragment = read_page(client, "/beginning").strip()
    assert fragment in read_page(client, "/")
    assert fragment.startswith('<div class="beginning"')


def test_a_refusal_is_shown_with_its_reason(send: Send, client: Client) -> None:
    refuse(RefusalKind.MEDIA_TYPE, "This port takes protobuf or JSON.", seconds_ago=5)
    text = read_text(read_page(client, "/"))
    assert re.search(
        r"A request was refused [56] s ago: POST /v1/traces → 415 This port takes protobuf or JSON\.", text
    )
    assert 'data-state="waiting http-media-type"' in read_page(client, "/beginning")


def test_the_latest_refusals_come_first_and_old_ones_are_forgotten(send: Send, client: Client) -> None:
    for seconds, kind in enumerate(RefusalKind):
        refuse(kind, f"Reason {seconds}.", seconds_ago=100 - seconds)
    assert re.findall(r"Reason \d", read_page(client, "/beginning")) == ["Reason 7", "Reason 6", "Reason 5"]
    for kind in RefusalKind:
        refuse(kind, seconds_ago=2 * 86_400)
    assert "refused" not in read_page(client, "/beginning")


def test_what_a_refused_sender_said_is_text(send: Send, client: Client) -> None:
    refuse(RefusalKind.PATH, "“<img src=x onerror=alert(1)>\u202e”", target='POST /"><script>alert(1)</script>')
    for address in ("/", "/beginning"):
        page = read_page(client, address)
        assert "<img" not in page
        assert "<script>" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;⟨U+202E⟩" in page


def test_the_first_span_is_announced_with_a_way_to_it(send: Send, client: Client) -> None:
    refuse(RefusalKind.BODY)
    write_request(make_request(make_span(1), service="<b>check\u202eout"), received_ns=time.time_ns() - 3 * SECOND)
    fragment = read_page(client, "/beginning")
    assert 'data-state="received"' in fragment
    assert re.search(
        r"First span received from <b>check⟨U\+202E⟩out 3\.\d\d s ago", html.unescape(read_text_of(fragment))
    )
    assert f'href="/trace/{TRACE_ID}"' in fragment
    assert "refused" not in fragment


def read_text_of(fragment: str) -> str:
    return re.sub(r"</?(b|p|div|span|a)\b[^>]*>", "", fragment)


def test_asking_again_and_again_is_cheap_and_never_remembered(send: Send, client: Client) -> None:
    read_page(client, "/beginning")
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/beginning")
    assert len([entry for entry in queries if "SELECT" in entry["sql"]]) <= 4
    assert response["Cache-Control"] == "no-store"
    assert len(response.content) < 1_000


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_read_only(client: Client, method: str) -> None:
    assert getattr(client, method)("/beginning").status_code == 405


def test_it_proposes_a_demo(send: Send, client: Client) -> None:
    assert '<pre tabindex="0">make demo</pre>' in read_page(client, "/")


def test_it_says_where_other_clients_send(send: Send, client: Client, settings: Settings) -> None:
    page = html.unescape(read_page(client, "/"))
    assert "OTEL_EXPORTER_ZIPKIN_ENDPOINT=http://testserver:9411/api/v2/spans" in page
    assert "OTEL_EXPORTER_JAEGER_ENDPOINT=http://testserver:14268/api/traces" in page
    assert "--reporter.grpc.host-port=testserver:14250" in page
    assert "JAEGER_AGENT_PORT" not in page
    settings.JAEGER_COMPACT_PORT = 6831
    assert "JAEGER_AGENT_HOST=testserver JAEGER_AGENT_PORT=6831" in read_page(client, "/")
    settings.ZIPKIN_PORT = settings.JAEGER_HTTP_PORT = settings.JAEGER_GRPC_PORT = 0
    page = read_page(client, "/")
    assert "9411" not in page
    assert "Jaeger exporter" not in page


def test_it_proposes_to_drop_a_file(send: Send, client: Client) -> None:
    assert '<a class="button" href="/import">' in read_page(client, "/")
