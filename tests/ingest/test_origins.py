"""Who may write: the names this server answers to, and the web pages behind a browser."""

import pytest
from pytest_django import Settings

from tests.builders import make_request, make_span
from tests.ingest.doors import JSON, PROTOBUF, HttpDoor, encode

# What is refused does not come as far as the database.
reaches_the_door = pytest.mark.django_db(transaction=True)

REQUEST = make_request(make_span(1, 1))
DOORS = ["/v1/traces", "/v1/traces/", "/v1/metrics", "/v1/logs"]
every_door = pytest.mark.parametrize("path", DOORS)


@reaches_the_door
@every_door
@pytest.mark.parametrize("host", ["localhost:4318", "localhost", "127.0.0.1:4318", "[::1]:4318", "LOCALHOST:4318"])
def test_this_machine_may_send_under_its_own_names(door: HttpDoor, path: str, host: str) -> None:
    assert door.post(b"", path=path, headers={"Host": host}).status == 200


@pytest.mark.parametrize("path", [*DOORS, "/", "/nowhere", "/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4318", "localhost.evil.example", "127.0.0.1.nip.io", ""]
)
def test_a_foreign_name_is_refused_at_every_door(door: HttpDoor, method: str, path: str, host: str) -> None:
    """A page that points its own name at 127.0.0.1 (DNS rebinding)."""
    answer = door.call(method, path, b"", PROTOBUF, {"Host": host, "Origin": f"http://{host}"}, 0)

    assert answer.status == 421
    assert "Access-Control-Allow-Origin" not in answer.headers


@every_door
@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "https://evil.example:4318"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://evil.example/localhost:4318"},
        {"Origin": "http://localhost@evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "file://"},
        {"Origin": "http://[::1"},
        {"Origin": "http://[evil"},
        {"Origin": "not an origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_a_foreign_page_may_not_write(door: HttpDoor, path: str, media_type: str, headers: dict[str, str]) -> None:
    answer = door.post(b"" if media_type == PROTOBUF else b"{}", media_type, path, headers)

    assert (answer.status, answer.media_type) == (403, media_type)
    assert answer.error == (
        7,
        "A web page of another origin may not send this. Add it to CORS_ALLOWED_ORIGINS if it may.",
    )
    assert "Access-Control-Allow-Origin" not in answer.headers


@reaches_the_door
@every_door
@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:4318",
        "http://localhost:3000",
        "https://127.0.0.1",
        "http://[::1]:8080",
        "https://shop.example",
    ],
)
def test_a_page_of_this_machine_or_a_listed_one_may_write_and_read_the_answer(
    door: HttpDoor, settings: Settings, path: str, origin: str
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]

    answer = door.post(b"", path=path, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})

    assert answer.status == 200
    assert {name: answer.headers[name] for name in answer.headers if name.startswith(("Access", "Vary"))} == {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "Retry-After",
        "Vary": "Origin",
    }


@pytest.mark.parametrize(
    "origin", ["http://shop.example", "https://shop.example:444", "https://a.shop.example", "https://SHOP.example.evil"]
)
def test_a_listed_page_is_that_page_only(door: HttpDoor, settings: Settings, origin: str) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]

    assert door.post(b"", headers={"Origin": origin}).status == 403


@reaches_the_door
@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_client_without_a_page_needs_no_leave(door: HttpDoor, headers: dict[str, str]) -> None:
    answer = door.post(encode(REQUEST, PROTOBUF), headers=headers)

    assert answer.status == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


@every_door
def test_a_browser_may_ask_before_it_sends(door: HttpDoor, path: str) -> None:
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-api-key,traceparent",
    }

    answer = door.call("OPTIONS", path, b"", "", asked, None)

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert answer.headers["Access-Control-Max-Age"] == "7200"
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"content-type", "content-encoding", "authorization", "x-api-key", "traceparent", "tracestate"} <= {*allowed}


@every_door
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[::1"])
def test_a_browser_that_asks_for_a_foreign_page_gets_no_leave(door: HttpDoor, path: str, origin: str) -> None:
    answer = door.call("OPTIONS", path, b"", "", {"Origin": origin, "Access-Control-Request-Method": "POST"}, None)

    assert answer.status == 204
    assert [name for name in answer.headers if name.startswith("Access-Control")] == []


@reaches_the_door
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [(b"\xff", PROTOBUF, 400), (b"", "text/plain", 415), (b"x" * 2_000, PROTOBUF, 413)],
)
def test_a_page_may_read_errors_too(
    door: HttpDoor, settings: Settings, body: bytes, content_type: str, status: int
) -> None:
    settings.INGEST_MAX_BODY_BYTES = 1_000

    answer = door.post(body, content_type, headers={"Origin": "http://localhost:3000"})

    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, "http://localhost:3000")
