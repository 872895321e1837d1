"""Values in values in values: kept as far as Protocol Buffers read them, and never a failure."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import make_request, make_span, span_id
from tests.ingest.doors import JSON, PROTOBUF, HttpDoor, encode, read_span, read_span_ids, read_trace
from tests.ingest.raw import (
    nested_arrays,
    nested_maps,
    request_of,
    span_with_attribute,
    span_with_event_attribute,
)
from traces.domain.attributes import AttributeValue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_engine]

TOO_DEEP = "it cannot be parsed, or nests deeper than 100 messages"
JSON_ARRAY = ('{"arrayValue":{"values":[', "]}}")
JSON_MAP = ('{"kvlistValue":{"values":[{"key":"k","value":', "}]}}")
both_encodings = pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
every_nesting = pytest.mark.parametrize(("nesting", "deepest"), [("arrays", 47), ("maps", 31)])
every_place = pytest.mark.parametrize("place", ["span", "event"])


def in_protobuf(nesting: str, place: str, depth: int) -> bytes:
    """Spans 1, 2 and 3; 2 has the deep value."""
    value = {"arrays": nested_arrays, "maps": nested_maps}[nesting](depth)
    put = {"span": span_with_attribute, "event": span_with_event_attribute}[place]
    spans = [make_span(1, number) for number in (1, 2, 3)]
    return request_of(spans[0].SerializeToString(), put(spans[1], value), spans[2].SerializeToString())


def in_json(nesting: str, place: str, depth: int) -> bytes:
    """The same."""
    opening, closing = {"arrays": JSON_ARRAY, "maps": JSON_MAP}[nesting]
    attributes = f'"attributes":[{{"key":"k","value":{opening * depth}{{"stringValue":"bottom"}}{closing * depth}}}]'
    holder = {"span": attributes, "event": f'"events":[{{{attributes}}}]'}[place]
    request = encode(make_request(make_span(1, 1), make_span(1, 2, name="deep"), make_span(1, 3)), JSON).decode()
    return request.replace('"name": "deep"', f'"name": "deep", {holder}').encode()


ENCODERS: dict[str, Callable[[str, str, int], bytes]] = {PROTOBUF: in_protobuf, JSON: in_json}


def measure_depth(value: AttributeValue) -> int:
    depth = 0
    while value != "bottom":
        assert isinstance(value, list | dict)
        value, depth = (value[0] if isinstance(value, list) else value["k"]), depth + 1
    return depth


@both_encodings
@every_nesting
@every_place
def test_a_deep_value_comes_back(door: HttpDoor, media_type: str, nesting: str, deepest: int, place: str) -> None:
    answer = door.post(ENCODERS[media_type](nesting, place, deepest), media_type)

    span = read_span(1, 2)
    holder = span.attributes if place == "span" else span.events[0].attributes
    assert answer.partial_success == (0, "")
    assert measure_depth(holder["k"]) == deepest


@both_encodings
@every_nesting
@every_place
@pytest.mark.parametrize("more", [1, 2, 13])
def test_a_span_that_nests_too_deep_is_rejected_and_its_batch_kept(
    door: HttpDoor, media_type: str, nesting: str, deepest: int, place: str, more: int
) -> None:
    """In JSON no less and no more than in protobuf."""
    answer = door.post(ENCODERS[media_type](nesting, place, deepest + more), media_type)

    assert answer.partial_success == (1, f"1 span rejected: {TOO_DEEP}")
    assert read_span_ids() == [span_id(1), span_id(3)]


@pytest.mark.parametrize("where", ["resource", "scope"])
def test_a_resource_or_scope_that_nests_too_deep_is_a_bad_request(door: HttpDoor, where: str) -> None:
    opening, closing = JSON_ARRAY
    deep = f'{{"key":"k","value":{opening * 60}{closing * 60}}}'
    attributes: dict[str, Any] = {where: {"k": 1}}
    request = encode(make_request(make_span(1, 1), **attributes), JSON).decode()
    body = request.replace('{"key": "k", "value": {"intValue": "1"}}', deep)
    assert body != request

    answer = door.post(body.encode(), JSON)

    assert (answer.status, answer.error) == (400, (3, f"The body is not an OTLP request in JSON: {TOO_DEEP}."))


@pytest.mark.parametrize("depth", [64, 100, 240, 1_000, 100_000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [JSON_ARRAY, JSON_MAP, ("[", "]"), ('{"a":', "}")],
    ids=["arrays", "maps", "lists", "objects"],
)
def test_json_of_any_depth_is_answered(door: HttpDoor, depth: int, opening: str, closing: str) -> None:
    """Never 500, and never 503, after which it would come again."""
    good = encode(make_request(make_span(1, 1, name="good")), JSON)
    deep = f'"attributes":[{{"key":"k","value":{opening * depth}{{"stringValue":"bottom"}}{closing * depth}}}]'
    body = good.replace(b'"name": "good"', b'"name": "deep", ' + deep.encode())

    answer = door.post(body, JSON)

    assert answer.status in (200, 400)
    assert door.post(good, JSON).partial_success == (0, "")
    assert "good" in {row.span.operation.name for row in read_trace().rows}
