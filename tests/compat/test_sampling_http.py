"""Jaeger's clients ask how much to sample: on the port of their own, on the collector's and on the web port."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from services_map.domain.sampling.strategy import RuleKind
from services_map.sampling.rules import set_rule
from tests.compat.sampling_client import read_json
from tests.services_map.trouble import missing_rules
from traces.storage.base import DEFAULT_PROJECT

pytestmark = [pytest.mark.any_engine, pytest.mark.django_db(transaction=True)]
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


def test_a_service_is_told_what_was_decided_wherever_it_asks(settings: Settings, client: Client) -> None:
    set_rule(DEFAULT_PROJECT, "my shop/ä", "", RuleKind.PROBABILISTIC, 0.25)
    for urls, path in PLACES:
        settings.ROOT_URLCONF = f"tracing_ui.urls.{urls}"
        answer = client.get(path, {"service": "my shop/ä"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json"), (urls, path)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert read_json(answer.content) == ALL | {"probabilisticSampling": {"samplingRate": 0.25}}
        assert read_json(client.get(path, {"service": "nobody", "more": "1"}).content) == ALL


def test_operators_ask_their_questions_on_that_port(ask: Ask) -> None:
    assert ask(path="/healthz").content == ask(path="/readyz").content == b"ok\n"
    assert b"tracing_ui_" in ask(path="/metrics").content


def test_a_service_must_be_named_once(ask: Ask) -> None:
    for query in ("", "?;", "?Service=a", "?service=a&service=a", "?service=a&service=b"):
        assert read_refusal(ask(query)) == (400, "'service' parameter must be provided once\n"), query


def test_any_name_is_that_of_some_service(ask: Ask) -> None:
    names = ("", "%00", "%ff%fe", "%zz", "%ED%A0%80", "..%2F..%2Fetc", "'%20OR%201=1--", "%3Cscript%3E", "x" * 60_000)
    for query in ("?service", *(f"?service={name}" for name in names)):
        answer = ask(query)
        assert (answer.status_code, read_json(answer.content)) == (200, ALL), query


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
    with missing_rules():
        answer = ask("?service=shop")
    code, sentence = read_refusal(answer)
    assert (code, answer["Retry-After"]) == (503, "1")
    assert sentence.startswith("collector error: The database does not answer as it should: ")
    assert read_json(ask("?service=shop").content) == ALL
