"""Asking Jaeger's first API as its clients do."""

import json
from typing import Any

from django.test import Client

from tests.builders import NOW_NS, SECOND

# Microseconds: the hour that the builders' spans lie in.
WINDOW = {"start": (NOW_NS - 3_600 * SECOND) // 1_000, "end": NOW_NS // 1_000}


def ask(client: Client, path: str, /, **parameters: Any) -> Any:
    """The answer to a GET, which must be JSON of status 200."""
    answer = client.get(path, parameters)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json"), read(answer)
    return json.loads(read(answer), parse_constant=_refuse)


def ask_for_error(client: Client, path: str, /, **parameters: Any) -> tuple[int, str]:
    """The status and sentence of an error, which must have Jaeger's form."""
    return read_error(client.get(path, parameters))


def read_error(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.endswith(b"}\n")
    envelope = json.loads(answer.content)
    [problem] = envelope.pop("errors")
    assert list(envelope.items()) == [("data", None), ("total", 0), ("limit", 0), ("offset", 0)]
    assert problem.keys() == {"code", "msg"}
    assert problem["code"] == answer.status_code
    return problem["code"], problem["msg"]


def read(answer: Any) -> bytes:
    """The body of an answer, whole or streamed."""
    return b"".join(answer) if answer.streaming else bytes(answer.content)


def _refuse(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")
