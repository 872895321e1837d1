"""The requests that Grafana's data source for Tempo makes, one after the other, and what it reads of the answers.

They go to the port that Tempo has. Streaming is off: it needs a version that we do not say we are.
"""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from tests.builders import NOW_NS, SECOND, write_request
from tests.compat.tempo_asking import PROTOBUF, read
from tests.compat.tempo_shop import HOUR_AGO_NS, make_shop
from traces.wire import tempo_pb2 as wire

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine, pytest.mark.urls("tracing_ui.urls.tempo")]

RANGE = {"start": HOUR_AGO_NS // SECOND - 60, "end": NOW_NS // SECOND}


def fetch(client: Client, path: str, /, **parameters: Any) -> Any:
    """As a browser does, and with the tenant that a data source may be set up with."""
    headers = {"accept": "application/json, text/plain, */*", "x-scope-orgid": "team-a"}
    answer = client.get(path, parameters, headers=headers)
    assert answer.status_code == 200, read(answer)
    return json.loads(read(answer))


def fetch_values(client: Client, tag: str, **parameters: Any) -> list[str]:
    # The name of a tag is escaped twice.
    path = f"/api/v2/search/tag/{quote(quote(tag, safe=''))}/values"
    return [value["value"] for value in fetch(client, path, limit=5_000, **parameters)["tagValues"]]


def test_grafana_finds_out_who_is_there(client: Client) -> None:
    echo = client.get("/api/echo")
    assert (echo.status_code, echo.content) == (200, b"echo")
    version = fetch(client, "/api/status/buildinfo")["version"]
    # From 2.2.0 on it would stream over gRPC.
    assert tuple(map(int, version.split("."))) < (2, 2, 0)


def test_grafana_builds_a_search_and_opens_a_trace(client: Client) -> None:
    write_request(make_shop())
    scopes = {each["name"]: each["tags"] for each in fetch(client, "/api/v2/search/tags", limit=5_000)["scopes"]}
    assert "service.name" in scopes["resource"]
    assert fetch_values(client, "resource.service.name") == ["jobs", "store", "web"]
    assert fetch_values(client, "name", q='{resource.service.name="web"}') == ["GET /", "GET /cart"]
    chosen = '{resource.service.name="web" && name=~"GET /cart|SELECT"}'
    assert fetch_values(client, "span.http.route", q=chosen, **RANGE) == ["/cart"]
    query = f'{chosen[:-1]} && span.http.route="/cart" && duration>1ms && status=error}}'
    [row] = fetch(client, "/api/search", q=query, limit=20, spss=3, **RANGE)["traces"]
    assert (row["rootServiceName"], row["rootTraceName"], row["durationMs"]) == ("web", "GET /cart", 10)
    [span] = row["spanSets"][0]["spans"]
    assert [each["key"] for each in span["attributes"]] == ["service.name", "http.route", "status"]

    answer = client.get(f"/api/v2/traces/{row['traceID']}", RANGE, headers={"accept": PROTOBUF})
    trace = TracesData.FromString(wire.TraceResponse.FromString(read(answer)).trace)
    spans = {span.span_id.hex(): span for group in trace.resource_spans for span in group.scope_spans[0].spans}
    assert (len(spans), spans[span["spanID"]].name) == (2, "GET /cart")


def test_grafana_is_told_that_a_trace_is_missing(client: Client) -> None:
    """It takes the first 404 for a Tempo without the second version, and asks the first."""
    for version in ("v2/", ""):
        assert client.get(f"/api/{version}traces/ff", RANGE, headers={"accept": PROTOBUF}).status_code == 404


def test_an_older_grafana_lists_tags_and_reads_json(client: Client) -> None:
    write_request(make_shop())
    assert "http.route" in fetch(client, "/api/search/tags")["tagNames"]
    assert fetch(client, "/api/search/tag/service.name/values")["tagValues"] == ["jobs", "store", "web"]
    tags = 'service.name="web" name="GET /cart"'
    [row] = fetch(client, "/api/search", tags=tags, minDuration="1ms", maxDuration="5s", limit=20, **RANGE)["traces"]
    assert (row["traceID"], row["rootServiceName"]) == ("1", "web")
    batches = fetch(client, "/api/traces/1")["batches"]
    names = [each["value"]["stringValue"] for batch in batches for each in batch["resource"]["attributes"][:1]]
    assert sorted(names) == ["store", "web"]
    assert {span["status"].get("code") for batch in batches for span in batch["scopeSpans"][0]["spans"]} == {
        None,
        "STATUS_CODE_ERROR",
    }


def test_the_port_answers_an_operator_too(client: Client) -> None:
    for path in ("/ready", "/tempo/ready"):
        assert client.get(path).content == b"ready\n"
    assert client.get("/status/version").content.startswith(b"tempo, version 2.1.0 (Tracing UI ")
    assert client.get("/healthz").status_code == client.get("/metrics").status_code == 200
    assert client.get("/api/overrides").status_code == client.get("/flush").status_code == 404
