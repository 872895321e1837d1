"""Attribute values and text that real senders send, through both encodings of the door, read back exactly.

Each is a case of what OTLP allows or SDKs were seen to do; docs/api.md, "What comes back changed", has the rest.
"""

import json
import random
from typing import Any

import pytest

from tests.builders import any_value, key_values, make_event, make_link, make_request, make_span
from tests.ingest.doors import JSON, PROTOBUF, HttpDoor, encode, read_span, read_trace
from traces import reading
from traces.domain.span import Span
from traces.storage.base import DEFAULT_PROJECT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_engine]

both_encodings = pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
# Text that no compression and no index takes lightly.
LONG = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyzäöü0123456789", k=1024 * 1024))

VALUES: dict[str, Any] = {
    "empty text": "",
    "NUL": "a\0b",
    "only NUL": "\0",
    "astral": "\U0001d11e\U0001f600",
    "bidi and controls": "\u202eabc\u2066\x01\x1b[31m\x7f\u2028",
    "markup": "<script>alert(1)</script>&amp;'\"",
    "a mebibyte": LONG,
    "true": True,
    "false": False,
    "zero": 0,
    "least int": -(2**63),
    "greatest int": 2**63 - 1,
    "beyond a double": 2**53 + 1,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "minus zero": -0.0,
    "a tenth": 0.1,
    "least double": 5e-324,
    "greatest double": 1.7976931348623157e308,
    "whole double": 200.0,
    "all bytes": bytes(range(256)),
    "no bytes": b"",
    "nothing": None,
    "empty array": [],
    "mixed array": ["a", 1, 1.5, True, None, b"\0", ["nested", []], {"k": "v"}],
    "empty map": {},
    "map": {"a": {"b": {"c": [1, {"d": None}]}}, "": "no key", "N\0L": "\0"},
    "array of NaN": [float("nan"), -0.0],
}


@both_encodings
@pytest.mark.parametrize("name", VALUES)
def test_a_value_comes_back_as_it_was_sent(door: HttpDoor, media_type: str, name: str) -> None:
    value = VALUES[name]
    sent = make_span(
        1, 1, attributes={"k": value}, events=[make_event("e", attributes={"k": value})],
        links=[make_link(2, 2, {"k": value})],
    )  # fmt: skip

    answer = door.send(make_request(sent, resource={"k": value}, scope={"k": value}), media_type)

    span = read_span()
    assert answer.partial_success == (0, "")
    assert span.cuts == ()
    # repr tells -0.0 from 0.0, True from 1, and lets NaN equal itself.
    for attributes in (span.attributes, span.events[0].attributes, span.links[0].attributes, span.scope.attributes):
        assert repr(attributes) == repr({"k": value})
    assert repr(span.resource.attributes) == repr({"service.name": "shop", "k": value})


@both_encodings
@pytest.mark.parametrize(
    "text",
    ["n\0l", "\0", "a\U0001f600", "\ufeffbom", "\ufffe", "a" * 100_000, LONG[:100_000]],
    ids=["NUL within", "NUL alone", "astral", "byte order mark", "no character", "one letter", "noise"],
)
def test_text_comes_back_as_it_was_sent_in_every_field(door: HttpDoor, media_type: str, text: str) -> None:
    request = make_request(
        make_span(
            1, 1, name=text, status=2, status_message=text, trace_state=text, attributes={text: {text: [text]}},
            events=[make_event(text, attributes={text: text})], links=[make_link(2, 2, {text: text}, text)],
        ),
        service=text, resource={text: text}, scope_name=text, scope_version=text, scope={text: text},
    )  # fmt: skip
    request.resource_spans[0].schema_url = text
    request.resource_spans[0].scope_spans[0].schema_url = text

    assert door.send(request, media_type).partial_success == (0, "")

    assert text_fields(read_span()) == text_fields_of(text)
    listed = text.replace("\0", "\ufffd")
    assert [service.name for service in reading.list_services(DEFAULT_PROJECT)] == [listed]
    assert [operation.name for operation in reading.list_operations(DEFAULT_PROJECT)] == [listed]
    assert read_trace().root.span.operation.name == listed


