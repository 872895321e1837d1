"""Results find their place in the page, and the page has a place for every benchmark."""

from typing import Any

from benchmarks.places import REPOSITORY
from benchmarks.report import insert_results

RESULT: dict[str, Any] = {
    "machine": {"cores": "2"},
    "sections": {"Rates": "| a |\n| --- |\n| \\1 |"},
    "remarks": ["Zipkin was not measured."],
}
INSERTED = "\n### Rates\n\n| a |\n| --- |\n| \\1 |\n\n* Zipkin was not measured.\n\nMeasured on: cores 2.\n\n"


def test_a_result_replaces_what_stood_in_its_place() -> None:
    page = "before\n<!-- a -->\nold\n<!-- end of a -->\n<!-- b -->\nkept\n<!-- end of b -->\nafter\n"
    inserted = insert_results(page, {"a": RESULT, "unknown": RESULT})
    assert inserted == page.replace("old\n", INSERTED)
    assert insert_results(inserted, {"a": RESULT}) == inserted


def test_the_page_has_a_place_for_every_benchmark() -> None:
    page = (REPOSITORY / "docs" / "performance.md").read_text()
    for name in ("ingest", "doors", "search", "limits", "big-trace", "trace-views", "adaptive-sampling"):
        assert insert_results(page, {name: RESULT}) != page
