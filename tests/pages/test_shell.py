"""What every page has: the box for ids, the theme, and an answer when something is wrong."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.views import defaults

from tests.pages.sending import TRACE_ID, make_span

Send = Callable[..., None]


@pytest.mark.parametrize(
    "pasted",
    [
        TRACE_ID,
        f"  {TRACE_ID.upper()} ",
        f"00-{TRACE_ID}-00f067aa0ba902b7-01",
        f"traceparent: 00-{TRACE_ID}-00f067aa0ba902b7-01",
        f"http://jaeger:16686/trace/{TRACE_ID}?uiFind=x",
        "4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
    ],
)
def test_whatever_holds_a_trace_id_opens_the_trace(send: Send, client: Client, pasted: str) -> None:
    send(make_span(1))
    response = client.get("/open", {"id": pasted}, follow=True)
    assert response.redirect_chain == [(f"/trace/{TRACE_ID}", 302)]
    assert response.status_code == 200


def test_pasted_text_without_an_id_is_answered_with_help(client: Client) -> None:
    response = client.get("/open", {"id": "<b>\u202eno"})
    assert response.status_code == 400
    assert "“&lt;b&gt;⟨U+202E⟩no” is not a trace id" in response.content.decode()


def test_an_empty_box_leads_to_the_search(client: Client) -> None:
    assert client.get("/open?id=+")["Location"] == "/"


def test_the_chosen_theme_is_kept(send: Send, client: Client) -> None:
    assert 'data-theme="system"' in client.get("/").content.decode()
    response = client.post("/theme", {"theme": "dark", "next": "/search?service=a"})
    assert (response.status_code, response["Location"]) == (302, "/search?service=a")
    page = client.get("/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'value="dark" title="dark" aria-pressed="true"' in page
    client.post("/theme", {"theme": "system"})
    assert 'data-theme="system"' in client.get("/").content.decode()


@pytest.mark.parametrize("cookie", ["neon", '"><script>', "x" * 3_000])
def test_a_theme_that_does_not_exist_is_the_systems(client: Client, cookie: str) -> None:
    client.cookies["theme"] = cookie
    assert 'data-theme="system"' in client.get("/nowhere").content.decode()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:x", "\\\\evil", "", "x"])
def test_choosing_a_theme_never_leads_away(client: Client, back: str) -> None:
    assert client.post("/theme", {"theme": "dark", "next": back})["Location"] == "/"


def test_a_theme_is_chosen_with_a_form_of_this_server_only() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/theme", {"theme": "dark"}).status_code == 403
    assert client.get("/theme").status_code == 405


def test_an_unknown_address_has_a_page(client: Client) -> None:
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "There is no page at this address." in response.content.decode()


def test_the_page_of_a_failure_needs_nothing() -> None:
    response = defaults.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert b"Something broke" in response.content


@pytest.fixture
def broken_store(send: Send) -> Iterator[None]:
    """A database whose catalogue cannot be read."""
    _rename_table("service", "service_away")
    yield
    _rename_table("service_away", "service")


def _rename_table(old: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


def test_a_store_that_does_not_answer_is_said_and_worth_another_try(broken_store: None, client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 503
    assert int(response["Retry-After"]) >= 1
    assert "does not answer" in response.content.decode()


def test_no_page_may_load_or_run_anything_of_others(send: Send, client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    page = client.get("/").content.decode()
    scripts = re.findall(r"<script\b.*?</script>", page, re.DOTALL)
    assert all(re.fullmatch(r'<script type="module" src="/static/js/[\w./-]+"></script>', script) for script in scripts)
    assert " style=" not in page
