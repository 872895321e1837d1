"""Files of traces that are dropped on a page, chosen, pasted; and imported without a script."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.pages.sending import TRACE_ID
from tests.pages.trace_files import happen, make_file, make_payload, make_span

Open = Callable[..., Page]
OTHER = "cafe" * 8


def test_a_dropped_file_is_imported_without_leaving_the_page(
    checkout: None, collector_behind: str, open_page: Open
) -> None:
    page = open_page(f"/trace/{TRACE_ID}")
    page.evaluate("window.isTheSame = true")
    veil, dialog = page.get_by_text("Drop to import"), page.get_by_role("dialog", name="Import traces")
    content = make_file(*(make_span(number, OTHER) for number in range(1, 4)), make_span(4, OTHER, spanID="x"))
    assert happen(page, "dragenter", "shop.json", content)
    assert happen(page, "dragover", "shop.json", content)
    expect(veil).to_be_visible()
    assert happen(page, "drop", "shop.json", content)
    expect(veil).to_be_hidden()
    expect(dialog.get_by_role("heading", name="shop.json")).to_be_visible()
    expect(dialog.locator(".import-result")).to_be_focused()
    expect(dialog).to_contain_text("1 problem")
    dialog.get_by_label("Shift to now").check()
    dialog.get_by_role("button", name="Import 3 spans").click()
    expect(dialog.get_by_role("heading", name="3 spans are stored")).to_be_visible()
    assert page.evaluate("window.isTheSame")
    dialog.get_by_role("link", name="Open the trace").click()
    expect(page).to_have_url(f"/trace/{OTHER}")
    page.goto("/")
    expect(page.get_by_role("link", name="till operation 1")).to_be_visible()


def test_a_wrong_file_leaves_the_page_as_it_is(checkout: None, open_page: Open) -> None:
    page = open_page(f"/trace/{TRACE_ID}")
    page.get_by_role("treegrid").focus()
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog", name="Import traces")
    with page.expect_file_chooser() as chosen:
        dialog.get_by_label("Files of traces").click()
    chosen.value.set_files(make_payload("<b>.html", b"<html>"))
    expect(dialog.get_by_role("heading", name="This file cannot be imported")).to_be_visible()
    expect(dialog).to_contain_text("<b>.html")
    expect(dialog).to_contain_text("It is not JSON.")
    dialog.get_by_role("button", name="Other files").click()
    expect(dialog.get_by_label("Files of traces")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("treegrid")).to_be_focused()
    expect(page).to_have_url(f"/trace/{TRACE_ID}")


def test_pasted_text_is_looked_through_where_nobody_types(checkout: None, open_page: Open, settings: Settings) -> None:
    """Too much is refused before it is sent, and the server's own words are shown where it refuses."""
    page = open_page("/", expects="status of 413")
    dialog = page.get_by_role("dialog", name="Import traces")
    content = make_file(make_span(1), make_span(2))
    page.get_by_role("combobox", name="Trace id").focus()
    happen(page, "paste", "", content)
    page.get_by_role("combobox", name="Trace id").blur()
    happen(page, "paste", "", TRACE_ID.encode())
    happen(page, "paste", "", content)
    expect(dialog.get_by_role("heading", name="pasted.json")).to_be_visible()
    expect(dialog).to_contain_text("till 2")
    settings.IMPORT_MAX_BYTES = 1_000
    happen(page, "drop", "large.json", content + b" " * 100_000)
    expect(dialog).to_contain_text("These files are larger than 1,000 bytes (IMPORT_MAX_BYTES).")
    page.locator("file-drop").evaluate("(element) => { element.dataset.most = 10; }")
    happen(page, "drop", "large.json", content)
    expect(dialog).to_contain_text("These files are larger than 1.0")


def test_a_file_is_imported_without_javascript(collector_behind: str, open_page: Open) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_role("link", name="Import files of traces").click()
    shop = make_payload("shop.json", make_file(make_span(1)))
    page.get_by_label("Files", exact=True).set_input_files(shop)
    page.get_by_role("button", name="See what is in them first").click()
    expect(page.get_by_role("heading", name="shop.json")).to_be_visible()
    page.get_by_label("Files", exact=True).set_input_files(shop)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="1 span is stored")).to_be_visible()
    page.get_by_role("link", name="till operation 1").click()
    expect(page).to_have_url(f"/trace/{TRACE_ID}")
