"""Zipkin's API over HTTP: every address, what it answers, and what it says to whoever asks for something else."""

import json

import pytest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.test import Client, RequestFactory
from pytest_django import Settings

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.models import Subject
from tests.builders import MS, NOW_NS, SECOND, make_span, write_spans
from tests.compat.zipkin_asking import API, HOUR, NOW_MS, ask, ask_for_error, read, write_zipkin, zipkin_span
from tests.services_map.rows import Call, add_link, calls_edge, write_calls
from traces.domain.errors import StoreUnavailable
from traces.forms import read_search
from tracing_ui.compat.zipkin import catalogue
from tracing_ui.compat.zipkin.answers import answering
from tracing_ui.compat.zipkin.operating import answer_health

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]

ID = f"{1:016x}"


def write_shop() -> None:
    """A call from `web` to `bank`, whose halves share an id."""
    write_zipkin(
        zipkin_span(1, 1, None, "Web", name="GET /", kind="SERVER", tags={"http.path": "/", "n": "1"}),
        zipkin_span(1, 2, 1, "Web", name="Pay", kind="CLIENT", remoteEndpoint={"serviceName": "Bank"}),
        zipkin_span(1, 2, 1, "Bank", name="Pay", kind="SERVER", shared=True),
    )


def test_names_are_listed_in_lower_case_and_in_order(client: Client) -> None:
    assert ask(client, "services") == []
    write_shop()
    write_spans(make_span(2, 1, name="WEB only"), service="WEB")
    assert ask(client, "services") == ["bank", "web"]
    assert ask(client, "services/") == ["bank", "web"]
    assert ask(client, "spans", serviceName="Web") == ["get /", "pay", "web only"]
    assert ask(client, "spans", serviceName="nobody") == ask(client, "spans", serviceName="") == []
    assert {"http.path", "n"} <= set(ask(client, "autocompleteKeys"))
    assert ask(client, "autocompleteValues", key="http.path") == ["/"]
    assert ask(client, "autocompleteValues", key="nothing") == []


def test_names_may_be_kept_for_a_while_once_there_are_many(client: Client) -> None:
    for number in range(1, 5):
        assert "Cache-Control" not in client.get(f"{API}/services")
        write_spans(make_span(number, 1), service=f"s{number}")
    for path in ("services", "spans?serviceName=s1", "remoteServices?serviceName=s1", "autocompleteKeys"):
        assert client.get(f"{API}/{path}")["Cache-Control"] == "max-age=300, must-revalidate"
    assert "Cache-Control" not in client.get(f"{API}/autocompleteValues?key=a")


