"""Spans, static files and browser pages for tests of pages."""

import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.builders import MS
from tests.ingest.conftest import collector_behind as collector_behind
from tests.pages.sending import make_span, send_spans
from tests.pages.walking import READY

Send = Callable[..., None]
Open = Callable[..., Page]

# The browser tells its console, too, but not of every directive.
NOTE_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""

# What a page's scripts say READY of; views of a trace follow it.
TAKEN_OVER = "trace-waterfall, service-map"
# Where two browsers and their servers share two cores, a second is nothing.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The files under the names they have in production; the live server finds them where they were collected."""
    collected = str(tmp_path_factory.mktemp("static"))
    with override_settings(STATIC_ROOT=collected):
        call_command("collectstatic", verbosity=0, interactive=False)
        with override_settings(STATICFILES_DIRS=[collected]):
            yield


@pytest.fixture
def send(transactional_db: None) -> Send:
    """`send(make_span(1), make_span(2, parent=1), service="shop")`, into an empty store."""
    return send_spans


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Open]:
    """`open_page("/", color_scheme="dark")`: a page that fails the test on a dialog or anything in its console.

    `is_error=True` opens a page that is answered with an error, which the browser tells its console. Nothing moves in
    it, unless asked for (`reduced_motion="no-preference"`): a browser complains of a transition to a page that is
    closed at once.
    What its console says and the pattern `expects` matches is let pass. Unless told not to (`waits=False`), it waits
    until scripts have taken over what they take over: what is focused or pressed before is pressed in vain.
    """
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def note_message(message: ConsoleMessage, is_plain: bool, expects: str) -> None:
        """What is preloaded for scripts nobody uses where none runs."""
        if not (is_plain and "was preloaded" in message.text) and not re.search(expects, message.text):
            said.append(f"{message.text} ({message.location['url']})")

    def open_page(
        address: str,
        width: int = 1_280,
        is_error: bool = False,
        expects: str = r"\A(?!)",
        waits: bool = True,
        **context: object,
    ) -> Page:
        usual: dict[str, object] = {"viewport": {"width": width, "height": 800}, "reduced_motion": "reduce"}
        made = browser.new_context(base_url=live_server.url, **usual | context)  # type: ignore[arg-type]
        contexts.append(made)
        made.add_init_script(NOTE_VIOLATIONS)
        page = made.new_page()
        is_plain = context.get("java_script_enabled") is False
        page.on("console", partial(note_message, is_plain=is_plain, expects=expects))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", note_dialog)
        answer = page.goto(address)
        if not is_plain and waits and page.locator(TAKEN_OVER).count():
            expect(page.locator(READY)).to_be_attached()
        if is_error:
            assert answer is not None
            assert answer.status >= 400
            said[:] = [text for text in said if not text.startswith("Failed to load resource")]
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture
def checkout(send: Send) -> None:
    """A trace in a service beside others."""
    send(make_span(1, name="POST /checkout", duration_ns=100 * MS), service="checkout")
    send(make_span(2, 1, name="POST /charge"), service="payment")
