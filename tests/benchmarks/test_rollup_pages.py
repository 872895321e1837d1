"""What the benchmark of the pages of roll-ups makes of the times it is told."""

from benchmarks.rollup_pages import describe, make_targets

TIMES = {
    name: {
        "queries": 5,
        "kilobytes": 12.5,
        "wall_ms": wall_ms,
        "wall_p95_ms": 2 * wall_ms,
        "cpu_ms": wall_ms / 2,
        "cpu_p95_ms": wall_ms,
        "warm_cpu_ms": 1.0,
    }
    for name, wall_ms in (("services, 1h", 90.0), ("map, 7d", 260.0), ("API figures, 1h", 12.0))
}


def test_the_slowest_page_and_the_slowest_answer_are_held_to_the_target() -> None:
    page, answer = make_targets("sqlite", TIMES)
    assert (page.text, page.figure, page.verdict) == ("slowest page on sqlite (map, 7d)", 260.0, "missed by 30%")
    assert (answer.text, answer.figure, answer.verdict) == (
        "slowest answer on sqlite (API figures, 1h)", 12.0, "met",
    )  # fmt: skip


def test_every_page_has_a_line() -> None:
    sections = describe({"sqlite": {"rows": 1_234, "times": TIMES}})
    table = sections["On sqlite, 1,234 rows"]
    assert "| services, 1h | 5 | 12.5 | 90 | 180 | 45 | 90 | 1 |" in table
    assert len(table.splitlines()) == 2 + len(TIMES)
