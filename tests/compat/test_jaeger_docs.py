"""docs/jaeger-api.md names every address of the first API, and leads to headings that are there."""

import re
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.urls import URLPattern

from tracing_ui.compat.jaeger.urls import urlpatterns

DOCS = Path(settings.BASE_DIR) / "docs"
TEXT = (DOCS / "jaeger-api.md").read_text()


def test_every_address_is_in_the_docs() -> None:
    spelled = TEXT.replace("`…/", "`/api/metrics/")
    *routes, last = [str(each.pattern) for each in urlpatterns if isinstance(each, URLPattern)]
    assert last == "api/<path:rest>"
    assert [route for route in routes if f"/{re.sub(r'<[a-z]+:', '<', route)}" not in spelled] == []


def test_the_docs_lead_to_headings_of_the_other_page() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in (DOCS / "api.md").read_text().splitlines()
    }
    anchors = re.findall(r"\]\(api\.md#([\w-]+)\)", TEXT)
    assert anchors
    assert [anchor for anchor in anchors if anchor not in headings] == []
    assert "(jaeger-api.md)" in (DOCS / "api.md").read_text()


def test_the_address_of_jaegers_map_leads_to_ours(client: Client) -> None:
    answer = client.get("/dependencies")
    assert (answer.status_code, answer["Location"]) == (302, "/map")
