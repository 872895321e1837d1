"""JSON of any size through a window: the same values as a reader that has all of it, wherever the window ends."""

import io
import json
import random
from typing import Any

import pytest

from traces.ingest.files import cursor as module
from traces.ingest.files.brackets import Inside, find_brackets
from traces.ingest.files.cursor import Cursor, NotJson
from traces.ingest.json_pieces import TooLargePiece

pytestmark = pytest.mark.any_engine

TEXTS = ("", "a", '"', "\\", '\\"', "[{", "}]", "\\\\", 'é"\\', "\n", "x" * 40, '\\\\"')
BROKEN = (
    '{"a": [1, 2}', '{"a" 1}', "[1, 2", '["abc', '{"a": }', "[1 2]", "[,]", '{1: 2}', '{"a": 1,}', "[1,]", "[",
    "{", '"', "[1}", "]",
)  # fmt: skip


def make_value(dice: random.Random, depth: int) -> Any:
    kind = dice.randrange(8 if depth else 5)
    if kind < 3:
        return dice.choice((0, -1.5, 1e300, 12345678901234567890, True, False, None))
    if kind < 5:
        return "".join(dice.choices(TEXTS, k=dice.randrange(4)))
    if kind < 7:
        return [make_value(dice, depth - 1) for _ in range(dice.randrange(5))]
    return {dice.choice(TEXTS) + str(i): make_value(dice, depth - 1) for i in range(dice.randrange(5))}


def read_value(at: Cursor) -> Any:
    if at.is_at_object():
        return {name: read_value(at) for name in at.iterate_members()}
    if at.is_at_list():
        return [read_value(at) for _ in at.iterate_items()]
    return json.loads(at.read())


def open_text(text: str | bytes, padding: int = 0) -> Cursor:
    body = text.encode() if isinstance(text, str) else text
    return Cursor(io.BytesIO(b"#" * padding + body + b"#"), padding, padding + len(body))


@pytest.mark.parametrize("window_bytes", [1, 7, 64, 4096])
def test_a_value_is_the_same_through_any_window(window_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW_BYTES", window_bytes)
    dice = random.Random(window_bytes)
    for _ in range(40):
        value = make_value(dice, 4)
        text = json.dumps(value, indent=dice.choice((None, 1)), ensure_ascii=dice.random() < 0.5)
        assert read_value(open_text(text, padding=dice.randrange(3))) == value


@pytest.mark.parametrize("window_bytes", [1, 7, 64, 4096])
def test_what_is_passed_over_ends_where_it_ends(window_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW_BYTES", window_bytes)
    dice = random.Random(window_bytes)
    for _ in range(40):
        values = [make_value(dice, 4) for _ in range(4)]
        at = open_text(json.dumps(values))
        read = []
        for index, _ in enumerate(at.iterate_items()):
            start = at.at
            if index % 2:
                continue
            at.skip()
            at.go_to(start)
            read.append(json.loads(at.read()))
        assert read == values[::2]
        assert at.peek() == -1


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_json_is_said_to_be_none(text: str) -> None:
    at = open_text(text)
    with pytest.raises((NotJson, json.JSONDecodeError)):
        read_value(at)


def test_a_value_that_is_too_large_to_be_taken_is_passed_over() -> None:
    at = open_text(b"[" + b'["' + b"x" * module.MAX_PIECE_BYTES + b'"], 7]')
    items = at.iterate_items()
    next(items)
    with pytest.raises(TooLargePiece):
        at.read()
    next(items)
    assert at.read() == b"7"


def test_an_escape_is_remembered_across_stretches() -> None:
    """`"\\\\"` ends a text, `"\\"` does not, wherever the stretch is cut."""
    text = rb'{"a\\":"\"}","b\\\"}":[]}'
    whole = find_brackets(text)
    for cut in range(len(text)):
        first = find_brackets(text[:cut])
        second = find_brackets(text[cut:], first.after)
        assert [*first.places, *(second.places + cut)] == [*whole.places] == [0, 22, 23, 24]
        assert second.after == Inside()
