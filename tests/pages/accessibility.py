"""axe-core in a page, under the page's own Content-Security-Policy."""

from dataclasses import dataclass
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Every rule but the experimental ones, or only or without those that look at colours, which take most of the time.
# Sizes of targets are WCAG 2.2, which axe checks only when asked; where something lies over the page (`over`), only of
# those in it.
_RUN = """
async ([over, colours]) => {
  const off = { "color-contrast": { enabled: false }, "link-in-text-block": { enabled: false } };
  const rules = colours === "without" ? off : {};
  const options = { resultTypes: ["violations", "incomplete"], preload: false };
  if (colours === "only") return await axe.run(document, { ...options, runOnly: Object.keys(off) });
  if (!over) return await axe.run(document, { ...options, rules: { ...rules, "target-size": { enabled: true } } });
  const all = await axe.run(document, { ...options, rules });
  const targets = await axe.run(document.querySelector(over), { runOnly: ["target-size"], preload: false });
  for (const kind of ["passes", "violations", "incomplete"]) all[kind].push(...targets[kind]);
  return all;
}
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


def judge(page: Page, over: str = "", colours: Literal["with", "without", "only"] = "with") -> Verdict:
    """Runs axe on the page as it is now; `over` selects what lies over all else."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_RUN, [over, colours])
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
