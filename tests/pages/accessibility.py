"""axe-core in a page, under the page's own Content-Security-Policy."""

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Every rule but the experimental ones; the size of targets is WCAG 2.2, which axe checks only when asked.
_RUN = """
async () => await axe.run(document, {
  resultTypes: ["violations", "incomplete"],
  preload: false,
  rules: { "target-size": { enabled: true } },
})
"""
# axe's way to look at colours is slow where thousands of elements lie below each other; this is a page's worth.
_NODES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many rules a page kept, broke, and left for a person to judge; `faults` name what is broken."""

    passed: int
    violated: int
    unsure: int
    faults: list[str]
    doubts: list[str]

    @property
    def counts(self) -> str:
        return f"{self.passed} passed, {self.violated} violated, {self.unsure} to judge"


def judge(page: Page) -> Verdict:
    """Runs axe on the page as it is now."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_RUN)
    return Verdict(
        passed=len(found["passes"]),
        violated=len(found["violations"]),
        unsure=len(found["incomplete"]),
        faults=[_describe(rule) for rule in found["violations"]],
        doubts=[_describe(rule) for rule in found["incomplete"]],
    )


def _describe(rule: dict[str, Any]) -> str:
    nodes = rule["nodes"]
    shown = "; ".join(f"{' '.join(map(str, node['target']))} {_reasons(node)}" for node in nodes[:_NODES_SHOWN])
    return f"{rule['id']} ({len(nodes)}): {shown}"


def _reasons(node: dict[str, Any]) -> str:
    return " ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
