"""The critical path to paste: what its lines say, and that no name breaks them."""

import pytest

from tests.traces.outlines import make_outline, make_trace
from traces.domain.trace import Trace
from traces.explained.as_text import MAX_LINES, write_markdown, write_text

MS = 1_000_000
ADDRESS = "http://localhost:16686/trace/ab"


def make_shop() -> Trace:
    items = [make_outline(10 + n, 1, "pg", (600 + 30 * n) * MS, 30 * MS, "SELECT items") for n in range(12)]
    return make_trace(
        [
            make_outline(1, None, "checkout", 0, 1_000 * MS, "POST /cart"),
            make_outline(2, 1, "payment", 100 * MS, 500 * MS, "POST /charge"),
            make_outline(3, 2, "bank", 125 * MS, 450 * MS, "charge"),
            make_outline(4, 1, "log", 100 * MS, 50 * MS, "not waited for"),
            *items,
        ]
    )


def test_the_text_is_the_tree_of_what_the_path_was_in() -> None:
    """`#` on the path, `-` what else ran; what was not waited for is not in it."""
    assert write_text(make_shop(), ADDRESS).splitlines() == [
        "POST /cart of checkout: 1.00 s, 16 spans, 1970-01-01T00:00:00.000000000Z",
        "",
        "checkout POST /cart                          ####----------------------------------##   140 ms    14 %",
        "  payment POST /charge                           #------------------#                  50.0 ms   5.0 %",
        "    bank charge                                   ##################                    450 ms    45 %",
        "  pg SELECT items x12                                                ###############    360 ms    36 %",
        "",
        ADDRESS,
    ]


def test_the_table_has_the_operations_that_took_longest() -> None:
    assert write_markdown(make_shop(), ADDRESS).splitlines() == [
        f"[Trace 00010203](<{ADDRESS}>): POST /cart of checkout: 1.00 s, 16 spans, 1970-01-01T00:00:00.000000000Z",
        "",
        "| Critical path | | Service | Operation | Spans |",
        "|--:|--:|---|---|--:|",
        "| 450 ms | 45 % | bank | charge | 1 |",
        "| 360 ms | 36 % | pg | SELECT items | 12 |",
        "| 140 ms | 14 % | checkout | POST /cart | 1 |",
        "| 50.0 ms | 5.0 % | payment | POST /charge | 1 |",
    ]


def test_many_operations_are_no_more_lines() -> None:
    """What is left out is said, so that everything adds up."""
    calls = [make_outline(n, n - 1, f"s{n % 5}", 0, (200 - n) * MS, f"op {n}") for n in range(2, 101)]
    trace = make_trace([make_outline(1, None, "shop", 0, 200 * MS, "root"), *calls])
    lines = write_text(trace, ADDRESS).splitlines()
    assert len(lines) == MAX_LINES
    assert lines[-3].startswith("… and 85 more")
    assert lines[-3].split("  ")[-1].strip() == "42 %"
    assert max(map(len, lines[2:-2])) <= 105
    assert write_markdown(trace, ADDRESS).splitlines()[-1] == "| 90.0 ms | 45 % | | 90 others | 90 |"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b`c` [x](y) <b>_*&", r"a\|b\`c\` \[x\](y) \<b\>\_\*\&"),
        ("two\nlines", "two lines"),
        ("", "(no name)"),
        ("x" * 100, "x" * 43 + "…"),
        ("turned \u202e around", "turned ⟨U+202E⟩ around"),
    ],
)
def test_no_name_breaks_a_table_or_a_line(name: str, shown: str) -> None:
    trace = make_trace([make_outline(1, None, "shop", 0, MS, name)])
    assert write_markdown(trace, ADDRESS).splitlines()[-1] == f"| 1.00 ms | 100 % | shop | {shown} | 1 |"
    assert len(write_text(trace, ADDRESS).splitlines()) == 5


def test_a_trace_that_takes_no_time_is_written_without_shares() -> None:
    trace = make_trace([make_outline(1, None, "shop", 5, 0, "op")])
    assert write_text(trace, ADDRESS).splitlines()[2].rstrip().endswith("0 ns")
