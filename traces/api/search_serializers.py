"""The shape of a search's body, for the schema; search_body.py reads it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from traces.api.search_body import MAX_DEPTH
from traces.domain.query import MAX_LIMIT, Comparison, Intrinsic, Place

_NODE_REFERENCE = "#/components/schemas/SearchNode"
_CONDITION_SCHEMA = {
    "type": "object",
    "properties": {
        "place": {"type": "string", "enum": [place.value for place in Place], "default": Place.ANY.value},
        "key": {
            "type": "string",
            "description": f"An attribute's key; for intrinsic one of {', '.join(Intrinsic)}.",
        },
        "comparison": {"type": "string", "enum": [comparison.value for comparison in Comparison]},
        "value": {
            "description": "Absent for exists. Integers beyond 2^53 may be written as digits.",
            "oneOf": [
                {"type": "string"},
                {"type": "number"},
                {"type": "boolean"},
                {"type": "object", "properties": {"int": {"type": "string"}}, "required": ["int"]},
            ],
        },
    },
    "required": ["key", "comparison"],
    "additionalProperties": False,
}


def _branch_schema(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": "array", "minItems": 1, "items": {"$ref": _NODE_REFERENCE}}},
        "required": [name],
        "additionalProperties": False,
    }


@extend_schema_field(
    {
        "oneOf": [_CONDITION_SCHEMA, _branch_schema("and"), _branch_schema("or")],
        "description": f"A condition, or a tree of them at most {MAX_DEPTH} deep.",
    },
    component_name="SearchNode",
)
class NodeField(serializers.JSONField):
    """What one span must satisfy."""


class WindowSerializer(serializers.Serializer[Any]):
    start = serializers.CharField(required=False)
    end = serializers.CharField(required=False)
    lookback = serializers.CharField(required=False)


class SearchSerializer(serializers.Serializer[Any]):
    where = NodeField(required=False)
    window = WindowSerializer(required=False)
    min_trace_duration = serializers.CharField(required=False)
    max_trace_duration = serializers.CharField(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)
    cursor = serializers.CharField(required=False)
