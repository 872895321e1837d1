"""Spans, static files and browser pages for tests of pages."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Dialog, Page
from pytest_django.live_server_helper import LiveServer

from tests.pages.sending import send_spans

Send = Callable[..., None]
Open = Callable[..., Page]


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

    But for what matches the pattern `expects`.
    """
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open_page(address: str, width: int = 1_280, expects: str = r"\A(?!)", **context: object) -> Page:
        made = browser.new_context(viewport={"width": width, "height": 800}, base_url=live_server.url, **context)  # type: ignore[arg-type]
        contexts.append(made)
        page = made.new_page()
        page.on("console", lambda message: None if re.search(expects, message.text) else said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", note_dialog)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
