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
# More would hide the next rule.
_NODES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many rules a page kept and broke; `faults` name what is broken, `doubts` count what a person must judge."""

    passed: int
    violated: int
    faults: list[str]
    doubts: dict[str, int]

    @property
    def counts(self) -> str:
        doubts = ", ".join(f"{rule} on {count}" for rule, count in self.doubts.items())
        return f"{self.passed} passed, {self.violated} violated, {len(self.doubts)} to judge ({doubts})"


def judge(page: Page) -> Verdict:
    """Runs axe on the page as it is now."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_RUN)
    return Verdict(
        passed=len(found["passes"]),
        violated=len(found["violations"]),
        faults=[_describe(rule) for rule in found["violations"]],
        doubts={rule["id"]: len(rule["nodes"]) for rule in found["incomplete"]},
    )


def _describe(rule: dict[str, Any]) -> str:
    nodes = rule["nodes"]
    shown = "; ".join(f"{' '.join(map(str, node['target']))} {_reasons(node)}" for node in nodes[:_NODES_SHOWN])
    return f"{rule['id']} ({len(nodes)}): {shown}"


def _reasons(node: dict[str, Any]) -> str:
    return " ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
