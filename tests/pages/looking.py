"""A page as a test looks at it."""

import re

from django.test import Client


def read_page(client: Client, address: str, status: int = 200) -> str:
    """The HTML at an address that answers with `status`."""
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def read_text(page: str) -> str:
    """What a person reads, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def find_rows(page: str) -> list[str]:
    """The lines of the waterfall: spans, runs of repeats, parents that never arrived."""
    return re.findall(r"<div class=\"row[^\"]*\" role=\"row\" id=.*?</svg></div></div>", page, re.DOTALL)


def find_panel(page: str) -> str:
    """The panel of the selected span."""
    (panel,) = re.findall(r"<aside.*</aside>", page, re.DOTALL)
    return str(panel)
