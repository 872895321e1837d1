"""Asking the API, with every answer held to the published schema."""

import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from django.test import Client

from tests.builders import NOW_NS, SECOND
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, SpanRequest

Ask = Callable[..., Any]
# The hour that the builders' spans lie in: a search without a window looks at the last one.
WINDOW = {"start": str(NOW_NS - 3_600 * SECOND), "end": str(NOW_NS + SECOND)}


def write_json(text: str) -> None:
    """Stores spans as the door for JSON takes them."""
    translated = translate_otlp_json(text.encode())
    get_store().write(
        [
            SpanRequest(
                project=DEFAULT_PROJECT,
                body=translated.body,
                span_count=translated.span_count,
                received_ns=NOW_NS,
                cuts=translated.cuts,
            )
        ]
    )


@pytest.fixture
def openapi(client: Client) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(client.get("/api/v1/openapi.json").content)
    return document


@pytest.fixture
def ask(client: Client, openapi: dict[str, Any]) -> Ask:
    """`ask("services", service="shop")` is the answer to a GET, `ask("traces/search", body={…})` that to a POST,
    or to the `method` that is named.
    """

    def ask_api(path: str, *, body: object = None, expected: int = 200, method: str = "", **parameters: Any) -> Any:
        address = f"/api/v1/{path}"
        method = method or ("get" if body is None else "post")
        if body is None:
            response = client.generic(method.upper(), address, query_params=parameters)
        else:
            sent = body if isinstance(body, str | bytes) else json.dumps(body)
            response = client.generic(method.upper(), address, sent, "application/json", query_params=parameters)
        assert (response.status_code, response["Content-Type"]) == (expected, "application/json"), response.content
        answer = json.loads(response.content, parse_constant=pytest.fail)
        check_answer(openapi, address, method, expected, answer)
        return answer

    return ask_api


def check_answer(openapi: dict[str, Any], address: str, method: str, status: int, answer: object) -> None:
    """Fails unless the schema describes the answer to its last field."""
    if status == 200:
        described = _operation(openapi, address)[method]["responses"]["200"]["content"]["application/json"]["schema"]
    else:
        described = {"$ref": "#/components/schemas/Error"}
    schema = {**_strict(described), "components": _strict(openapi["components"])}
    jsonschema.validate(answer, schema, cls=jsonschema.Draft202012Validator)


def _operation(openapi: dict[str, Any], address: str) -> dict[str, Any]:
    """What the schema says of an address: the exact one before one with a placeholder."""
    if address in openapi["paths"]:
        found: dict[str, Any] = openapi["paths"][address]
        return found
    templates = {re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template)): template for template in openapi["paths"]}
    matching = [template for pattern, template in templates.items() if re.fullmatch(pattern, address)]
    assert len(matching) == 1, address
    operation: dict[str, Any] = openapi["paths"][matching[0]]
    return operation


def _strict(node: Any) -> Any:
    """OpenAPI 3.0's words in JSON Schema's, and no field that is not described."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    strict = {key: _strict(value) for key, value in node.items()}
    if strict.pop("nullable", False) is True:
        strict = {"anyOf": [strict, {"type": "null"}]}
    if strict.get("type") == "object" and "properties" in strict:
        strict["additionalProperties"] = False
    return strict
