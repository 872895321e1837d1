"""What Tempo's API says to wrong, missing, huge and hostile parameters. No store is asked."""

import pytest
from django.http import QueryDict
from django.test import Client

from tests.compat.tempo_asking import ask_for_error, read_error
from tracing_ui.compat.tempo.search_parameters import read_search


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("xyz", "trace IDs can only contain hex characters: invalid character 'x' at position 1"),
        ("12 4", "trace IDs can only contain hex characters: invalid character ' ' at position 3"),
        ("%00", "trace IDs can only contain hex characters: invalid character '\0' at position 1"),
        ("a" * 33, "trace IDs can't be larger than 128 bits"),
        ("a" * 50_000, "trace IDs can't be larger than 128 bits"),
        ("1?start=five", 'invalid start: strconv.ParseInt: parsing "five": invalid syntax'),
        ("1?end=" + "9" * 30, f'invalid end: strconv.ParseInt: parsing "{"9" * 30}": value out of range'),
        ("1?start=7&end=7", "http parameter start must be before end. received start=7 end=7"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(client: Client, asked: str, problem: str) -> None:
    for version in ("", "v2/"):
        assert ask_for_error(client, f"/api/{version}traces/{asked}") == (400, problem)


@pytest.mark.parametrize(
    ("path", "parameters", "problem"),
    [
        ("/api/v2/search/tags", {"scope": "planet"}, "invalid scope: planet"),
        ("/api/search/tags", {"scope": "<b>" * 100}, f"invalid scope: {('<b>' * 100)[:80]}"),
        ("/api/v2/search/tags", {"limit": "five"}, 'invalid limit: strconv.ParseUint: parsing "five": invalid syntax'),
        ("/api/v2/search/tags", {"limit": "0"}, "invalid limit: must be a positive number"),
        ("/api/v2/search/tags", {"limit": "-1"}, 'invalid limit: strconv.ParseUint: parsing "-1": invalid syntax'),
        ("/api/v2/search/tags", {"start": "x"}, 'invalid start: strconv.ParseInt: parsing "x": invalid syntax'),
        ("/api/search", {"q": "{", "tags": "a=b"}, "invalid request: can't specify tags and q in the same query"),
        ("/api/search", {"q": "{ name = }"}, "invalid TraceQL query: Character 10: "),
        ("/api/search", {"limit": "0"}, "invalid limit: must be a positive number"),
        ("/api/search", {"spss": "many"}, 'invalid spss: strconv.ParseUint: parsing "many": invalid syntax'),
        ("/api/search", {"limit": "9" * 5_000}, "invalid limit: strconv.ParseUint: parsing"),
        ("/api/search", {"q": "{ name = `" + "x" * 9_000}, "invalid TraceQL query: Character 8193: "),
        ("/api/search", {"q": "(" * 5_000}, "invalid TraceQL query: Character "),
        ("/api/search", {"q": "\0"}, "invalid TraceQL query: Character 1: "),
        ("/api/search", {"q": "{ name =~ `[` }"}, "invalid TraceQL query: Character 8: "),
        ("/api/search", {"tags": "a=b =c"}, "invalid tags: "),
        ("/api/search", {"tags": "a=b " * 9_000}, "invalid tags: "),
        ("/api/search", {'a"b': "c"}, "invalid tags: "),
        ("/api/search", {"minDuration": "5"}, 'invalid minDuration: time: missing unit in duration "5"'),
        ("/api/search", {"maxDuration": "x"}, 'invalid maxDuration: time: invalid duration "x"'),
        (
            "/api/search",
            {"minDuration": "5s", "maxDuration": "4s"},
            "invalid maxDuration: must be greater than minDuration",
        ),
        ("/api/metrics/query_range", {"q": "{ } | rate("}, "invalid TraceQL query: Character 12: "),
        (
            "/api/v2/search/tag/name/values",
            {"start": "2", "end": "1"},
            "http parameter start must be before end. received start=2 end=1",
        ),
        (
            "/api/v2/search/tag/region/values",
            {},
            "please provide a valid tagName: region: ",
        ),
    ],
)
def test_what_is_wrong_is_said(client: Client, path: str, parameters: dict[str, str], problem: str) -> None:
    status, sentence = ask_for_error(client, path, **parameters)
    assert (status, sentence[: len(problem)]) == (400, problem)
    assert len(sentence) < 600


@pytest.mark.parametrize(
    ("path", "query", "problem"),
    [
        ("/api/search", "{ } | count() > 2", "TraceQL's count() is understood but not evaluated yet."),
        ("/api/search", "{ } >> { }", 'TraceQL\'s ">>" is understood but not evaluated yet.'),
        ("/api/search", "{ } | select(name)", "TraceQL's select() is understood but not evaluated yet."),
        ("/api/metrics/query_range", "{ } | rate()", "TraceQL's rate() is understood but not evaluated yet."),
        ("/api/metrics/query", "{ } | compare({ })", "TraceQL's compare() is understood but not evaluated yet."),
        ("/api/metrics/query_range", "{ }", "Queries for metrics are not evaluated yet."),
        ("/api/metrics/summary", "", "Queries for metrics are not evaluated yet."),
        ("/api/v2/traces/1", "{ }", "q is not served here: a trace is answered whole"),
    ],
)
def test_what_is_not_served_is_named(
    client: Client, caplog: pytest.LogCaptureFixture, path: str, query: str, problem: str
) -> None:
    assert ask_for_error(client, path, q=query) == (501, problem)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_traces_times_spans_are_bounded_together() -> None:
    asked = [read_search(QueryDict(f"q={{}}&limit={limit}&spss=100")) for limit in (1, 100, 101, 4_000_000_000)]
    assert [(each.limit, each.spans_per_trace) for each in asked] == [(1, 100), (100, 100), (101, 99), (1_000, 10)]


def test_only_reading_is_allowed(client: Client) -> None:
    for path in ("echo", "traces/1", "v2/search/tags"):
        answer = client.post(f"/tempo/api/{path}")
        assert (read_error(answer), answer["Allow"]) == ((405, "Method Not Allowed"), "GET, HEAD")


@pytest.mark.parametrize("path", ["", "nothing", "search/tag/a%0a/values", "%00", "v2/search/tag//values"])
def test_other_addresses_are_not_there(client: Client, path: str) -> None:
    assert ask_for_error(client, f"/api/{path}") == (404, "404 page not found")
