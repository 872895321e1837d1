"""The requests that Grafana's data source for Jaeger makes, one after the other, and what it reads of the answers."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.builders import NOW_NS, SECOND, make_link, make_span, write_spans
from tests.compat.jaeger_asking import WINDOW, ask

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]


def find_parent(span: dict[str, Any]) -> str | None:
    """As Grafana does: the first reference of that type alone."""
    parents = [each["spanID"] for each in span["references"] if each["refType"] == "CHILD_OF"]
    return parents[0] if parents else None


def test_grafana_searches_and_opens_a_trace(client: Client) -> None:
    write_spans(
        make_span(1, 1, name="HTTP GET /dispatch"),
        make_span(1, 2, 1, name="redis", attributes={"http.status_code": 200}, links=[make_link(9, 9)]),
        service="front end",
    )
    assert ask(client, "/api/services")["data"] == ["front end"]
    assert ask(client, "/api/services/front%20end/operations")["data"] == ["HTTP GET /dispatch", "redis"]
    asked = {
        "service": "front end", "operation": "redis", "tags": json.dumps({"http.status_code": "200"}),
        "minDuration": "1ms", "maxDuration": "5s", "limit": "20", "lookback": "custom", **WINDOW,
    }  # fmt: skip
    [row] = ask(client, "/api/traces", **asked)["data"]
    root = min(row["spans"], key=lambda span: span["startTime"])
    assert (row["traceID"], row["processes"][root["processID"]]["serviceName"]) == ("0000000000000001", "front end")
    trace = ask(client, f"/api/traces/{row['traceID']}")["data"][0]
    assert [find_parent(span) for span in trace["spans"]] == [None, "0000000000000001"]


def test_grafana_gives_times_beside_an_id_in_either_unit(client: Client) -> None:
    write_spans(make_span(1, 1))
    for unit_ns in (1_000, 1_000_000):
        times = {"start": (NOW_NS - 10 * SECOND) // unit_ns, "end": NOW_NS // unit_ns}
        assert len(ask(client, "/api/traces/0000000000000001", **times)["data"]) == 1


def test_grafana_is_told_that_a_trace_is_missing(client: Client) -> None:
    assert client.get("/api/traces/00000000000000ff").status_code == 404


def test_grafana_draws_the_dependencies(client: Client) -> None:
    answer = ask(client, "/api/dependencies", endTs=NOW_NS // 1_000_000, lookback=86_400_000)
    assert (answer["data"], answer["errors"]) == ([], None)