def test_the_other_ends_of_a_service_are_whom_it_calls_and_who_sends_it_messages(client: Client) -> None:
    write_shop()
    web, queue = Node(NodeKind.SERVICE, "Web"), Node(NodeKind.QUEUE, "kafka/Mail")
    edges = [
        calls_edge("Web", "Bank"),
        Edge(queue, web, Connection.MESSAGE),
        Edge(web, Node(NodeKind.DATABASE, "mysql/Orders"), Connection.QUERY),
        calls_edge("front", "Web"),
    ]
    for edge in edges:
        write_calls(Subject.LINK, add_link(edge), NOW_NS // SECOND - 100, Call(duration_ns=MS))
    assert catalogue.list_remote_services("web", NOW_NS) == {"bank", "kafka/mail", "mysql/orders"}
    assert ask(client, "remoteServices", serviceName="nobody") == []


def test_traces_are_lists_in_a_list(client: Client) -> None:
    write_shop()
    write_spans(make_span(2, 1, start_ns=NOW_NS - 2 * SECOND), service="jobs")
    assert [len(trace) for trace in ask(client, "traces", **HOUR)] == [3, 1]
    assert [len(trace) for trace in ask(client, "traces", limit=1, **HOUR)] == [3]
    (trace,) = ask(client, "traces", serviceName="bank", spanName="pay", annotationQuery="", **HOUR)
    assert [span.get("shared", False) for span in trace] == [False, False, True]
    assert trace == ask(client, f"trace/{ID}")
    assert ask(client, "traces", serviceName="nobody", **HOUR) == []
    assert ask(client, "traces", endTs=1, lookback=1) == ask(client, "traces", endTs=2**63 - 1, lookback=1) == []
    assert [len(found) for found in ask(client, "traceMany", traceIds=f"{ID},2,fff")] == [3, 1]
    assert ask(client, "traceMany", traceIds="fff,ffe") == []


def test_a_trace_is_a_list_and_a_missing_one_a_sentence(client: Client) -> None:
    write_shop()
    assert {span["localEndpoint"]["serviceName"] for span in ask(client, f"trace/{ID}")} == {"web", "bank"}
    assert (
        ask(client, "trace/1")
        == ask(client, f"trace/{1:032x}")
        == ask(client, "trace/%201%20")
        == ask(client, f"trace/{ID}/")
    )
    assert {span["name"] for span in ask(client, f"trace/{ID}", raw="true")} == {"GET /", "Pay"}
    assert ask_for_error(client, "trace/00fff") == (404, f"{0xFFF:016x} not found")
    assert ask_for_error(client, f"trace/{'f' * 32}", raw="true") == (404, f"{'f' * 32} not found")
    assert ask_for_error(client, "trace/xyz") == (400, "xyz should be lower-hex encoded with no prefix")


def test_pieces_come_back_as_one_span(client: Client) -> None:
    write_zipkin(zipkin_span(1, 1, None, "web", name="get", duration=None))
    write_zipkin(zipkin_span(1, 1, None, "web", tags={"late": "1"}), zipkin_span(1, 2, 1, "web"))
    # Another trace of one span in pieces: nothing stands before it.
    assert [(span["id"][-1], span.get("name"), span.get("tags")) for span in ask(client, f"trace/{ID}")] == [
        ("1", "get", {"late": "1"}),
        ("2", None, None),
    ]
    write_zipkin(zipkin_span(3, 1, None, "web", duration=None), zipkin_span(3, 1, None, "web"))
    assert [len(trace) for trace in ask(client, "traceMany", traceIds="3,1")] == [1, 2]


def test_dependencies_count_calls_and_failures(client: Client) -> None:
    at_s = NOW_NS // SECOND - 100
    ok, failed = Call(duration_ns=MS, count=5), Call(duration_ns=MS, count=2, is_failed=True)
    write_calls(Subject.LINK, add_link(calls_edge("Web", "Bank")), at_s, ok, failed)
    write_calls(Subject.LINK, add_link(calls_edge("web", "web")), at_s, ok)
    outside = Edge(Node(NodeKind.USER, "user"), Node(NodeKind.SERVICE, "Web"), Connection.CALL)
    write_calls(Subject.LINK, add_link(outside), at_s, ok)
    assert ask(client, "dependencies", **HOUR) == [
        {"parent": "web", "child": "bank", "callCount": 7, "errorCount": 2},
        {"parent": "web", "child": "web", "callCount": 5},
    ]
    assert ask(client, "dependencies", endTs=NOW_MS - 7_200_000, lookback=60_000) == []
    assert ask_for_error(client, "dependencies") == (400, "Mandatory parameter/header is missing: endTs")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("spans", "Mandatory parameter/header is missing: serviceName"),
        ("remoteServices", "Mandatory parameter/header is missing: serviceName"),
        ("autocompleteValues", "Mandatory parameter/header is missing: key"),
        ("traceMany", "Mandatory parameter/header is missing: traceIds"),
        ("traces?limit=0", "limit <= 0"),
        ("traces?maxDuration=1", "maxDuration is only valid with minDuration"),
        ("dependencies?endTs=x", "Can't convert 'x' to type 'Long'."),
    ],
)
def test_what_is_wrong_is_said_in_plain_text(client: Client, path: str, sentence: str) -> None:
    assert ask_for_error(client, path) == (400, sentence)


def test_hostile_parameters_find_nothing_and_break_nothing(client: Client) -> None:
    write_shop()
    conditions = " and ".join(f"k{number}={number}" for number in range(2_000))
    for name, value in [
        ("serviceName", "x" * 100_000),
        ("serviceName", "a\0b'; DROP TABLE span; --"),
        ("spanName", "\ufffd\u202e<script>"),
        ("remoteServiceName", "/" * 5_000),
        ("annotationQuery", conditions),
        ("annotationQuery", "x" * 200_000),
        ("annotationQuery", f"n={'9' * 400}"),
        ("annotationQuery", "n=1e999 and n=nan and n=-0"),
        ("annotationQuery", '"' + "{" * 5_000 + ": {}"),
    ]:
        assert ask(client, "traces", **{name: value}, **HOUR) == [], (name, value[:50])
    assert len(ask(client, "traces", limit=2**31 - 1, **HOUR)) == 1
    assert ask(client, "autocompleteValues", key="\0" + "k" * 10_000) == []
    assert client.get(f"{API}/traces?serviceName=%ff%fe&endTs={NOW_MS}").status_code == 200


def test_a_store_that_is_away_is_said_with_a_time_to_come_again() -> None:
    @answering
    def fail(request: HttpRequest) -> HttpResponse:
        raise StoreUnavailable("The database does not answer.", 3)

    answer = fail(RequestFactory().get("/"))
    assert (answer.status_code, answer["Retry-After"], read(answer)) == (503, "3", b"The database does not answer.")


def test_what_nobody_foresaw_is_answered_without_details() -> None:
    @answering
    def fail(request: HttpRequest) -> HttpResponse:
        raise RuntimeError("secret")

    answer = fail(RequestFactory().get("/"))
    assert (answer.status_code, b"secret" in read(answer)) == (500, False)


