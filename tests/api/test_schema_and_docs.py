"""The schema names every route, and docs/api.md everything that the schema names."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.test import Client

from traces.api.urls import urlpatterns

DOCS = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()


def test_every_route_but_the_last_is_in_the_schema(openapi: dict[str, Any]) -> None:
    routes = [re.sub(r"<str:(\w+)>", r"{\1}", str(route.pattern)) for route in urlpatterns]
    assert routes.pop() == ""
    assert {f"/api/v1/{route}" for route in routes} <= set(openapi["paths"])


def test_every_endpoint_has_a_heading_in_the_docs(openapi: dict[str, Any]) -> None:
    for path, operations in openapi["paths"].items():
        address = path.removeprefix("/api/v1/").replace("{", "<").replace("}", ">")
        for method in operations:
            assert f"### `{method.upper()} {address}`" in DOCS


def test_every_parameter_is_in_the_docs(openapi: dict[str, Any]) -> None:
    for operations in openapi["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    assert re.search(rf"`{parameter['name']}=?`", DOCS), parameter["name"]


def test_every_error_code_is_in_the_docs(openapi: dict[str, Any]) -> None:
    for code in openapi["components"]["schemas"]["CodeEnum"]["enum"]:
        assert f"`{code}`" in DOCS


def test_the_docs_link_to_headings_that_are_there() -> None:
    headings = {re.sub(r"[^\w\- ]", "", line.lstrip("# ")).lower().replace(" ", "-") for line in DOCS.splitlines()}
    for anchor in re.findall(r"\]\(#([\w-]+)\)", DOCS):
        assert anchor in headings


def test_the_schema_describes_the_body_of_a_search(openapi: dict[str, Any]) -> None:
    root = {"$ref": "#/components/schemas/Search", "components": openapi["components"]}
    nested = {"and": [{"or": [{"key": "k", "comparison": "exists"}]}]}
    jsonschema.validate({"where": nested, "window": {"lookback": "1h"}, "limit": 5}, root)
    misspelt = {"and": [{"or": [{"kee": "k", "comparison": "exists"}]}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"where": misspelt}, root)


def test_the_schema_is_one_document_for_every_client(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json", headers={"Accept": "text/html"})
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["info"]["title"] == "Tracing UI"
