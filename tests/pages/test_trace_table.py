"""The table of a trace's spans as the server draws it, its values and its file."""

import csv
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from tests.builders import MS, make_event
from tests.conftest import reset_store
from tests.pages.looking import read_page, read_text
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id
from traces import reading
from traces.api.block_cache import find_build
from traces.domain.clock import Clock
from traces.domain.errors import TooBusy
from traces.domain.values import Values
from traces.storage.base import DEFAULT_PROJECT
from traces.trace_views.table import file

Send = Callable[..., None]

PAGE = f"/trace/{TRACE_ID}"
HOSTILE = "<script>alert(1)</script>\u202e"


def read_names(page: str) -> list[str]:
    """The operations of the table's rows."""
    return re.findall(r'class="of-name"><a href="[^"]*">([^<]*)<', page)


def read_file(client: Client, query: str = "") -> list[list[str]]:
    response = client.get(f"{PAGE}/spans.csv?{query}")
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.reader(StringIO(text, newline="")))


@pytest.fixture
def three(send: Send) -> None:
    start = HALF_A_MINUTE_AGO
    send(
        make_span(1, name="root", kind=2, start_ns=start, duration_ns=100 * MS, attributes={"k": 9, "x": "=1+1"}),
        make_span(2, 1, name="failing", start_ns=start + 10 * MS, duration_ns=20 * MS, status=2, attributes={"k": 10}),
        resource={"host.name": "alpha"},
    )
    event = make_event("exception", attributes={"exception.type": HOSTILE})
    send(make_span(3, 1, name="Pay", start_ns=start + 50 * MS, duration_ns=30 * MS, events=[event]), service="payment")


def test_the_longest_spans_come_first_and_each_leads_to_its_panel(three: None, client: Client) -> None:
    page = read_page(client, f"{PAGE}?view=table")
    assert read_names(page) == ["root", "Pay", "failing"]
    assert f'href="?view=table&amp;span={span_id(3)}#span"' in page
    line = read_text(page[page.index('data-row="2"') :])
    assert "payment" in line
    assert "+50.0 ms" in line
    assert "30.0 ms" in line
    assert "1–3 of 3 spans" in read_text(page)
    assert page.count("✕ error") == 1
    selected = read_page(client, f"{PAGE}?view=table&span={span_id(3)}")
    assert "<aside" in selected


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", "failing Pay root"), ("-name", "root Pay failing"), ("service", "Pay root failing"),
        ("start", "root failing Pay"), ("self", "failing Pay root"), ("-critical", "root Pay failing"),
        ("-status", "failing root Pay"), ("-kind", "root failing Pay"), ("row", "root failing Pay"),
        ("span.k", "root failing Pay"), ("-span.k", "failing root Pay"), ("nonsense", "root Pay failing"),
    ],
)  # fmt: skip
def test_a_table_is_sorted_by_any_column(three: None, client: Client, sort: str, names: str) -> None:
    assert read_names(read_page(client, f"{PAGE}/view/table?sort={sort}&columns=span.k")) == names.split()


def test_columns_are_added_from_every_place(three: None, client: Client) -> None:
    page = read_page(client, f"{PAGE}/view/table?columns=k,resource.host.name,event.exception.type")
    heads = re.findall(r'data-column="([^"]*)" class="added"', page)
    assert heads == ["span.k", "resource.host.name", "event.exception.type"]
    cells = [re.findall(r'class="added"[^>]*>([^<]*)</td>', row) for row in re.findall(r"<tr .*?</tr>", page)[1:]]
    assert cells == [["9", "alpha", ""], ["", "", "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩"], ["10", "alpha", ""]]


def test_keys_of_the_project_are_offered_but_those_shown(three: None, client: Client) -> None:
    page = read_page(client, f"{PAGE}/view/table?columns=span.k")
    offered = re.findall(r'<option value="([^"]*)">', page)
    assert offered == ["event.exception.type", "resource.host.name", "resource.service.name", "span.x"]
    full = ",".join(f"k{number}" for number in range(8))
    assert "Add column" not in read_page(client, f"{PAGE}/view/table?columns={full}")


