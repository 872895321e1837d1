"""What every page has: the box for ids, the theme, and an answer when something is wrong."""

import base64
import re
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.views import defaults

from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span

Send = Callable[..., None]


SPAN = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("pasted", "span"),
    [
        (TRACE_ID, ""),
        (f"  {TRACE_ID.upper()} ", ""),
        ("4bf92f35-77b3-4da6-a3ce-929d0e0e4736", ""),
        (str(int(TRACE_ID, 16)), ""),
        (base64.b64encode(bytes.fromhex(TRACE_ID)).decode(), ""),
        (base64.b64encode(bytes.fromhex(TRACE_ID)).decode().rstrip("="), ""),
        (f"http://jaeger:16686/trace/{TRACE_ID}?uiFind=x", ""),
        (f"00-{TRACE_ID}-{SPAN}-01", f"?span={SPAN}"),
        (f"traceparent: 00-{TRACE_ID}-{SPAN}-01", f"?span={SPAN}"),
        (f"ERROR card declined trace_id={TRACE_ID} span_id={SPAN}", f"?span={SPAN}"),
        (f"http://testserver/trace/{TRACE_ID}?span={SPAN}&from=1ms", f"?span={SPAN}&from=1ms"),
    ],
)
def test_whatever_holds_a_trace_id_opens_the_trace(send: Send, client: Client, pasted: str, span: str) -> None:
    send(make_span(1))
    response = client.get("/open", {"id": pasted}, follow=True)
    assert response.redirect_chain == [(f"/trace/{TRACE_ID}{span}", 302)]
    assert response.status_code == 200


def _open(client: Client, text: str) -> str:
    """Where the box leads."""
    response = client.get("/open", {"id": text})
    assert response.status_code == 302
    return response["Location"]


def test_the_id_of_a_span_opens_its_trace_at_the_span(send: Send, client: Client) -> None:
    send(make_span(1), make_span(0xA3CE929D0E0E4799, 1, start_ns=HALF_A_MINUTE_AGO))
    assert _open(client, "a3ce929d0e0e4799") == f"/trace/{TRACE_ID}?span=a3ce929d0e0e4799"
    assert _open(client, "A3CE929D0E0E4799") == _open(client, str(0xA3CE929D0E0E4799))
    assert _open(client, "a3ce929d0e0e4737") == "/trace/0000000000000000a3ce929d0e0e4737"


def test_a_short_trace_id_comes_before_the_same_id_of_a_span(send: Send, client: Client) -> None:
    send(make_span(0xCAFE, trace=0xBEEF), make_span(1, trace=0xCAFE))
    assert _open(client, "cafe") == f"/trace/{0xCAFE:032x}"
    assert _open(client, "000000000000cafe") == f"/trace/{0xCAFE:032x}"


def test_a_number_that_is_kept_is_opened_however_it_may_be_read(send: Send, client: Client) -> None:
    send(make_span(1, trace=0x12345678901234567890), make_span(2, trace=12345678901234567890 + 1))
    assert _open(client, "12345678901234567890") == f"/trace/{0x12345678901234567890:032x}"
    assert _open(client, "12345678901234567891") == f"/trace/{12345678901234567891:032x}"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("checkout", "/?service=checkout"),
        ("CHECK", "/?service=checkout"),
        ("api", "/?service=shop-api"),
        ("errors of checkout", "/?service=checkout&status=error"),
        ("Search errors in chk", "/?service=checkout&status=error"),
        ("errors of nobody", "/?service=nobody&status=error"),
        ("POST /cart", "/?operation=POST+%2Fcart"),
        ("/cart", "/?operation=POST+%2Fcart"),
        ("GET /elsewhere", "/?operation=GET+%2Felsewhere"),
        ("service=check status=error duration>500ms", "/?service=checkout&status=error&minDuration=500ms"),
        ("http.route=/cart", "/?tags=http.route%3D%2Fcart"),
        ("<b>\u202eno", "/?operation=%3Cb%3E%E2%80%AEno"),
        ("c", "/?service=checkout"),
        ("hec", "/?operation=hec"),
    ],
)
def test_other_words_are_a_service_or_a_search(send: Send, client: Client, text: str, address: str) -> None:
    send(make_span(1, name="POST /cart"), service="checkout")
    send(make_span(2, 1), service="shop-api")
    assert _open(client, text) == address


