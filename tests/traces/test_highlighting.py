"""JSON as lines whose keys and values are told apart."""

import html
import json
import re

from hypothesis import given
from hypothesis import strategies as some

from traces.domain.attributes import Json
from traces.trace_views.highlighting import highlight, write_json
from traces.words import visible

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES, some.integers(0, 400))
def test_what_is_drawn_is_the_same_json_even_cut_off(value: Json, length: int) -> None:
    text = write_json(value)
    assert json.loads(text) == value
    assert visible(text) == text
    for part in (text, text[:length]):
        drawn = highlight(part)
        assert html.unescape(re.sub(r"</?(?:b|span)\b[^>]*>", "", drawn)) == part


def test_keys_and_values_are_told_apart() -> None:
    assert highlight('{"a<": "b", "n": [-1.5e3, true, null]}') == (
        '{<b>&quot;a&lt;&quot;</b>: <span class="s">&quot;b&quot;</span>, <b>&quot;n&quot;</b>: '
        '[<span class="n">-1.5e3</span>, <span class="b">true</span>, <span class="b">null</span>]}'
    )


def test_characters_that_hide_or_turn_text_are_escaped_as_json_does() -> None:
    assert write_json("a\u202eb\U000e0001") == r'"a\u202eb\udb40\udc01"'


def test_what_is_short_stands_in_one_line() -> None:
    long = "x" * 90
    assert write_json({"key": "a", "value": {"string": "b"}}) == '{"key": "a", "value": {"string": "b"}}'
    assert write_json({"a": [long, {"b": 1}], "c": []}).split("\n") == [
        "{",
        '  "a": [',
        f'    "{long}",',
        '    {"b": 1}',
        "  ],",
        '  "c": []',
        "}",
    ]


def test_a_text_that_is_cut_off_is_one_value_whatever_is_in_it() -> None:
    """Thousands of quotes in it, each of which could begin a text, cost no more than other characters."""
    cut = '"' + r"\"" * 20_000
    assert highlight(f"[1, {cut}") == (f'[<span class="n">1</span>, <span class="s">{html.escape(cut)}</span>')
