"""Walks over the rows of a trace page as a person sees them: by what is under the pointer."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

GRID = "[role=treegrid]"
READY = "html[data-ready]"

# Scrolls, waits until that is painted, and looks at each half row from the top of the rows' view to its end.
_LOOK = """
(top) => new Promise((done) => {
  scrollTo({ top, behavior: "instant" });
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const grid = document.querySelector("[role=treegrid]");
    const box = grid.getBoundingClientRect();
    const rowPx = grid.querySelector("[role=row]:not([hidden])").offsetHeight;
    const bottom = Math.min(box.bottom, innerHeight);
    const gaps = [];
    const rows = new Map();
    for (let y = Math.max(box.top, 0) + 2; y < bottom - 1; y += rowPx / 2) {
      const element = document.elementFromPoint(box.left + 8, y);
      const row = element?.closest("[role=row]");
      if (row) rows.set(Number(row.getAttribute("aria-rowindex")), row.textContent);
      else if (grid.contains(element)) gaps.push(y);
    }
    done({ gaps, rows: [...rows], scrolled: scrollY, end: document.documentElement.scrollHeight - innerHeight });
  }));
})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What is seen at one place. `rows` are their numbers and texts from top to bottom, `gaps` where none is."""

    rows: list[tuple[int, str]]
    gaps: list[float]
    scrolled_px: float
    end_px: float

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.rows]


def look(page: Page, top_px: float) -> Glimpse:
    """Scrolls there and looks."""
    seen = page.evaluate(_LOOK, top_px)
    return Glimpse(
        rows=[(number, text) for number, text in seen["rows"]],
        gaps=seen["gaps"],
        scrolled_px=seen["scrolled"],
        end_px=seen["end"],
    )


def wait_until_ready(page: Page, row_count: int) -> None:
    """The page's scripts took over, and so many rows are there to be scrolled to."""
    expect(page.locator(READY)).to_be_attached()
    expect(page.locator(GRID)).to_have_attribute("aria-rowcount", str(row_count))


def expect_row_in_view(page: Page, number: int) -> None:
    """The row is seen, and it is the one that keys act on."""
    row = page.locator(f"{GRID} [role=row][aria-rowindex='{number}']:visible")
    expect(row).to_be_in_viewport()
    expect(page.locator(GRID)).to_have_attribute("aria-activedescendant", row.get_attribute("id") or "")