def test_a_store_that_is_away_is_down() -> None:
    answer = answer_health(StoreUnavailable("The database does not answer."))
    assert (answer.status_code, json.loads(answer.content)) == (
        503,
        {
            "status": "DOWN",
            "zipkin": {
                "status": "DOWN",
                "details": {"store": {"status": "DOWN", "details": {"error": "The database does not answer."}}},
            },
        },
    )


def test_zipkin_says_how_it_is(client: Client) -> None:
    up = {"status": "UP", "zipkin": {"status": "UP", "details": {"store": {"status": "UP"}}}}
    assert client.get("/zipkin/health").json() == client.get("/zipkin/actuator/health").json() == up
    assert set(client.get("/zipkin/info").json()) == {"zipkin", "tracing-ui"}
    config = client.get("/zipkin/config.json")
    assert (config["Cache-Control"], config.json()["queryLimit"], config.json()["searchEnabled"]) == (
        "max-age=600",
        10,
        True,
    )
    assert b"tracing_ui_spans_received" in client.get("/zipkin/prometheus").content
    assert b"tracing_ui_spans_received" in client.get("/zipkin/metrics").content
    counted = client.get("/zipkin/metrics", headers={"Accept": "application/json"}).json()
    assert {name.rpartition(".")[0] for name in counted} == {
        "counter.zipkin_collector.messages",
        "counter.zipkin_collector.messages_dropped",
        "counter.zipkin_collector.spans",
    }


def test_links_to_zipkins_pages_lead_to_ours(client: Client) -> None:
    write_shop()

    def follow(path: str) -> str:
        answer = client.get(path)
        assert answer.status_code == 302
        return str(answer["Location"])

    assert follow("/zipkin") == follow("/zipkin/") == follow("/zipkin/index.html") == "/"
    assert follow(f"/zipkin/traces/{ID}") == f"/trace/{ID}"
    assert follow("/zipkin/traces/%3Fa%23b%0Ac%22") == "/trace/%3Fa%23b%0Ac%22"
    assert (follow("/zipkin/dependency"), follow("/zipkin/traceViewer")) == ("/map", "/import")
    asked = "serviceName=bank&spanName=PAY&minDuration=5&annotationQuery=a%3D1+and+error&lookback=1h&limit=20"
    found = follow(f"/zipkin/?{asked}")
    assert (
        found == "/?service=Bank&operation=Pay&minDuration=5us&status=error&tags=%22a%22%3D%221%22&lookback=1h&limit=20"
    )
    assert read_search(QueryDict(found[2:]), NOW_NS).errors == {}
    assert follow("/zipkin/?serviceName=nobody") == "/?service=nobody"


def test_on_zipkins_port_the_pages_are_on_another(settings: Settings) -> None:
    settings.ROOT_URLCONF, settings.SERVED_PORT = "tracing_ui.urls.zipkin", "gateway"
    settings.MIDDLEWARE = ["tracing_ui.middleware.KnownHostMiddleware"]
    client = Client(headers={"host": "localhost:9411"})
    for path in ("/", "/zipkin", "/zipkin/"):
        assert client.get(path)["Location"] == f"http://localhost:{settings.WEB_PORT}/"
    assert client.get(f"/zipkin/traces/{ID}")["Location"] == f"http://localhost:{settings.WEB_PORT}/trace/{ID}"
    assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    for path in ("/api/v2/services", "/zipkin/api/v2/services", "/api/v2/spans?serviceName=a", "/api/v2/traces"):
        assert json.loads(read(client.get(path))) == []
    assert client.get("/health").json()["status"] == "UP"
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert client.get("/nowhere").status_code == 404


def test_only_pages_that_may_send_may_read(client: Client, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://lens.example"]
    for origin in ("https://lens.example", "http://localhost:3000"):
        for path in ("services", "trace/1", "spans?serviceName=a", "traces"):
            answer = client.get(f"{API}/{path}", headers={"origin": origin})
            assert (answer["Access-Control-Allow-Origin"], "Origin" in answer["Vary"]) == (origin, True)
        preflight = client.options(f"{API}/traces", headers={"origin": origin})
        assert (preflight.status_code, preflight["Access-Control-Allow-Methods"]) == (204, "GET, POST, OPTIONS")
    foreign = {"origin": "https://evil.example"}
    for refused in (client.get(f"{API}/services", headers=foreign), client.get(f"{API}/services")):
        assert "Access-Control-Allow-Origin" not in refused
        assert "Origin" in refused["Vary"]
    assert "Access-Control-Allow-Origin" not in client.options(f"{API}/services", headers=foreign)


def test_other_methods_and_addresses_are_refused(client: Client) -> None:
    for method in (client.post, client.put, client.delete, client.trace):
        answer = method(f"{API}/services")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert client.head(f"{API}/services").status_code == 200
    for path in ("", "v2", "v2/nothing", "v2/trace", "v2/trace/1/2", "v1/traces", "v3/services"):
        answer = client.get(f"/zipkin/api/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")
