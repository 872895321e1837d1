"""The operator's questions, asked without a server."""

import pytest
from django.test import Client, RequestFactory

from tracing_ui import operate


def test_health_touches_no_database(client: Client) -> None:
    """This test has none: a query would fail it."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_questions_are_asked_with_get_only(method: str, path: str) -> None:
    """Also where the token of a form is asked for, as the real server does."""
    answer = Client(enforce_csrf_checks=True).generic(method, path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.django_db(transaction=True)
def test_metrics_are_what_prometheus_reads(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE process_cpu_seconds_total counter" in answer.content
    assert b'tracing_ui_sampled_operations{reason="on_target"} 0.0' in answer.content


def test_a_failure_below_the_api_is_json(rf: RequestFactory) -> None:
    answer = operate.page_failed(rf.get("/api/v1/services"))
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/json")


def test_a_failure_of_the_collector_is_plain_text(rf: RequestFactory) -> None:
    answer = operate.door_failed(rf.post("/v1/traces"))
    assert (answer.status_code, answer["Content-Type"]) == (500, "text/plain; charset=utf-8")