def text_fields(span: Span) -> list[Any]:
    event, link = span.events[0], span.links[0]
    return [
        span.name, span.status_message, span.trace_state, span.attributes, event.name, event.attributes,
        link.trace_state, link.attributes, span.resource.attributes, span.resource.schema_url, span.scope.name,
        span.scope.version, span.scope.attributes, span.scope.schema_url,
    ]  # fmt: skip


def text_fields_of(text: str) -> list[Any]:
    pair = {text: text}
    return [
        text, text, text, {text: {text: [text]}}, text, pair, text, pair, {"service.name": text, **pair}, text, text,
        text, pair, text,
    ]  # fmt: skip


MARK = b"@@@@"
MARKED = make_request(
    make_span(
        1, 1, name="@@@@", status=2, status_message="@@@@", trace_state="@@@@", attributes={"@@@@": {"@@@@": ["@@@@"]}},
        events=[make_event("@@@@", attributes={"@@@@": "@@@@"})], links=[make_link(2, 2, {"@@@@": "@@@@"}, "@@@@")],
    ),
    service="@@@@", resource={"@@@@": "@@@@"}, scope_name="@@@@", scope_version="@@@@", scope={"@@@@": "@@@@"},
)  # fmt: skip
MARKED.resource_spans[0].schema_url = "@@@@"
MARKED.resource_spans[0].scope_spans[0].schema_url = "@@@@"
NOT_UTF8 = [
    pytest.param(b"\xff\xfe\xfd\xfc", id="no lead bytes"),
    pytest.param(b"\xc0\xaf\x80\xbf", id="overlong"),
    pytest.param(b"\xed\xa0\x80a", id="surrogate"),
    pytest.param(b"abc\xe2", id="ends early"),
]


@pytest.mark.parametrize("junk", NOT_UTF8)
def test_text_in_protobuf_that_is_not_utf8_is_kept_and_shown_with_replacements(door: HttpDoor, junk: bytes) -> None:
    """Other receivers take it, so the sender never noticed."""
    answer = door.post(MARKED.SerializeToString().replace(MARK, junk))

    assert answer.partial_success == (0, "")
    assert text_fields(read_span()) == text_fields_of(junk.decode("utf-8", "replace"))
    assert len(read_trace().rows) == 1


@pytest.mark.parametrize("junk", NOT_UTF8)
def test_bytes_in_json_that_are_not_utf8_are_replaced_and_it_is_said(door: HttpDoor, junk: bytes) -> None:
    answer = door.post(encode(MARKED, JSON).replace(MARK, junk), JSON)

    cut = "text that is not UTF-8, shown with U+FFFD"
    assert answer.partial_success == (0, f"1 span kept with changes: {cut}")
    span = read_span()
    assert span.cuts == (cut,)
    assert "\ufffd" in span.name
    assert text_fields(span) == text_fields_of(span.name)


@pytest.mark.parametrize("escape", [r"\ud800", r"\udfff", r"a\udc80b", r"\ude00\ud83d"])
def test_half_a_surrogate_pair_in_json_is_replaced_and_it_is_said(door: HttpDoor, escape: str) -> None:
    answer = door.post(encode(MARKED, JSON).replace(MARK, escape.encode()), JSON)

    cut = "text with half a surrogate pair, each shown as U+FFFD"
    shown = "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in json.loads(f'"{escape}"'))
    assert answer.partial_success == (0, f"1 span kept with changes: {cut}")
    span = read_span()
    assert span.cuts == (cut,)
    assert text_fields(span) == text_fields_of(shown)


