"""What the benchmarks say: Markdown on standard output, and everything as JSON in a file.

`python -m benchmarks.report` puts the newest result of every benchmark into docs/performance.md.
"""

import json
import os
import platform
import re
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.places import REPOSITORY, RESULTS
from tests.services.postgres import find_program

_LOAD_BEFORE = os.getloadavg()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure should be. `figure` is None where it could not be measured."""

    text: str
    figure: float | None
    wanted: float
    unit: str = ""
    is_at_most: bool = False

    @property
    def verdict(self) -> str:
        """`met`, or by how much it was missed."""
        if self.figure is None:
            return "not measured"
        if self.figure <= self.wanted if self.is_at_most else self.figure >= self.wanted:
            return "met"
        factor = self.figure / self.wanted
        return f"missed by {abs(factor - 1):.0%}" if factor < 2 else f"missed by a factor of {format_number(factor)}"

    def as_row(self) -> list[str]:
        sign = "≤" if self.is_at_most else "≥"
        figure = "–" if self.figure is None else f"{format_number(self.figure)}{self.unit}"
        return [self.text, f"{sign} {format_number(self.wanted)}{self.unit}", figure, self.verdict]


def targets_table(targets: Sequence[Target]) -> str:
    return markdown_table(["what", "target", "measured", ""], [target.as_row() for target in targets])


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Numbers are written for people; columns of numbers stand to the right."""
    is_number = [all(isinstance(row[n], int | float) for row in rows) and bool(rows) for n in range(len(columns))]
    lines = [_row(columns), _row(["--:" if right else "---" for right in is_number])]
    return "\n".join(lines + [_row([_cell(value) for value in row]) for row in rows])


def format_number(number: float) -> str:
    """Three digits that count, thousands apart: `92,300`, `4.25`, `0.31`."""
    if abs(number) >= 1_000:
        return f"{round(number, -max(0, len(str(int(abs(number)))) - 3)):,.0f}"
    return f"{number:.3g}"


def publish(name: str, sections: dict[str, str], figures: Any, remarks: Sequence[str] = ()) -> Path:
    """Print the sections as Markdown, keep them with all figures as JSON; the file."""
    result = {"machine": machine_facts(), "sections": sections, "remarks": list(remarks), "figures": figures}
    print(as_markdown(result))
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False))
    print(f"\nAll figures: {path}", file=sys.stderr)
    return path


def machine_facts() -> dict[str, str]:
    """What a figure depends on beside the code."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _say("git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"),
        "cores": str(len(os.sched_getaffinity(0))),
        "cpu": _find_line("/proc/cpuinfo", "model name"),
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "load before": f"{_LOAD_BEFORE:.1f}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _say(find_program("postgres"), "--version").split()[2],
    }


def as_markdown(result: dict[str, Any]) -> str:
    """A published result as it stands in docs/performance.md."""
    parts = [f"### {title}\n\n{text}" for title, text in result["sections"].items()]
    parts += [f"* {remark}" for remark in result["remarks"]]
    machine = "; ".join(f"{name} {value}" for name, value in result["machine"].items())
    return "\n\n".join([*parts, f"Measured on: {machine}."])


def insert_results(document: str, results: dict[str, dict[str, Any]]) -> str:
    """The document with every result in its place: between `<!-- name -->` and `<!-- end of name -->`."""
    for name, result in results.items():
        pattern = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
        markdown = f"\n{as_markdown(result)}\n\n".replace("\\", r"\\")
        document = pattern.sub(markdown, document)
    return document


def find_newest_results() -> dict[str, dict[str, Any]]:
    """The last result of every benchmark, by its name."""
    return {path.stem.rpartition("-")[0]: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}


def _say(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _find_line(path: str, name: str) -> str:
    lines = Path(path).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "?")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format_number(value)
    return str(value)


if __name__ == "__main__":
    page = REPOSITORY / "docs" / "performance.md"
    page.write_text(insert_results(page.read_text(), find_newest_results()))
