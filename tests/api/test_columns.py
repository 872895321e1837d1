"""The block of columns: every fact in it is the one that the JSON of the same trace says."""

from typing import Any

import pytest
from django.test import Client

from tests.api.columns_reader import Block, read_block
from tests.api.conftest import Ask
from tests.builders import (
    MS,
    NOW_NS,
    SECOND,
    make_event,
    make_link,
    make_request,
    make_span,
    span_id,
    trace_id,
    write_request,
    write_spans,
    write_tree,
)
from tests.traces.test_trace import outline
from traces.api.columns import encode_columns
from traces.domain.span import clean_name
from traces.domain.trace import build_trace

pytestmark = pytest.mark.django_db(transaction=True)

START = NOW_NS - SECOND
YEAR_2000_NS = 946_684_800 * SECOND
MARKS = {
    3: "clock_implausible", 4: "ends_before_start", 5: "unfinished", 6: "parent_is_remote", 12: "clock_corrected",
}  # fmt: skip
FACTS = (
    "trace_id", "start_ns", "duration_ns", "span_count", "error_count", "depth", "missing_parent_count",
    "root_service", "root_operation", "root_span_id", "services", "notes", "clock", "clock_corrections",
)  # fmt: skip


def read(client: Client, trace: int = 1, **parameters: str) -> Block:
    answer = client.get(f"/api/v1/traces/{trace_id(trace).hex()}/columns", parameters)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.tracing-ui.trace-columns")
    return read_block(answer.content)


def say_as_json(block: Block) -> list[dict[str, Any]]:
    """The rows of a block in the words of the JSON API, as far as a block knows them."""
    columns, missing = block.columns, block.flag(10)
    assert columns["missing_row"] == missing
    parents = dict(zip(missing, columns["missing_parent"], strict=True))
    return [
        {
            "start_ns": str(int(block.header["start_ns"]) + int(columns["start"][row])),
            "duration_ns": str(int(columns["duration"][row])),
            "depth": columns["depth"][row],
            "child_count": block.child_count(row),
            "operation": block.operation(row),
            "has_events": row in block.flag(0),
            "has_exception": row in block.flag(1),
            "has_links": row in block.flag(2),
            "marks": [mark for bit, mark in MARKS.items() if row in block.flag(bit)],
            "is_error": row in block.flag(8),
            "has_error_below": row in block.flag(9),
            "missing_parent": parents[row].hex() if row in parents else None,
            "is_cut": row in block.flag(11),
        }
        for row in range(block.header["span_count"])
    ]


