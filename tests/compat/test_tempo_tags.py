"""The names and values that Tempo's API offers for completion."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.builders import NOW_NS, SECOND, make_span, write_request, write_spans
from tests.compat.tempo_asking import ask, ask_protobuf
from tests.compat.tempo_shop import make_shop
from traces.wire import tempo_pb2 as wire

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]

Values = list[tuple[str, str]]


VALUES: dict[str, Values] = {
    "resource.service.name": [("string", "jobs"), ("string", "store"), ("string", "web")],
    ".service.name": [("string", "jobs"), ("string", "store"), ("string", "web")],
    "span.http.route": [("string", "/"), ("string", "/cart")],
    ".region": [("string", "eu")],
    "span.region": [],
    "span.retries": [("int", "3"), ("string", "3")],
    "span.hit": [("bool", "true")],
    "span.ratio": [("float", "0.5")],
    "span.whole": [("float", "2")],
    "span.tags": [("string", "a"), ("string", "b")],
    "event.exception.type": [("string", "KeyError")],
    "link.why": [("string", "batch")],
    "instrumentation.level": [("int", "1")],
    'span."no such"': [],
    "name": [("string", "GET /"), ("string", "GET /cart"), ("string", "SELECT"), ("string", "work")],
    "span:name": [("string", "GET /"), ("string", "GET /cart"), ("string", "SELECT"), ("string", "work")],
    "status": [("keyword", "error"), ("keyword", "ok"), ("keyword", "unset")],
    "statusMessage": [("string", "timeout")],
    "event:name": [("string", "exception"), ("string", "retry")],
    "instrumentation:name": [("string", "driver"), ("string", "tests")],
    "rootName": [("string", "GET /"), ("string", "GET /cart")],
    "trace:rootService": [("string", "web")],
    "duration": [],
    "nestedSetParent": [],
    "trace:id": [],
}


RESTRICTED: dict[tuple[str, str], list[str]] = {
    ("name", '{ resource.service.name = "store" }'): ["SELECT"],
    ("name", '{ resource.service.name = "store" && name = }'): ["SELECT"],
    ("name", '{ resource.service.name = "web" && kind = client }'): [],
    ("name", "{ status = error }"): ["GET /cart"],
    ("resource.service.name", '{ name = "SELECT" }'): ["store"],
    ("resource.service.name", '{ name = "SELECT" && name = "GET /" }'): [],
    ("resource.service.name", '{ span.http.route != "" }'): ["web"],
    ("span.http.route", '{ resource.service.name = "web" && duration > 1m }'): [],
    ("span.http.route", "{ status = error && span.http.route ="): ["/cart"],
    ("event.exception.type", '{ name = "GET /cart" }'): ["KeyError"],
    ("event.exception.type", '{ name = "GET /" }'): [],
    ("link.why", "{ status = error }"): ["batch"],
    ("rootName", "{ status = error }"): ["GET /cart"],
    ("span.tags", "{ status = error }"): ["a", "b"],
    ("span.http.route", "this is no query"): ["/", "/cart"],
    ("span.http.route", "{ status = error } | rate()"): ["/", "/cart"],
}


@pytest.fixture(autouse=True)
def shop() -> None:
    write_request(make_shop())


def values(client: Client, tag: str, **parameters: Any) -> Values:
    answer = ask(client, f"/api/v2/search/tag/{quote(quote(tag, safe=''))}/values", **parameters)
    return [(item["type"], item["value"]) for item in answer["tagValues"]]


def texts(client: Client, tag: str, **parameters: Any) -> list[str]:
    return [text for _, text in values(client, tag, **parameters)]


def test_names_stand_below_their_scopes(client: Client) -> None:
    answer = ask(client, "/api/v2/search/tags")
    scopes = {scope["name"]: scope["tags"] for scope in answer["scopes"]}
    assert (answer["metrics"], list(scopes)) == (
        {},
        ["event", "instrumentation", "link", "resource", "span", "intrinsic"],
    )
    assert scopes["span"] == ["db.system", "hit", "http.route", "ratio", "retries", "tags", "whole"]
    assert (scopes["resource"], scopes["event"]) == (["region", "service.name"], ["exception.type"])
    assert (scopes["link"], scopes["instrumentation"]) == (["why"], ["level"])
    assert {"name", "status", "kind", "duration", "rootServiceName", "event:name"} < set(scopes["intrinsic"])


def test_one_scope_may_be_asked_for(client: Client) -> None:
    for scope, first in (("resource", "region"), ("intrinsic", "duration")):
        [found] = ask(client, "/api/v2/search/tags", scope=scope)["scopes"]
        assert (found["name"], found["tags"][0]) == (scope, first)
        assert ask(client, "/api/search/tags", scope=scope)["tagNames"] == found["tags"]
    assert ask(client, "/api/v2/search/tags", scope="none") == ask(client, "/api/v2/search/tags")


def test_the_first_version_names_all_in_one_list(client: Client) -> None:
    names = ask(client, "/api/search/tags")["tagNames"]
    assert names == sorted(names)
    assert {"http.route", "service.name", "level", "why", "status"} < set(names)


def test_a_limit_is_one_of_each_scope(client: Client) -> None:
    scopes = ask(client, "/api/v2/search/tags", limit=1)["scopes"]
    assert [len(scope["tags"]) for scope in scopes] == [1] * 6


def test_protobuf_says_the_same(client: Client) -> None:
    scopes = ask_protobuf(client, wire.TagScopes, "/api/v2/search/tags", scope="link")
    assert [(scope.name, list(scope.tags)) for scope in scopes.scopes] == [("link", ["why"])]
    assert list(ask_protobuf(client, wire.TagNames, "/api/search/tags", scope="link").tag_names) == ["why"]
    found = ask_protobuf(client, wire.TagValues, "/api/v2/search/tag/span.hit/values")
    assert [(item.type, item.value) for item in found.tag_values] == [("bool", "true")]
    assert list(ask_protobuf(client, wire.TagTexts, "/api/search/tag/hit/values").tag_values) == ["true"]


def test_a_field_has_values_of_its_types(client: Client) -> None:
    assert {tag: sorted(values(client, tag)) for tag in VALUES} == VALUES
    assert texts(client, "kind") == ["client", "consumer", "internal", "producer", "server", "unspecified"]


def test_what_else_is_asked_for_restricts_the_values(client: Client) -> None:
    found = {(tag, query): sorted(texts(client, tag, q=query)) for tag, query in RESTRICTED}
    assert found == RESTRICTED


def test_a_time_restricts_what_is_looked_for(client: Client) -> None:
    times = {"start": NOW_NS // SECOND - 4_000, "end": NOW_NS // SECOND - 3_000}
    assert texts(client, "rootName", **times) == ["GET /"]
    assert texts(client, "span.http.route", q="{ true }", **times) == ["/"]


def test_the_first_version_takes_keys_without_a_scope(client: Client) -> None:
    for tag, found in (
        ("service.name", ["jobs", "store", "web"]),
        ("retries", ["3"]),
        ("region", ["eu"]),
        ("status", ["error", "ok", "unset"]),
        ("exception.type", []),
        ("no such", []),
    ):
        assert ask(client, f"/api/search/tag/{quote(tag)}/values")["tagValues"] == found


def test_a_limit_bounds_the_values(client: Client) -> None:
    assert texts(client, "name", limit=2) == ["GET /", "GET /cart"]
    assert len(texts(client, "span.http.route", limit=1)) == 1
    assert len(texts(client, "span.http.route", limit=1, q="{ true }")) == 1
    assert len(texts(client, "name", limit=4_000_000_000)) == 4


def test_odd_names_and_queries_are_borne(client: Client) -> None:
    for tag in ("%00", "a" * 9_000, "span.%00", "..", "%ff", "%252e%252e", "%25"):
        assert client.get(f"/tempo/api/v2/search/tag/{tag}/values").status_code in (200, 400)
        assert ask(client, f"/api/search/tag/{tag}/values")["tagValues"] == []
    for name in ("\\x00", "' OR 1=1 --", "%", "\\u0001", "😀" * 400):
        query = f'{{ name = "{name}" && resource.service.name = "{name}" }}'
        assert texts(client, "name", q=query) == texts(client, "span.http.route", q=query) == []
    assert len(texts(client, "name", q="{ status = error && " + ".a = 1 && " * 5_000)) == 4


def test_texts_that_nobody_chooses_from_a_list_are_left_out(client: Client) -> None:
    write_spans(make_span(9, 1, attributes={"long": "x" * 100_000}), make_span(9, 2, attributes={"long": "y"}))
    for query in ("{ }", "{ span.long != nil }"):
        values = ask(client, "/api/v2/search/tag/span.long/values", q=query)["tagValues"]
        assert values == [{"type": "string", "value": "y"}]
