"""A trace whose panel has everything, and what tests do with it in a browser."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.builders import MS, make_event, make_link
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, send_spans, span_id

Open = Callable[..., Page]
PAGE = f"/trace/{TRACE_ID}"
STACK = """\
Traceback (most recent call last):
  File "/app/a.py", line 1, in f
  File "<frozen x>", line 2, in g
KeyError"""


def send_steps() -> None:
    """A root with nine children; span 2 has everything that a panel shows."""
    failure = {"exception.type": "KeyError", "exception.message": "'sku'", "exception.stacktrace": STACK}
    rich = make_span(
        2,
        1,
        name="step 2",
        status=2,
        attributes={
            "http.route": "/cart",
            "db.query.text": "select 1 from a",
            "body": "x" * 4_999 + "y",
            "hidden": "a\u202eb",
            "n": 2,
        },
        events=[make_event("exception", HALF_A_MINUTE_AGO + 3 * MS, failure)],
        links=[make_link(7, 7)],
    )
    others = (make_span(n, 1, name=f"step {n}", attributes={"n": n, "http.route": f"/{n}"}) for n in range(3, 11))
    send_spans(make_span(1, name="root", duration_ns=100 * MS), rich, *others, resource={"host.name": "node-7"})


def open_trace(open_page: Open, selected: int | None = 2, **context: object) -> Page:
    page = open_page(PAGE if selected is None else f"{PAGE}?span={span_id(selected)}", **context)
    expect(page.locator("html[data-ready]")).to_be_attached()
    return page


def find_panel(page: Page) -> Locator:
    return page.locator("#details")


def expect_shown(page: Page, number: int) -> None:
    expect(find_panel(page)).to_have_attribute("data-span-id", span_id(number))
    expect(find_panel(page).get_by_role("heading", level=2)).to_have_text("root" if number == 1 else f"step {number}")
