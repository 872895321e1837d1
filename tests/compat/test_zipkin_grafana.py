"""The requests that Grafana's data source for Zipkin makes, one after the other, and what it reads of the answers."""

import time

import pytest
from django.test import Client
from django.utils.http import urlencode

from tests.compat.zipkin_asking import NOW_US, ask, write_zipkin, zipkin_span

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]


def test_grafana_leads_from_services_to_spans_to_traces_and_opens_one(client: Client) -> None:
    now_us = time.time_ns() // 1_000
    write_zipkin(
        zipkin_span(1, 1, None, "front end", name="get /", kind="SERVER", timestamp=now_us - 9_000, duration=8_000),
        zipkin_span(1, 2, 1, "front end", name="pay", kind="CLIENT", timestamp=now_us - 8_000, duration=5_000,
                    remoteEndpoint={"serviceName": "bank", "port": 443}, tags={"http.method": "POST"},
                    annotations=[{"timestamp": now_us - 7_000, "value": "sent"}]),
        zipkin_span(1, 2, 1, "bank", name="pay", kind="SERVER", timestamp=now_us - 7_000, shared=True),
        received_ns=1_000 * now_us,
    )  # fmt: skip
    # Saving the data source tests it by its services.
    assert ask(client, "services") == ["bank", "front end"]
    assert ask(client, "spans", serviceName="front end") == ["get /", "pay"]
    # Neither a limit nor a time is given.
    (trace,) = ask(client, f"traces?{urlencode({'serviceName': 'front end', 'spanName': 'pay'})}")
    root = next(span for span in trace if "parentId" not in span)
    assert (root["traceId"], root["name"], root["duration"]) == (f"{1:016x}", "get /", 8_000)
    opened = ask(client, f"trace/{root['traceId']}")
    assert opened == trace
    assert [(span["id"], span.get("parentId"), span["localEndpoint"]["serviceName"]) for span in opened] == [
        (f"{1:016x}", None, "front end"),
        (f"{2:016x}", f"{1:016x}", "front end"),
        (f"{2:016x}", f"{1:016x}", "bank"),
    ]
    called = opened[1]
    assert (called["kind"], called["remoteEndpoint"]) == ("CLIENT", {"port": 443, "serviceName": "bank"})
    assert (called["tags"]["http.method"], [each["value"] for each in called["annotations"]]) == ("POST", ["sent"])


def test_grafana_asks_for_what_is_too_old_and_for_what_is_not_there(client: Client) -> None:
    write_zipkin(zipkin_span(1, 1, None, "front", timestamp=NOW_US - 2 * 86_400 * 10**6))
    assert ask(client, "traces", serviceName="front", spanName="all") == []
    assert client.get("/zipkin/api/v2/trace/00000000000000ff").status_code == 404
