"""Asking Tempo's API as its clients do."""

import json
from typing import Any, TypeVar

from django.test import Client
from google.protobuf.message import Message

PROTOBUF = "application/protobuf"

_Answer = TypeVar("_Answer", bound=Message)


def ask(client: Client, path: str, /, **parameters: Any) -> Any:
    """The answer to a GET, which must be JSON of status 200."""
    answer = client.get(f"/tempo{path}", parameters)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json"), read(answer)
    return json.loads(read(answer), parse_constant=_refuse)


def ask_protobuf(client: Client, kind: type[_Answer], path: str, /, **parameters: Any) -> _Answer:
    """The same in protobuf."""
    answer = client.get(f"/tempo{path}", parameters, headers={"accept": PROTOBUF})
    body = read(answer)
    assert (answer.status_code, answer["Content-Type"]) == (200, PROTOBUF), body
    assert answer.get("Content-Length", str(len(body))) == str(len(body))
    return kind.FromString(body)


def ask_for_error(client: Client, path: str, /, **parameters: Any) -> tuple[int, str]:
    """The status and sentence of an error, which must have Tempo's form."""
    return read_error(client.get(f"/tempo{path}", parameters))


def read_error(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    return answer.status_code, answer.content.decode().removesuffix("\n")


def read(answer: Any) -> bytes:
    """The body of an answer, whole or streamed."""
    return b"".join(answer) if answer.streaming else bytes(answer.content)


def _refuse(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")
