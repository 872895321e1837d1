"""docs/zipkin-api.md names every address of the API, and leads to headings that are there."""

import re
from pathlib import Path

from django.conf import settings

from tracing_ui.compat.zipkin.urls import urlpatterns

DOCS = Path(settings.BASE_DIR) / "docs"
TEXT = (DOCS / "zipkin-api.md").read_text()


def test_every_address_is_in_the_docs() -> None:
    patterns = [str(each.pattern) for each in urlpatterns]
    routes = [re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern).strip("^$") for pattern in patterns]
    names = [route.replace("/?", "").replace("(?:actuator/)?", "") for route in routes]
    assert len(names) == 20
    names.remove("api/.*")
    # The two names of the UI's first page.
    names.remove("index.html")
    assert [name for name in names if f"/{name}`" not in TEXT] == []
    assert TEXT.count("/actuator/") == 3


def test_the_docs_lead_to_headings_of_the_other_page() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in (DOCS / "api.md").read_text().splitlines()
    }
    anchors = re.findall(r"\]\(api\.md#([\w-]+)\)", TEXT)
    assert anchors
    assert [anchor for anchor in anchors if anchor not in headings] == []
    assert "(zipkin-api.md)" in (DOCS / "api.md").read_text()
