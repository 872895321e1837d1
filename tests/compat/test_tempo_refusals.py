"""What Tempo's API says to wrong, missing, huge and hostile parameters. No store is asked."""

import pytest
from django.test import Client

from tests.compat.tempo_asking import ask_for_error, read_error


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


def test_a_part_of_a_trace_is_not_served(client: Client) -> None:
    status, problem = ask_for_error(client, "/api/v2/traces/1", q="{ status = error }")
    assert (status, problem) == (501, "q is not served here: a trace is answered whole")


@pytest.mark.parametrize(
    ("path", "parameters", "problem"),
    [
        ("/api/v2/search/tags", {"scope": "planet"}, "invalid scope: planet"),
        ("/api/search/tags", {"scope": "<b>" * 100}, f"invalid scope: {('<b>' * 100)[:80]}"),
        ("/api/v2/search/tags", {"limit": "five"}, 'invalid limit: strconv.ParseUint: parsing "five": invalid syntax'),
        ("/api/v2/search/tags", {"limit": "0"}, "invalid limit: must be a positive number"),
        ("/api/v2/search/tags", {"limit": "-1"}, 'invalid limit: strconv.ParseUint: parsing "-1": invalid syntax'),
        ("/api/v2/search/tags", {"start": "x"}, 'invalid start: strconv.ParseInt: parsing "x": invalid syntax'),
        (
            "/api/v2/search/tag/name/values",
            {"start": "2", "end": "1"},
            "http parameter start must be before end. received start=2 end=1",
        ),
        (
            "/api/v2/search/tag/region/values",
            {},
            "please provide a valid tagName: region: This is not the name of a field.",
        ),
    ],
)
def test_what_is_wrong_is_said(client: Client, path: str, parameters: dict[str, str], problem: str) -> None:
    assert ask_for_error(client, path, **parameters) == (400, problem)


def test_only_reading_is_allowed(client: Client) -> None:
    for path in ("echo", "traces/1", "v2/search/tags"):
        answer = client.post(f"/tempo/api/{path}")
        assert (read_error(answer), answer["Allow"]) == ((405, "Method Not Allowed"), "GET, HEAD")


@pytest.mark.parametrize("path", ["", "nothing", "search/tag/a%0a/values", "%00", "v2/search/tag//values"])
def test_other_addresses_are_not_there(client: Client, path: str) -> None:
    assert ask_for_error(client, f"/api/{path}") == (404, "404 page not found")
