"""How a block of columns is delivered: conditional, compressed, remembered."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.api.columns_reader import read_block
from tests.api.conftest import Ask
from tests.builders import NOW_NS, make_request, make_span, span_id, trace_id, write_request, write_spans
from traces.api.block_cache import BlockCache, FinishedBlock, get_block_cache
from traces.domain.clock import Clock
from traces.models import Organization, Project
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, ProjectId

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = f"/api/v1/traces/{trace_id(1).hex()}/columns"


def get(client: Client, **headers: str) -> HttpResponse:
    """`get(client, if_none_match=…)`."""
    answer = client.get(ADDRESS, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert isinstance(answer, HttpResponse)
    return answer


def reads_spans(queries: CaptureQueriesContext) -> bool:
    return any("start_ns, duration_ns, status" in query["sql"] for query in queries)


def test_an_answer_says_how_it_may_be_kept(client: Client) -> None:
    write_spans(make_span())
    answer = get(client)
    assert answer["Cache-Control"] == "private, max-age=0, must-revalidate"
    assert answer["Vary"] == "Accept-Encoding"
    assert answer["ETag"] == f'W/"{read_block(answer.content).header["build"]}"'
    assert int(answer["Content-Length"]) == len(answer.content)


def test_a_block_is_packed_for_those_who_ask(client: Client) -> None:
    write_spans(*(make_span(1, number) for number in range(1, 50)))
    plain, packed = get(client), get(client, accept_encoding="br, gzip")
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert (packed["ETag"], packed["Vary"]) == (plain["ETag"], plain["Vary"])


def test_who_has_the_build_is_told_so_without_a_span_being_read(client: Client) -> None:
    write_spans(make_span())
    etag = get(client)["ETag"]
    get_block_cache.cache_clear()
    for known in (etag, f'"other", {etag}', "*"):
        with CaptureQueriesContext(connection) as queries:
            answer = get(client, if_none_match=known)
        assert (answer.status_code, answer.content) == (304, b"")
        assert not reads_spans(queries)
        assert (answer["ETag"], answer["Vary"]) == (etag, "Accept-Encoding")
        assert answer["Cache-Control"] == "private, max-age=0, must-revalidate"


def test_new_spans_are_a_new_build(client: Client) -> None:
    write_spans(make_span(1, 1))
    etag = get(client)["ETag"]
    write_spans(make_span(1, 2, 1))
    answer = get(client, if_none_match=etag)
    assert (answer.status_code, answer["ETag"] == etag) == (200, False)
    assert read_block(answer.content).header["span_count"] == 2


def test_spans_of_another_trace_and_repeated_requests_leave_the_build(client: Client) -> None:
    request = make_request(make_span(1, 1))
    write_request(request)
    etag = get(client)["ETag"]
    write_spans(make_span(2, 1))
    write_request(request)
    assert get(client)["ETag"] == etag


def test_spans_that_retention_takes_are_a_new_build(client: Client, settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 1
    day_ns = 86_400 * 10**9
    write_request(make_request(make_span(1, 1, start_ns=NOW_NS - day_ns)), received_ns=NOW_NS - day_ns)
    write_spans(make_span(1, 2, 1))
    etag = get(client)["ETag"]
    get_store().delete_older_than(timedelta(hours=1), datetime.fromtimestamp(NOW_NS / 1e9, tz=UTC))
    answer = get(client, if_none_match=etag)
    assert read_block(answer.content).columns["missing_row"] == [0]
    get_store().delete_older_than(timedelta(0), datetime.fromtimestamp(NOW_NS / 1e9 + 1, tz=UTC))
    assert get(client, if_none_match=etag).status_code == 404


def test_another_limit_of_spans_is_a_new_build(client: Client, settings: LazySettings) -> None:
    write_spans(make_span(1, 1), make_span(1, 2, 1), make_span(1, 3, 1))
    etag = get(client)["ETag"]
    settings.TRACE_MAX_SPANS = 2
    header = read_block(get(client, if_none_match=etag).content).header
    assert header["span_count"] == 2
    assert header["notes"][0].startswith("Of 3 spans of this trace 2 are read")


def test_a_block_is_made_once(client: Client) -> None:
    write_spans(make_span())
    first = get(client)
    with CaptureQueriesContext(connection) as queries:
        second = get(client)
    assert (second.content, second["ETag"]) == (first.content, first["ETag"])
    asked = [query for query in queries if query["sql"].startswith("SELECT")]
    # The partitions, then the version; of this 64-bit id also when it was, and which 128-bit ids end in it.
    assert (reads_spans(queries), len(asked)) == (False, 4)


def test_without_memory_for_it_every_block_is_made_anew(client: Client, settings: LazySettings) -> None:
    settings.TRACE_CACHE_BYTES = settings.TRACE_LAYOUT_CACHE_BYTES = 0
    write_spans(make_span())
    first = get(client)
    with CaptureQueriesContext(connection) as queries:
        second = get(client)
    assert (second.content, reads_spans(queries)) == (first.content, True)


def test_a_trace_of_another_project_has_another_build(client: Client) -> None:
    other = ProjectId(Project.objects.create(organization=Organization.objects.get(pk=1), slug="other").pk)
    write_spans(make_span(1, 1))
    etag = get(client)["ETag"]
    write_request(make_request(make_span(1, 2)), other)
    assert get(client)["ETag"] == etag


def test_head_says_the_same_without_the_block(client: Client) -> None:
    write_spans(make_span())
    whole, head = get(client), client.head(ADDRESS)
    assert (head.status_code, head.content) == (200, b"")
    for header in ("ETag", "Content-Type", "Content-Length", "Cache-Control", "Vary"):
        assert head[header] == whole[header]
    assert client.head(ADDRESS, headers={"If-None-Match": whole["ETag"]}).status_code == 304


def test_each_clock_has_a_build_and_a_block_of_its_own(client: Client) -> None:
    write_spans(make_span())
    etags = {clock: client.get(ADDRESS, {"clock": clock})["ETag"] for clock in ("corrected", "sent")}
    assert len(set(etags.values())) == 2
    assert get(client)["ETag"] == etags["corrected"]
    for clock, etag in etags.items():
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(ADDRESS, {"clock": clock})
        assert (reads_spans(queries), answer["ETag"]) == (False, etag)
        assert read_block(answer.content).header["clock"] == clock
        assert client.get(ADDRESS, {"clock": clock}, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(ADDRESS, {"clock": "sent"}, headers={"If-None-Match": etags["corrected"]}).status_code == 200


def test_an_unknown_clock_is_refused(client: Client, ask: Ask) -> None:
    write_spans(make_span())
    trace = f"traces/{trace_id(1).hex()}"
    for path in (trace, f"{trace}/columns", f"{trace}/spans/{span_id(1).hex()}"):
        error = ask(path, expected=400, clock="local")["error"]
        assert (error["code"], error["field"]) == ("invalid_query", "clock")
        assert error["message"] == "“local” is no clock; choose one of corrected, sent."


def test_what_cannot_be_answered_is_json(client: Client, ask: Ask) -> None:
    path = ADDRESS.removeprefix("/api/v1/")
    message = f"No span of trace {trace_id(1).hex()} is kept here."
    assert ask(path, expected=404) == {"error": {"code": "not_found", "message": message, "field": None}}
    assert ask("traces/nonsense/columns", expected=400)["error"]["field"] == "trace_id"
    assert ask(path, expected=400, first="1")["error"]["field"] == "first"
    assert client.post(ADDRESS).status_code == 405
    assert get(client, if_none_match="*").status_code == 404


KEY_1, KEY_2, KEY_3 = ((DEFAULT_PROJECT, trace_id(number), Clock.SENT) for number in (1, 2, 3))


def test_the_block_that_was_asked_for_longest_ago_goes_first() -> None:
    cache = BlockCache(max_bytes=20)
    first, second, third = (FinishedBlock("a", bytes(10)) for _ in range(3))
    cache.keep(KEY_1, first)
    cache.keep(KEY_2, second)
    assert cache.find(KEY_1, "a") is first
    cache.keep(KEY_3, third)
    assert [cache.find(key, "a") for key in (KEY_1, KEY_2, KEY_3)] == [first, None, third]


def test_a_newer_block_takes_the_place_of_the_older_one_and_its_room() -> None:
    cache = BlockCache(max_bytes=20)
    cache.keep(KEY_1, FinishedBlock("a", bytes(15)))
    newer, other = FinishedBlock("b", bytes(10)), FinishedBlock("a", bytes(10))
    cache.keep(KEY_1, newer)
    cache.keep(KEY_2, other)
    assert (cache.find(KEY_1, "a"), cache.find(KEY_1, "b"), cache.find(KEY_2, "a")) == (None, newer, other)


def test_a_block_that_is_too_large_is_not_kept_and_drives_out_no_other() -> None:
    cache = BlockCache(max_bytes=20)
    small = FinishedBlock("a", bytes(10))
    cache.keep(KEY_1, small)
    cache.keep(KEY_2, FinishedBlock("a", bytes(21)))
    assert (cache.find(KEY_1, "a"), cache.find(KEY_2, "a")) == (small, None)
