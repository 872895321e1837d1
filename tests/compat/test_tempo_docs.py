"""docs/tempo-api.md names every address, and leads to headings that are there."""

import re
from pathlib import Path

from django.conf import settings

from traces.domain.query import MAX_LIMIT
from tracing_ui.compat.tempo import http
from tracing_ui.compat.tempo.search_parameters import DEFAULT_SPANS, DEFAULT_TRACES, MAX_SPANS
from tracing_ui.compat.tempo.urls import urlpatterns

DOCS = Path(settings.BASE_DIR) / "docs"
TEXT = (DOCS / "tempo-api.md").read_text()


def test_every_address_is_in_the_docs() -> None:
    *routes, last = [str(each.pattern) for each in urlpatterns]
    assert last == "^api/"
    spelled = TEXT.replace("<name>", "<rest>")
    assert [route for route in routes if f"/{re.sub(r'<[a-z]+:', '<', route)}" not in spelled] == []


def test_the_docs_say_the_numbers_of_the_code() -> None:
    assert f"which Tempo this is like: {http.VERSION}," in TEXT
    assert f"bounds the names of each scope ({http.DEFAULT_NAMES:,} if absent)" in TEXT
    assert f"or the values ({http.DEFAULT_VALUES:,})" in TEXT
    assert f"limit` | traces, {DEFAULT_TRACES} if absent; more than {MAX_LIMIT:,} are" in TEXT
    assert f"shown, {DEFAULT_SPANS} if absent; more than {MAX_SPANS} are" in TEXT


def test_the_docs_lead_to_headings_of_the_other_page() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in (DOCS / "api.md").read_text().splitlines()
    }
    anchors = re.findall(r"\]\(api\.md#([\w-]+)\)", TEXT)
    assert anchors
    assert [anchor for anchor in anchors if anchor not in headings] == []
    assert "(tempo-api.md)" in (DOCS / "api.md").read_text()
