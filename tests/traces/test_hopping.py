"""Finding a field of a message without parsing it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import NOW_NS, key_values, make_event, make_span
from traces.storage.hopping import find_last

TAG = 9 << 3 | 2
HEAD = b"\n\x01k"


def find(**fields: object) -> bytes | None:
    return find_last(make_span(1, 1, **fields).SerializeToString(), TAG, HEAD)  # type: ignore[arg-type]


def test_a_field_is_found_behind_fields_of_every_kind() -> None:
    attribute = key_values({"k": "v"})[0].SerializeToString()
    events = [make_event("x" * 40_000, NOW_NS)]
    assert find(attributes={"k": "v"}) == attribute
    assert find(attributes={"a": "x" * 40_000, "k": "v"}, name="n" * 200, kind=300, events=events) == attribute


def test_the_last_of_several_is_found() -> None:
    span = make_span(1, 1, attributes={"k": 1, "l": 2})
    span.attributes.extend([*key_values({"k": 3}), *key_values({"l": 4})])
    assert find_last(span.SerializeToString(), TAG, HEAD) == key_values({"k": 3})[0].SerializeToString()


def test_what_stands_within_another_field_is_not_found() -> None:
    assert find(name="J\x07\n\x01k\x12\x02\n\x00") is None
    assert find(attributes={"a": {"k": 1}}) is None
    assert find(events=[make_event(attributes={"k": 1})]) is None
    assert find(attributes={"ka": 1}) is None
    # A flag that is a field of its own has a tag of two bytes.
    assert find(flags=257, name="\n\x01k") is None


@given(st.binary(max_size=60))
@example(b"\x08\xff" + HEAD)
@example(b"\xff" * 20 + HEAD)
@example(b"\x0b" + HEAD)
@example(b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff" + HEAD)
def test_what_is_no_message_ends_in_an_answer_or_an_error(garbage: bytes) -> None:
    """Never in an endless loop, and what is found begins as it must."""
    for message in (garbage, garbage + HEAD, HEAD + garbage):
        try:
            found = find_last(message, TAG, HEAD)
        except (IndexError, ValueError):
            continue
        assert found is None or found.startswith(HEAD)


@pytest.mark.parametrize("length", [0, 1, 126, 127, 128, 16_383, 16_384, 2_097_152])
def test_fields_of_every_length_are_hopped_over(length: int) -> None:
    assert find(attributes={"a": "x" * length, "k": "y"}) == key_values({"k": "y"})[0].SerializeToString()