def test_a_whole_surrogate_pair_in_json_is_a_letter(door: HttpDoor) -> None:
    answer = door.post(encode(MARKED, JSON).replace(MARK, rb"\ud83d\ude00"), JSON)

    assert answer.partial_success == (0, "")
    assert text_fields(read_span()) == text_fields_of("\U0001f600")


@pytest.mark.parametrize("where", ["resource", "scope"])
def test_a_change_in_a_resource_or_scope_is_said_of_each_of_its_spans(door: HttpDoor, where: str) -> None:
    attributes: dict[str, Any] = {where: {"k": "@@@@"}}
    request = make_request(make_span(1, 1), make_span(1, 2, 1), **attributes)
    untouched = make_request(make_span(1, 3, 1), service="other")
    request.MergeFrom(untouched)

    answer = door.post(encode(request, JSON).replace(MARK, rb"\ud800"), JSON)

    cut = "text with half a surrogate pair, each shown as U+FFFD"
    assert answer.partial_success == (0, f"2 spans kept with changes: {cut}")
    assert [read_span(1, number).cuts for number in (1, 2, 3)] == [(cut,), (cut,), ()]


def test_a_change_is_not_said_of_another_traces_span_of_the_same_id(door: HttpDoor) -> None:
    request = make_request(make_span(1, 1, name="@@@@"), make_span(2, 1))

    door.post(encode(request, JSON).replace(MARK, rb"\ud800"), JSON)

    assert (len(read_span(1, 1).cuts), len(read_span(2, 1).cuts)) == (1, 0)


def test_a_change_in_a_span_that_is_rejected_is_not_said(door: HttpDoor) -> None:
    request = make_request(make_span(1, 1), make_span(0, 2, name="@@@@"), make_span(1, 0, name="@@@@"))

    answer = door.post(encode(request, JSON).replace(MARK, rb"\ud800"), JSON)

    assert answer.partial_success == (
        2,
        "1 span rejected: a trace id has 16 bytes, not all zero; 1 span rejected: a span id has 8 bytes, not all zero",
    )


def test_a_repeated_key_is_kept_and_its_last_value_shown(door: HttpDoor) -> None:
    for number, media_type in enumerate((PROTOBUF, JSON), start=1):
        span = make_span(number, 1, attributes={"k": 1, "": "empty key"})
        span.attributes.extend(key_values({"k": "two", "other": any_value(None)}))

        assert door.send(make_request(span), media_type).partial_success == (0, "")
        assert read_span(number).attributes == {"k": "two", "": "empty key", "other": None}


@both_encodings
def test_keys_may_be_anything(door: HttpDoor, media_type: str) -> None:
    keys = [
        " ",
        ".",
        "a.b.c",
        "a[0]",
        "'\"`",
        "ключ",
        "\U0001f600",
        "a\tb\nc",
        "k" * 10_000,
        "__proto__",
        "constructor",
    ]
    attributes = {key: number for number, key in enumerate(keys)}

    assert door.send(make_request(make_span(1, 1, attributes=attributes)), media_type).status == 200
    assert read_span().attributes == attributes
    assert list(read_span().attributes) == keys


@both_encodings
def test_two_thousand_attributes_come_back_in_order(door: HttpDoor, media_type: str) -> None:
    attributes = {f"key.{number}": f"value {number}" for number in range(2_000)}

    assert door.send(make_request(make_span(1, 1, attributes=attributes)), media_type).status == 200
    assert list(read_span().attributes.items()) == list(attributes.items())


@both_encodings
def test_five_thousand_events_come_back_in_order(door: HttpDoor, media_type: str) -> None:
    events = [make_event(f"event {number}", number, {"n": number}) for number in range(5_000)]

    assert door.send(make_request(make_span(1, 1, events=events)), media_type).status == 200
    assert [(event.name, event.time_ns, event.attributes) for event in read_span().events] == [
        (f"event {number}", number, {"n": number}) for number in range(5_000)
    ]
