"""A request in JSON read in pieces says what it says when it is read whole."""

import json
from typing import Any

import pytest

from tests.builders import span_id, trace_id
from traces.domain.errors import PayloadRejected
from traces.ingest import json_pieces
from traces.ingest.json_pieces import MAX_MENDED_BYTES, NotPlainJson, Piece, open_document, open_piece, read_whole
from traces.ingest.translate.otlp_json import translate_otlp_json

SPAN = {"traceId": trace_id(1).hex(), "spanId": span_id(1).hex(), "name": "é😀", "x": [1, {"y": None}]}


def test_an_object_and_a_list_are_opened_one_level_deep() -> None:
    found = open_piece(
        open_document(b'\xef\xbb\xbf {"a": [1, "\xc3\xa9", {}], "b": null, "c": {"d": 1}, "a": [2]}'), dict
    )

    assert list(found) == ["a", "c"]
    assert [read_whole(item) for item in open_piece(found["a"], list)] == [2]
    assert {key: read_whole(value) for key, value in open_piece(found["c"], dict).items()} == {"d": 1}


@pytest.mark.parametrize("text", [b"5", b'"a"', b"[1]", b"true"])
def test_what_is_no_object_stays_a_piece(text: bytes) -> None:
    piece = Piece(text)

    assert open_piece(piece, dict) is piece
    assert read_whole(piece) == json.loads(text)


@pytest.mark.parametrize(
    "text", [b'{"a": }', b'{"a": 1', b"{'a': 1}", b'{"a": NaN}', b"", b'{"\xff": 1}', b'{"a":' * 50_000]
)
def test_what_is_no_json_is_noticed(text: bytes) -> None:
    with pytest.raises(NotPlainJson):
        open_piece(Piece(text), dict)


@pytest.mark.parametrize("given", [{"a": 1}, [1], None, "text"])
def test_what_is_no_piece_is_returned_as_it_is(given: Any) -> None:
    assert open_piece(given, dict) is given
    assert read_whole(given) is given


@pytest.mark.parametrize(
    "request_",
    [
        {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}]}]},
        {"resource_spans": [{"scope_spans": [{"spans": [SPAN]}]}]},
        {"resourceSpans": None, "resource_spans": [{"scopeSpans": None, "scope_spans": [{"spans": [SPAN]}]}]},
        {"resourceSpans": [{"instrumentationLibrarySpans": [{"spans": [SPAN]}]}]},
        {"resourceSpans": [{"resource": None, "schemaUrl": None, "scopeSpans": [{"scope": None, "spans": [SPAN]}]}]},
    ],
    ids=["usual", "snake case", "nulls beside", "legacy", "nulls"],
)
def test_pieces_and_the_mended_whole_are_the_same(request_: dict[str, Any]) -> None:
    """A lone surrogate in a field that nobody reads makes the whole be mended."""
    plain = json.dumps(request_)
    odd = plain[:-1] + r', "odd": "\ud800"}'

    in_pieces, mended = translate_otlp_json(plain.encode()), translate_otlp_json(odd.encode())

    assert in_pieces.body == mended.body
    assert (in_pieces.span_count, mended.cuts) == (1, {})


def test_odd_text_is_mended_up_to_a_size_and_refused_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [SPAN | {"name": "@"}]}]}]}).replace("@", r"\ud800")
    monkeypatch.setattr(json_pieces, "MAX_MENDED_BYTES", len(body))
    assert translate_otlp_json(body.encode()).span_count == 1

    monkeypatch.setattr(json_pieces, "MAX_MENDED_BYTES", len(body) - 1)
    with pytest.raises(PayloadRejected, match="holds text that is not Unicode, which is mended only in"):
        translate_otlp_json(body.encode())
    assert MAX_MENDED_BYTES == 16 * 1024 * 1024