@pytest.mark.parametrize("text", ["https://example.org/<b>\u202eno", "0" * 32, f"/trace/{TRACE_ID}00", "x" * 5_000])
def test_a_link_or_an_id_that_is_none_is_answered_with_help(client: Client, text: str) -> None:
    response = client.get("/open", {"id": text})
    assert response.status_code == 400
    assert "This is not a trace id." in response.content.decode()


def test_help_quotes_what_was_pasted_harmlessly(client: Client) -> None:
    page = client.get("/open", {"id": "https://example.org/<b>\u202eno"}).content.decode()
    assert "“https://example.org/&lt;b&gt;⟨U+202E⟩no” is a link without a trace id" in page


@pytest.mark.parametrize(
    "text", ["http://testserver//evil.example", "http://testserver\\@evil.example/", "http://[evil"]
)
def test_no_link_leads_away(send: Send, client: Client, text: str) -> None:
    send(make_span(1))
    response = client.get("/open", {"id": text})
    assert response.status_code == 400 or response["Location"].startswith("/?")


def test_an_unknown_trace_may_be_on_its_way(send: Send, client: Client) -> None:
    response = client.get(f"/trace/{TRACE_ID}")
    assert response.status_code == 404
    assert f'data-address="/trace/{TRACE_ID}/arrived"' in response.content.decode()
    assert "may be that of a span" not in response.content.decode()
    assert client.get(f"/trace/{TRACE_ID}/arrived").json() == {"isHere": False}
    send(make_span(1))
    assert client.get(f"/trace/{TRACE_ID}/arrived").json() == {"isHere": True}


def test_an_unknown_short_id_may_be_a_spans(send: Send, client: Client) -> None:
    page = client.get("/open?id=a3ce929d0e0e4736", follow=True).content.decode()
    assert "An id of 16 digits may be that of a span." in page


def test_names_are_suggested_while_they_are_typed(send: Send, client: Client) -> None:
    send(make_span(1, name="POST /checkout"), service="checkout")
    send(make_span(2, 1), service="<b>\u202e")
    found = client.get("/suggest?q=check").json()
    assert found == {
        "trace": "",
        "services": [{"name": "checkout", "label": "checkout", "letters": "ch", "slot": 0, "isLikely": True}],
        "operations": [{"name": "POST /checkout", "label": "POST /checkout"}],
    }
    assert client.get("/suggest?q=ckt").json()["services"][0]["isLikely"] is False
    assert [one["name"] for one in client.get("/suggest?q=errors+of+chk").json()["services"]] == ["checkout"]
    assert client.get("/suggest?q=%3Cb").json()["services"][0]["label"] == "<b>⟨U+202E⟩"
    assert client.get("/suggest", {"q": TRACE_ID.upper()}).json()["trace"] == TRACE_ID
    for nothing in ("", "https://example.org/", "0" * 32, "z" * 9_000):
        assert client.get("/suggest", {"q": nothing}).json() == {"trace": "", "services": [], "operations": []}


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


def test_the_chosen_zone_is_kept(send: Send, client: Client) -> None:
    send(make_span(1))
    assert 'data-zone="UTC" data-zone-choice="local"' in client.get("/").content.decode()
    client.cookies["browser_zone"] = "Asia/Kolkata"
    page = client.get(f"/trace/{TRACE_ID}").content.decode()
    assert 'data-zone="Asia/Kolkata" data-zone-choice="local"' in page
    assert '<span class="offset">+05:30</span></time>' in page
    response = client.post("/zone", {"name": "tokyo", "next": "/?service=a"})
    assert (response.status_code, response["Location"]) == (302, "/?service=a")
    page = client.get(f"/trace/{TRACE_ID}").content.decode()
    assert 'data-zone="Asia/Tokyo" data-zone-choice="Asia/Tokyo"' in page
    assert '<span class="offset">+09:00</span></time>' in page
    client.post("/zone", {"zone": "UTC"})
    assert '<span class="offset">UTC</span></time>' in client.get(f"/trace/{TRACE_ID}").content.decode()
    client.post("/zone", {"zone": "local"})
    assert 'data-zone="Asia/Kolkata" data-zone-choice="local"' in client.get("/").content.decode()


@pytest.mark.parametrize("text", ["Nowhere", "", "../../etc/passwd", "<b>\u202e"])
def test_a_zone_that_does_not_exist_is_said_and_changes_nothing(client: Client, text: str) -> None:
    response = client.post("/zone", {"name": text, "next": "//evil.example"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "There is no such time zone." in page
    assert "<b>\u202e" not in page
    assert '<a class="button primary" href="/">' in page
    assert "zone" not in client.cookies


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