def test_a_large_table_has_pages(send: Send, client: Client) -> None:
    send(make_span(1, duration_ns=900 * MS), *(make_span(n, 1, duration_ns=n * MS) for n in range(2, 252)))
    first = read_page(client, f"{PAGE}/view/table")
    assert (len(read_names(first)), read_names(first)[1]) == (100, "operation 251")
    assert "1–100 of 251 spans" in read_text(first)
    assert 'rel="prev"' not in first
    last = read_page(client, f"{PAGE}/view/table?skip=200")
    assert read_names(last)[0] == "operation 52"
    assert (len(read_names(last)), 'rel="next"' in last) == (51, False)
    assert 'rel="prev" href="?view=table&amp;skip=100"' in last
    assert read_names(read_page(client, f"{PAGE}/view/table?skip=999999999")) == read_names(first)


def test_values_are_told_in_their_order_with_the_row_of_each(three: None, client: Client) -> None:
    build = find_build(DEFAULT_PROJECT, bytes.fromhex(TRACE_ID), Clock.CORRECTED)
    response = client.get(f"{PAGE}/values?columns=k,span.none&build={build}")
    assert response.json() == {
        "build": build,
        "columns": {
            "span.k": {"values": ["9", "10"], "numbers": [0, 1, -1]},
            "span.none": {"values": [], "numbers": [-1, -1, -1]},
        },
    }
    assert response["Cache-Control"] == "private, max-age=300"
    assert client.get(f"{PAGE}/values?columns=k&build=older").status_code == 409
    assert client.get("/trace/zzz/values").status_code == 400
    reset_store()
    assert client.get(f"{PAGE}/values?columns=k").status_code == 404
    assert client.get(f"{PAGE}/spans.csv").status_code == 404


def test_the_file_has_all_spans_as_the_table_sorts_them(three: None, client: Client) -> None:
    head, *lines = read_file(client, "sort=-name&columns=k,x,event.exception.type")
    assert head[:4] == ["span_id", "parent_span_id", "service", "operation"]
    assert head[-3:] == ["span.k", "span.x", "event.exception.type"]
    assert [line[3] for line in lines] == ["root", "Pay", "failing"]
    found = dict(zip(head, lines[1], strict=True))
    assert found["span_id"] == span_id(3)
    assert found["parent_span_id"] == span_id(1)
    assert (found["kind"], found["status"]) == ("internal", "unset")
    assert (found["offset_ns"], found["duration_ns"], found["self_ns"]) == ("50000000", "30000000", "30000000")
    assert found["start"].endswith("Z")
    # As sent, but for what a spreadsheet would run.
    assert found["event.exception.type"] == HOSTILE
    assert lines[0][-3:] == ["9", "'=1+1", ""]


def test_the_file_is_one_to_keep(three: None, client: Client) -> None:
    response = client.get(f"{PAGE}/spans.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="trace-{TRACE_ID}.csv"'
    assert response.streaming
    assert len(read_file(client, "clock=sent")) == 4


def test_endless_names_are_cut_in_the_file_and_not_offered_as_columns(send: Send, client: Client) -> None:
    send(make_span(1, name="n" * 100_000, attributes={"k" * 100_000: 1, "short": 2}), service="s" * 100_000)
    found = dict(zip(*read_file(client), strict=True))
    assert found["operation"] == "n" * 4_096 + "…"
    assert found["service"] == "s" * 4_096 + "…"
    for view in ("table", "summary"):
        page = read_page(client, f"{PAGE}/view/{view}")
        assert "short" in page
        assert len(page) < 50_000


def test_a_file_that_has_begun_waits_for_its_turn(three: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, load = [], reading.load_attributes_of_rows

    def be_busy_once(*asked: Any) -> list[Values]:
        calls.append(asked)
        if len(calls) == 2:
            raise TooBusy("Others read.")
        return load(*asked)

    monkeypatch.setattr(reading, "load_attributes_of_rows", be_busy_once)
    monkeypatch.setattr(file, "_PORTION_ROWS", 1)
    assert [line[3] for line in read_file(client, "columns=k")] == ["operation", "root", "Pay", "failing"]
    assert len(calls) == 4