def expect(spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same of the JSON."""
    ids = {span["span_id"] for span in spans}
    return [
        {
            **{name: span[name] for name in ("start_ns", "duration_ns", "depth", "child_count", "marks")},
            "operation": (span["service"], clean_name(span["name"]), span["kind"]),
            "has_events": span["events"] != [],
            "has_exception": any(event["name"] == "exception" for event in span["events"]),
            "has_links": span["links"] != [],
            "is_error": span["status"] == "error",
            "has_error_below": any(below["status"] == "error" for below in list_below(spans, row)),
            "missing_parent": span["parent_span_id"] if span["is_missing_parent"] else None,
            "is_cut": span["is_missing_parent"] and span["parent_span_id"] in ids,
        }
        for row, span in enumerate(spans)
    ]


def list_below(spans: list[dict[str, Any]], row: int) -> list[dict[str, Any]]:
    after = spans[row + 1 :]
    end = next((index for index, span in enumerate(after) if span["depth"] <= spans[row]["depth"]), len(after))
    return after[:end]


def chain(*parents: int | None, **more: Any) -> list[Any]:
    """Spans 1, 2, … with these parents, a millisecond apart."""
    return [make_span(1, n, parent, start_ns=START + n * MS, **more) for n, parent in enumerate(parents, 1)]


AWKWARD = {
    "one span": chain(None),
    "a tree": chain(None, 1, 1, 2, 3, 3, 1),
    "itself": chain(1, 1),
    "a circle": chain(3, 1, 2),
    "a circle with a tail": chain(2, 1, 1, 3),
    "an earlier tail of a circle": chain(2, 3, 2),
    "two circles beside a tree": chain(2, 1, None, 5, 4, 3),
    "several roots": chain(None, None, 1, 2, None),
    "no root": chain(9, 1, 9),
    "orphans of two parents": chain(None, 9, 8, 9, 2),
    "an id shared by different spans": [*chain(None, 1, 2), make_span(1, 2, 1, name="other", start_ns=START)],
    "a child before its parent": [make_span(1, 1), make_span(1, 2, 1, start_ns=START - 5 * MS)],
    "a child that outlives its parent": [make_span(1, 1), make_span(1, 2, 1, duration_ns=SECOND)],
    "all at one instant": [make_span(1, n, 1 + n % 3, start_ns=START, duration_ns=n % 2) for n in range(1, 20)],
    "without a length": [make_span(1, 1, duration_ns=0)],
    "a nanosecond": [make_span(1, 1, duration_ns=3), make_span(1, 2, 1, start_ns=START + 1, duration_ns=1)],
    "unfinished": [make_span(1, 1), make_span(1, 2, 1, end_time_unix_nano=0)],
    "an end before its start": [make_span(1, 1, end_time_unix_nano=START - 5)],
    "an impossible clock": [make_span(1, 1), make_span(1, 2, 1, start_time_unix_nano=5, end_time_unix_nano=9)],
    "a remote parent": [make_span(1, 1, 7, flags=0x301)],
    "errors": [
        make_span(1, n, parent, start_ns=START + n, status=2 if n in (4, 5) else n % 2)
        for n, parent in enumerate((None, 1, 2, 3, 1, 5, None), 1)
    ],
    "events and links": [
        make_span(1, 1, events=[make_event("note")]),
        make_span(1, 2, 1, events=[make_event("exception")], links=[make_link(2, 2)]),
    ],
    "names": [
        make_span(1, n, name=name, start_ns=START + n, kind=n)
        for n, name in enumerate(("", "🛒 купить", "\u202eעגלה", "<b>&amp;", "x" * 10_000, 'a"\\\n', "nul\0"), 1)
    ],
    "an end that no clock shows": [make_span(1, 1, end_time_unix_nano=2**64 - 1)],
    "twenty-six years": [
        make_span(1, 1, start_ns=YEAR_2000_NS + 1, duration_ns=2**53 + 1),
        make_span(1, 2, 1, start_ns=START + 1, duration_ns=1),
    ],
}


@pytest.mark.parametrize("spans", AWKWARD.values(), ids=AWKWARD)
def test_a_block_says_what_the_json_says(client: Client, ask: Ask, spans: list[Any]) -> None:
    write_spans(*spans)

    block, answer = read(client), ask(f"traces/{trace_id(1).hex()}")

    assert say_as_json(block) == expect(answer["spans"])
    assert {name: block.header[name] for name in FACTS} == {name: answer[name] for name in FACTS}


def test_spans_of_several_services_and_requests_are_one_block(client: Client, ask: Ask) -> None:
    for n in range(1, 40):
        write_spans(make_span(1, n, n // 2 or None, name=f"op {n % 4}", start_ns=START - n), service=f"s {n % 3}")
    write_request(make_request(make_span(1, 5, 2, name="op 1", start_ns=START - 5), service="s 2", resource={"x": 1}))

    block, answer = read(client), ask(f"traces/{trace_id(1).hex()}")

    assert say_as_json(block) == expect(answer["spans"])
    assert block.header["notes"] == answer["notes"] == ["1 span arrived more than once and shown once."]
    assert len(block.header["operations"]) == 12


def write_skewed() -> None:
    """A client in `shop`, and below it two spans of `payment`, whose clock is five seconds behind."""
    write_spans(make_span(1, 1, kind=3, start_ns=START, duration_ns=20 * MS))
    behind_ns = START - 5 * SECOND
    call = make_span(1, 2, 1, kind=2, start_ns=behind_ns + 5 * MS, duration_ns=10 * MS)
    write_spans(call, make_span(1, 3, 2, kind=1, start_ns=behind_ns + 6 * MS, duration_ns=MS), service="payment")


@pytest.mark.parametrize("clock", ["corrected", "sent"])
def test_a_block_says_what_the_json_says_of_wrong_clocks(client: Client, ask: Ask, clock: str) -> None:
    write_skewed()

    block, answer = read(client, clock=clock), ask(f"traces/{trace_id(1).hex()}", clock=clock)

    assert say_as_json(block) == expect(answer["spans"])
    assert {name: block.header[name] for name in FACTS} == {name: answer[name] for name in FACTS}


def test_wrong_clocks_are_put_right_unless_the_times_are_wanted_as_sent(client: Client) -> None:
    write_skewed()
    right, sent = read(client), read(client, clock="sent")

    assert right.header == {**read(client, clock="corrected").header, "clock": "corrected"}
    assert right.columns["start"] == [0, 5 * MS, 6 * MS]
    assert (right.flag(12), right.header["duration_ns"]) == ([1, 2], str(20 * MS))
    assert right.header["notes"] == ["2 spans of payment were moved by +5 s: their clock runs behind the caller's."]
    assert right.header["clock_corrections"] == [
        {
            "service": "payment",
            "span_count": 2,
            "lowest_offset_ns": str(5 * SECOND),
            "highest_offset_ns": str(5 * SECOND),
            "is_measured": True,
        }
    ]
    assert sent.columns["start"] == [5 * SECOND - 5 * MS, 0, MS]
    assert (sent.flag(12), sent.header["duration_ns"]) == ([], str(5 * SECOND + 15 * MS))
    assert sent.header["notes"] == ["2 spans of payment would be moved by +5 s: their clock runs behind the caller's."]
    assert (sent.header["clock"], sent.header["clock_corrections"]) == ("sent", right.header["clock_corrections"])


def test_a_clock_that_runs_ahead_has_a_negative_offset(ask: Ask) -> None:
    write_spans(make_span(1, 1, kind=3, start_ns=START, duration_ns=20 * MS))
    write_spans(make_span(1, 2, 1, kind=2, start_ns=START + SECOND, duration_ns=10 * MS), service="payment")
    correction = ask(f"traces/{trace_id(1).hex()}")["clock_corrections"][0]
    assert correction["lowest_offset_ns"] == correction["highest_offset_ns"] == str(5 * MS - SECOND)


def test_what_was_sent_and_stored_is_not_touched(client: Client, ask: Ask) -> None:
    write_skewed()
    path = f"traces/{trace_id(1).hex()}/spans/{span_id(2).hex()}"
    right, sent = ask(path), ask(path, clock="sent")
    assert (right["marks"], sent["marks"]) == (["clock_corrected"], [])
    assert sent["sent_start_ns"] == right["sent_start_ns"] == sent["start_ns"] == str(START - 5 * SECOND + 5 * MS)
    assert (right["start_ns"], right["duration_ns"]) == (str(START + 5 * MS), sent["duration_ns"])


def test_siblings_that_do_the_same_are_named_as_a_repeat(client: Client) -> None:
    queries = [make_span(1, n, 1, name="SELECT", start_ns=START + n * MS) for n in range(2, 9)]
    write_spans(make_span(1, 1, start_ns=START), *queries, make_span(1, 20, 3, start_ns=START + 3 * MS))
    block = read(client)
    assert (block.repeats(), block.types["repeat_row"], block.types["repeat_count"]) == ([(1, 7)], "u32", "u32")

    write_spans(make_span(1, 21, 6, start_ns=START + 6 * MS, status=2))
    assert read(client).repeats() == []


def test_the_critical_path_is_told_in_pieces(client: Client) -> None:
    write_spans(
        make_span(1, 1, start_ns=START, duration_ns=10 * MS),
        make_span(1, 2, 1, start_ns=START + 2 * MS, duration_ns=3 * MS),
        make_span(1, 3, 1, start_ns=START + 2 * MS, duration_ns=2 * MS),
        make_span(1, 4, start_ns=START + 20 * MS, duration_ns=5 * MS),
    )
    block = read(client)
    pieces = zip(block.columns["critical_row"], block.columns["critical_length"], strict=True)
    assert list(pieces) == [(0, 2 * MS), (1, 3 * MS), (0, 5 * MS), (3, 5 * MS)]
    assert block.types["critical_length"] == "u32"
    write_spans(make_span(1, 5, start_ns=START, duration_ns=2**32))
    assert read(client).types["critical_length"] == "f64"


def test_a_trace_without_a_length_has_no_critical_path(client: Client) -> None:
    write_spans(make_span(1, 1, start_ns=START, duration_ns=0))
    assert read(client).columns["critical_row"] == []


def test_the_root_is_named_by_its_row(client: Client) -> None:
    write_spans(*chain(9, 1, None))

    header = read(client).header

    assert (header["root_row"], header["root_span_id"]) == (2, span_id(3).hex())


def test_no_nanosecond_is_lost_where_floats_would_lose_them(client: Client) -> None:
    write_spans(make_span(1, 1, start_ns=YEAR_2000_NS, duration_ns=2**53), make_span(1, 2, start_ns=START + 1))
    block = read(client)
    assert (block.types["start"], block.columns["start"][1]) == ("u64", START + 1 - YEAR_2000_NS)
    assert (block.types["duration"], block.columns["duration"][0]) == ("f64", 2.0**53)

    write_spans(make_span(1, 3, duration_ns=2**53 + 1))
    block = read(client)
    assert (block.types["duration"], block.columns["duration"]) == ("u64", [2**53, 2**53 + 1, 10 * MS])


def test_a_chain_of_sixty_thousand_is_a_block(client: Client) -> None:
    write_tree(1, [None, *range(1, 60_000)], name="down", status=0)
    write_spans(make_span(1, 60_001, 60_000, status=2))

    block = read(client)

    assert (block.types["depth"], block.columns["depth"]) == ("u16", list(range(60_001)))
    assert block.columns["start"] == [1_000.0 * n for n in range(1, 60_001)] + [0.0]
    assert (block.flag(8), block.flag(9)) == ([60_000], list(range(60_000)))


def test_a_chain_that_is_deeper_than_sixteen_bits_is_a_block(client: Client) -> None:
    write_tree(1, [None, *range(1, 66_000)])

    block = read(client)

    assert (block.types["depth"], block.columns["depth"]) == ("u32", list(range(66_000)))


def test_fifty_thousand_children_are_a_block(client: Client) -> None:
    write_tree(1, [None] + [1] * 50_000)

    block = read(client)

    assert block.columns["depth"] == [0] + [1] * 50_000
    assert (block.child_count(0), block.types["operation"]) == (50_000, "u16")
    assert block.repeats() == [(1, 50_000)]


def test_seventy_thousand_operations_have_numbers() -> None:
    trace = build_trace(trace_id(1), [outline(n, start_ns=n, name=str(n)) for n in range(1, 70_001)])

    block = read_block(encode_columns(trace, "build"))

    assert (block.types["operation"], block.columns["operation"]) == ("u32", list(range(70_000)))
    assert block.operation(69_999) == ("shop", "70000", "internal")
