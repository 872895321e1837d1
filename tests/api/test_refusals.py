"""Every error has one form and names what is at fault. None of these questions reaches the store."""

import json
from typing import Any

import pytest
from django.test import Client, RequestFactory
from rest_framework.request import Request

from tests.api.conftest import Ask
from traces.api.errors import answer_error
from traces.domain.errors import StoreUnavailable

TRACE = "traces/5b8efff798038103d269b633813fc60c"


def error(answer: Any) -> tuple[str, str | None]:
    return answer["error"]["code"], answer["error"]["field"]


@pytest.mark.parametrize(
    "path",
    [
        "traces", TRACE, f"{TRACE}/spans/eee19b7ec3c1b174", "services", "operations", "attributes",
        "attributes/values", "openapi.json", "pins", f"{TRACE}/pin",
    ],
)  # fmt: skip
def test_an_unknown_parameter_is_refused_by_name(ask: Ask, path: str) -> None:
    assert error(ask(path, servce="shop", expected=400)) == ("invalid_query", "servce")


def test_an_unknown_parameter_of_a_posted_search_is_refused_by_name(ask: Ask) -> None:
    assert error(ask("traces/search", body={}, expected=400, limit=5)) == ("invalid_query", "limit")


def test_the_refusal_of_a_parameter_says_which_there_are(ask: Ask) -> None:
    assert ask("operations", servce="shop", expected=400) == {
        "error": {
            "code": "invalid_query",
            "message": "There is no parameter “servce”; choose from service.",
            "field": "servce",
        }
    }


def test_a_repeated_parameter_is_refused(ask: Ask) -> None:
    assert error(ask("traces", service=["a", "b"], expected=400)) == ("invalid_query", "service")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service", "a\x00b"),
        ("operation", "x" * 8_193),
        ("kind", "sever"),
        ("status", "bad"),
        ("attributes", '="'),
        ("attributes", "http.route=~("),
        ("attributes", '{"a": [1]}'),
        ("attributes", " ".join("a" * 65)),
        ("min_duration", "long"),
        ("max_duration", "-1s"),
        ("min_trace_duration", "1 parsec"),
        ("max_trace_duration", "1e9"),
        ("start", "yesterday"),
        ("end", "1969-12-31T00:00:00Z"),
        ("lookback", "0s"),
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "9" * 5_000),
        ("limit", "1.5"),
        ("limit", "٣"),
        ("cursor", "AAAA"),
        ("cursor", "é"),
    ],
)
def test_a_search_that_cannot_be_run_names_its_parameter(ask: Ask, name: str, value: str) -> None:
    fields = {"lookback": "end"}
    assert error(ask("traces", **{name: value}, expected=400)) == ("invalid_query", fields.get(name, name))


@pytest.mark.parametrize(
    ("path", "parameters", "field"),
    [
        ("traces/shop", {}, "trace_id"),
        ("traces/" + "0" * 32, {}, "trace_id"),
        ("traces/" + "a" * 33, {}, "trace_id"),
        ("traces/%00", {}, "trace_id"),
        (f"{TRACE}/spans/shop", {}, "span_id"),
        (TRACE, {"first": "-1"}, "first"),
        (TRACE, {"count": "0"}, "count"),
        (TRACE, {"count": "10001"}, "count"),
        ("attributes/values", {}, "key"),
        ("attributes/values", {"key": ""}, "key"),
        ("attributes/values", {"key": "k", "place": "tag"}, "place"),
        ("attributes/values", {"key": "k", "place": "intrinsic"}, "place"),
        ("attributes/values", {"key": "k", "limit": "1001"}, "limit"),
    ],
)
def test_what_cannot_be_understood_is_named(ask: Ask, path: str, parameters: dict[str, str], field: str) -> None:
    assert error(ask(path, **parameters, expected=400)) == ("invalid_query", field)


@pytest.mark.parametrize(
    "body", ["", "{", "NaN", '{"limit": Infinity}', "[" * 100_000, b"\xff\xfe{", '{"limit": ' + "1" * 5_000 + "}"]
)
def test_a_body_that_is_not_json_is_refused(ask: Ask, body: str | bytes) -> None:
    assert error(ask("traces/search", body=body or " ", expected=400)) == ("parse_error", None)


def test_a_body_of_the_wrong_shape_is_refused(ask: Ask) -> None:
    assert error(ask("traces/search", body="null", expected=400)) == ("invalid_query", None)


def test_a_field_of_a_body_is_named_even_if_no_text_can_hold_its_name(ask: Ask) -> None:
    assert error(ask("traces/search", body='{"\\ud800": 1}', expected=400)) == (
        "invalid_query",
        "\N{REPLACEMENT CHARACTER}",
    )


def test_a_giant_body_is_refused(ask: Ask) -> None:
    assert error(ask("traces/search", body=" " * (256 * 1024 + 1), expected=413)) == ("too_large", None)


def test_a_body_in_another_type_is_refused(client: Client) -> None:
    answer = client.post("/api/v1/traces/search", "service=shop", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415
    assert error(answer.json()) == ("unsupported_media_type", None)


@pytest.mark.parametrize("path", ["traces", "services", TRACE])
def test_a_method_that_an_address_does_not_know_is_refused(client: Client, path: str) -> None:
    answer = client.delete(f"/api/v1/{path}")
    assert (answer.status_code, set(answer["Allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS"})
    assert error(answer.json()) == ("method_not_allowed", None)


@pytest.mark.parametrize(
    "path", ["", "trace", "services/", "traces//", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]
)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_an_unknown_address_is_answered_in_the_same_form(client: Client, method: str, path: str) -> None:
    answer = getattr(client, method)(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "code": "not_found",
            "message": "There is nothing at this address; docs/api.md lists what there is.",
            "field": None,
        }
    }


def test_more_parameters_than_django_reads_are_refused(client: Client) -> None:
    answer = client.get("/api/v1/services?" + "&".join(f"p{number}=1" for number in range(2_000)))
    assert answer.status_code == 400
    assert error(answer.json()) == ("invalid_query", None)


def request_of(path: str) -> dict[str, Any]:
    return {"request": Request(RequestFactory().get(path))}


def test_a_store_that_is_away_is_answered_503_with_the_time_to_wait() -> None:
    answer = answer_error(StoreUnavailable("The database does not answer.", 3), request_of("/api/v1/services"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    assert answer.data == {"error": {"code": "unavailable", "message": "The database does not answer.", "field": None}}


def test_what_nobody_foresaw_is_logged_and_answered_without_details(caplog: pytest.LogCaptureFixture) -> None:
    answer = answer_error(ZeroDivisionError("secret"), request_of("/api/v1/services"))
    assert answer.status_code == 500
    assert "secret" not in json.dumps(answer.data)
    assert answer.data["error"]["code"] == "internal"
    assert "/api/v1/services" in caplog.text
    assert "ZeroDivisionError: secret" in caplog.text
