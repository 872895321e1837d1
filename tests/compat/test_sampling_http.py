"""Jaeger's clients ask how much to sample: on the port of their own, on the collector's and on the web port."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from services_map.domain.sampling.strategy import RuleKind
from services_map.sampling.rules import set_rule
from tests.compat.sampling_client import read_json
from traces.storage.base import DEFAULT_PROJECT

pytestmark = [pytest.mark.any_engine, pytest.mark.django_db]
PLACES = [
    ("sampling", "/"),
    ("sampling", "/sampling"),
    ("sampling", "/sampling/"),
    ("sampling", "/api/sampling"),
    ("sampling", "/any/other"),
    ("jaeger_collector", "/api/sampling"),
    ("jaeger_collector", "/api/sampling/"),
    ("web", "/api/sampling"),
    ("web", "/jaeger/api/sampling"),
]
ALL = {"strategyType": "PROBABILISTIC", "probabilisticSampling": {"samplingRate": 1.0}}
Ask = Callable[..., Any]


@pytest.fixture
def ask(settings: Settings, client: Client) -> Ask:
    """`ask(query)` on the port of sampling."""
    settings.ROOT_URLCONF = "tracing_ui.urls.sampling"
    client.raise_request_exception = False
    return lambda query="", path="/sampling": client.get(f"{path}{query}")


def read_refusal(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize(("urls", "path"), PLACES)
def test_a_service_is_told_what_was_decided(urls: str, path: str, settings: Settings, client: Client) -> None:
    settings.ROOT_URLCONF = f"tracing_ui.urls.{urls}"
    set_rule(DEFAULT_PROJECT, "my shop/ä", "", RuleKind.PROBABILISTIC, 0.25)
    answer = client.get(path, {"service": "my shop/ä"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert read_json(answer.content) == ALL | {"probabilisticSampling": {"samplingRate": 0.25}}
    assert read_json(client.get(path, {"service": "nobody", "more": "1"}).content) == ALL


def test_operators_ask_their_questions_on_that_port(ask: Ask) -> None:
    assert ask(path="/healthz").content == ask(path="/readyz").content == b"ok\n"
    assert b"tracing_ui_" in ask(path="/metrics").content


@pytest.mark.parametrize("query", ["", "?service", "?Service=a", "?service=a&service=a", "?service=a&service=b", "?;"])
def test_a_service_must_be_named_once(query: str, ask: Ask) -> None:
    if query == "?service":
        assert read_json(ask(query).content) == ALL
        return
    assert read_refusal(ask(query)) == (400, "'service' parameter must be provided once\n")


@pytest.mark.parametrize(
    "name",
    ["", "%00", "%ff%fe", "%zz", "%ED%A0%80", "..%2F..%2Fetc", "'%20OR%201=1--", "%3Cscript%3E", "x" * 60_000],
)
def test_any_name_is_that_of_some_service(name: str, ask: Ask) -> None:
    answer = ask(f"?service={name}")
    assert (answer.status_code, read_json(answer.content)) == (200, ALL)


def test_a_question_of_thousands_of_parameters_is_refused(ask: Ask) -> None:
    code, sentence = read_refusal(ask("?service=a" + "&x=1" * 5_000))
    assert (code, sentence.endswith(".\n")) == (400, True)


def test_nothing_is_taken_there(ask: Ask, client: Client) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = client.generic(method, "/sampling?service=shop", b"{}")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    head = client.head("/sampling?service=shop")
    assert (head.status_code, head.content) == (200, b"")


def test_without_the_database_a_client_is_to_ask_later(ask: Ask) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sampling_rule RENAME TO sampling_rule_away")
        try:
            answer = ask("?service=shop")
        finally:
            cursor.execute("ALTER TABLE sampling_rule_away RENAME TO sampling_rule")
    code, sentence = read_refusal(answer)
    assert (code, answer["Retry-After"]) == (503, "1")
    assert sentence.startswith("collector error: The database does not answer as it should: ")
    assert read_json(ask("?service=shop").content) == ALL
