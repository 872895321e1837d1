"""Asking Zipkin's API as its clients do, and writing what it answers with."""

import json
from collections.abc import Mapping
from typing import Any

from django.test import Client

from tests.builders import NOW_NS, SECOND
from traces.ingest.translate.zipkin.json_v2 import translate_json_v2
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, SpanRequest

API = "/zipkin/api/v2"
NOW_MS, NOW_US = NOW_NS // 1_000_000, NOW_NS // 1_000
# The hour that the builders' spans lie in.
HOUR = {"endTs": NOW_MS, "lookback": 3_600_000}


def zipkin_span(trace: int, span: int, parent: int | None = None, service: str = "", **fields: Any) -> dict[str, Any]:
    """A span that starts a second ago and takes a millisecond, with these fields."""
    found = {
        "traceId": f"{trace:016x}", "id": f"{span:016x}", "timestamp": NOW_US - SECOND // 1_000, "duration": 1_000,
        **({"parentId": f"{parent:016x}"} if parent else {}),
        **({"localEndpoint": {"serviceName": service}} if service else {}),
        **fields,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def write_zipkin(*spans: Mapping[str, Any], received_ns: int = NOW_NS) -> None:
    """Stores spans as Zipkin's door would."""
    translated = translate_json_v2(json.dumps(spans).encode())
    assert not translated.rejected
    request = SpanRequest(
        project=DEFAULT_PROJECT, body=translated.body, span_count=translated.span_count, received_ns=received_ns
    )
    get_store().write([request])


def ask(client: Client, path: str, /, **parameters: Any) -> Any:
    """The answer to a GET, which must be JSON of status 200."""
    answer = client.get(f"{API}/{path}", parameters)
    body = read(answer)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json"), body
    return json.loads(body)


def ask_for_error(client: Client, path: str, /, **parameters: Any) -> tuple[int, str]:
    """The status and sentence of an error, which must be plain text."""
    answer = client.get(f"{API}/{path}", parameters)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("text/plain; charset=utf-8", "nosniff")
    return answer.status_code, read(answer).decode()


def read(answer: Any) -> bytes:
    """The body of an answer, whole or streamed."""
    return b"".join(answer) if answer.streaming else bytes(answer.content)
