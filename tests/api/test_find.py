"""Finding the rows of a trace that mention a text."""

import gzip
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.api.columns_reader import read_block
from tests.api.conftest import Ask
from tests.builders import MS, NOW_NS, SECOND, make_span, span_id, trace_id, write_spans

pytestmark = pytest.mark.django_db(transaction=True)

TRACE = f"traces/{trace_id(1).hex()}"


def find(client: Client, text: str, headers: dict[str, str] | None = None, **more: str) -> HttpResponse:
    """`find(client, "charge", build=…)`."""
    answer = client.get(f"/api/v1/{TRACE}/find?{urlencode({'q': text, **more})}", headers=headers or {})
    assert isinstance(answer, HttpResponse)
    return answer


def rows_of(answer: HttpResponse) -> list[int]:
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
    return [8 * at + bit for at, byte in enumerate(answer.content) for bit in range(8) if byte >> bit & 1]


def test_the_bits_go_by_rows_of_the_waterfall(client: Client) -> None:
    """Spans arrive in another order than they are drawn in."""
    numbers = [7, 3, 9, 1, 20, 2, 8, 4, 6, 5, *range(10, 20)]
    write_spans(
        *(make_span(1, each, 1 if each > 1 else None, attributes={"number": f"n{each:02}x"}) for each in numbers)
    )
    listed = client.get(f"/api/v1/{TRACE}").json()["spans"]
    ids = [span["span_id"] for span in listed]

    answer = find(client, "N1")

    assert [ids[row] for row in rows_of(answer)] == [span_id(each).hex() for each in ids_between(10, 19, ids)]
    assert len(answer.content) == 3
    assert rows_of(find(client, "x")) == list(range(20))
    assert find(client, "nothing").content == bytes(3)


def ids_between(first: int, last: int, ids: list[str]) -> list[int]:
    """The numbers of spans from `first` to `last`, as they are drawn."""
    return [number for each in ids if first <= (number := int(each, 16)) <= last]


def test_an_answer_names_the_build_of_the_columns(client: Client) -> None:
    write_spans(make_span())
    columns = client.get(f"/api/v1/{TRACE}/columns")
    build = read_block(columns.content).header["build"]
    answer = find(client, "get", build=build)
    assert answer["ETag"] == columns["ETag"] == f'W/"{build}"'
    assert (answer["Cache-Control"], answer["Vary"]) == (columns["Cache-Control"], columns["Vary"])
    assert rows_of(answer) == [0]


def test_rows_are_those_of_the_clock_asked_for(client: Client) -> None:
    """The callee's clock is 50 ms late: as sent, it answers before it is called, and before what comes first."""
    call = make_span(1, 1, name="call", kind=3, duration_ns=100 * MS)
    first = make_span(1, 2, 1, name="first", start_ns=NOW_NS - SECOND + MS, duration_ns=MS)
    answer = make_span(1, 3, 1, name="answer", start_ns=NOW_NS - SECOND - 50 * MS, duration_ns=20 * MS)
    write_spans(call, first, service="caller")
    write_spans(answer, service="callee")
    for clock, row in (("sent", 1), ("corrected", 2)):
        columns = client.get(f"/api/v1/{TRACE}/columns?clock={clock}")
        build = read_block(columns.content).header["build"]
        found = find(client, "answer", clock=clock, build=build)
        assert (rows_of(found), found["ETag"]) == ([row], columns["ETag"])
    assert find(client, "answer", clock="sent", build=build).status_code == 409


def test_rows_of_another_build_are_not_told(client: Client, ask: Ask) -> None:
    write_spans(make_span(1, 1))
    build = read_block(client.get(f"/api/v1/{TRACE}/columns").content).header["build"]
    write_spans(make_span(1, 2, 1))
    error = ask(f"{TRACE}/find", q="get", build=build, expected=409)["error"]
    assert (error["code"], error["field"]) == ("build_changed", None)
    assert error["message"].startswith("Spans of this trace have arrived or gone")


def test_who_has_the_answer_is_told_so_without_a_block_being_read(client: Client) -> None:
    write_spans(make_span())
    etag = find(client, "get")["ETag"]
    with CaptureQueriesContext(connection) as queries:
        answer = find(client, "get", {"If-None-Match": etag})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert not any("block_body" in query["sql"] for query in queries)


def test_bits_are_packed_for_those_who_ask(client: Client) -> None:
    write_spans(*(make_span(1, number) for number in range(1, 100)))
    plain, packed = find(client, "get"), find(client, "get", {"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content == bytes([255] * 12 + [7])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "q is missing."),
        (" \t", "q is missing: what is to be found?"),
        ("x" * 401, "q has more than 400 characters."),
        ("a\0b", "q contains the character U+0000."),
    ],
)
def test_a_text_that_cannot_be_looked_for_is_refused(ask: Ask, text: str, message: str) -> None:
    write_spans(make_span())
    error = ask(f"{TRACE}/find", q=text, expected=400)["error"]
    assert (error["code"], error["message"], error["field"]) == ("invalid_query", message, "q")


def test_four_hundred_characters_are_looked_for(client: Client) -> None:
    write_spans(make_span(attributes={"k": "x" * 500}))
    assert rows_of(find(client, "X" * 400)) == [0]


def test_an_unknown_trace_and_a_typo_are_refused(ask: Ask) -> None:
    assert ask(f"{TRACE}/find", q="x", expected=404)["error"]["code"] == "not_found"
    assert ask("traces/xyz/find", q="x", expected=400)["error"]["field"] == "trace_id"
    assert ask(f"{TRACE}/find", q="x", query="x", expected=400)["error"]["field"] == "query"
