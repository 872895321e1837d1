"""The operator's questions, asked without a server."""

from django.test import Client, RequestFactory

from tracing_ui import operate


def test_health_touches_no_database(client: Client) -> None:
    """This test has none: a query would fail it."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_questions_are_asked_with_get_only(client: Client) -> None:
    assert {client.post(path).status_code for path in ("/healthz", "/readyz", "/metrics")} == {405}


def test_metrics_are_what_prometheus_reads(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE process_cpu_seconds_total counter" in answer.content


def test_a_failure_below_the_api_is_json(rf: RequestFactory) -> None:
    answer = operate.page_failed(rf.get("/api/v1/services"))
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/json")


def test_a_failure_of_the_collector_is_plain_text(rf: RequestFactory) -> None:
    answer = operate.door_failed(rf.post("/v1/traces"))
    assert (answer.status_code, answer["Content-Type"]) == (500, "text/plain; charset=utf-8")
