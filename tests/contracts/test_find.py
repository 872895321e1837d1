"""What every store finds in a trace. Run on SQLite and on PostgreSQL."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from tests.builders import (
    key_values,
    make_event,
    make_link,
    make_request,
    make_span,
    span_request,
    trace_id,
    write_spans,
)
from tests.conftest import reset_store
from tests.contracts.generated import TRACES, Step, steps
from traces.domain.attributes import AttributeValue, format_value
from traces.domain.errors import StoreUnavailable, TooBusy
from traces.domain.finding import parse_needle
from traces.domain.span import Span, SpanOutline
from traces.models import Partition
from traces.storage import get_store, rows
from traces.storage.base import DEFAULT_PROJECT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]

NEEDLES_A_TRACE = 12
QUICK = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ARGUMENTS = {"stored": steps(), "seed": st.integers(0, 2**32)}


def find(text: str, trace: int = 1) -> list[int]:
    """The numbers of the spans found, ascending."""
    spans = get_store().read_trace(DEFAULT_PROJECT, trace_id(trace))
    indexes = get_store().find_mentions(DEFAULT_PROJECT, spans, parse_needle(text))
    assert indexes == sorted(set(indexes))
    return sorted(int.from_bytes(spans[index].span_id, "big") for index in indexes)


# ---- looking at every span -------------------------------------------------------------------------------------


def look_at(outline: SpanOutline, span: Span, text: str) -> bool:
    """Whether a decoded span mentions what was typed: written anew, to be compared with."""
    wanted = text.strip().lower() if text.strip().isascii() else text.strip().casefold()
    is_id = len(wanted) >= 6 and not set(wanted) - set("0123456789abcdef")
    return (
        any(wanted in fold(found, wanted) for found in texts_of(outline, span))
        or any(wanted == format_value(found) for found in numbers_of(span))
        or (is_id and any(wanted in identifier.hex() for identifier in ids_of(span)))
    )


def fold(text: str, wanted: str) -> str:
    if not wanted.isascii():
        return text.casefold()
    return "".join(character.lower() if character.isascii() else character for character in text)


def texts_of(outline: SpanOutline, span: Span) -> Iterator[str]:
    yield from (outline.operation.name, outline.operation.service.name, span.status_message)
    yield from (span.scope.name, span.scope.version)
    yield from (event.name for event in span.events)
    yield from (leaf for leaf in leaves_of(span) if isinstance(leaf, str))


def numbers_of(span: Span) -> Iterator[AttributeValue]:
    yield from (leaf for leaf in leaves_of(span) if isinstance(leaf, int | float))


def ids_of(span: Span) -> Iterator[bytes]:
    yield from (span.span_id, span.parent_span_id)
    for link in span.links:
        yield from (link.trace_id, link.span_id)


def leaves_of(span: Span) -> Iterator[AttributeValue]:
    """The keys and values of all attributes, however deep."""
    left: list[AttributeValue] = [dict(span.attributes), dict(span.resource.attributes), dict(span.scope.attributes)]
    left += [dict(item.attributes) for item in (*span.events, *span.links)]
    while left:
        value = left.pop()
        if isinstance(value, list):
            left += value
        elif isinstance(value, dict):
            left += [*value, *value.values()]
        else:
            yield value


def make_needle(dice: random.Random, outlines: Sequence[SpanOutline], spans: Sequence[Span]) -> str:
    """A piece of what some span says, sometimes in other letters."""
    place = dice.randrange(len(spans))
    texts = [*texts_of(outlines[place], spans[place]), *map(format_value, numbers_of(spans[place]))]
    texts += [identifier.hex() for identifier in ids_of(spans[place])]
    text = dice.choice(texts) or "x"
    if dice.random() < 0.6:
        first = dice.randrange(len(text))
        text = text[first : first + dice.randint(1, 8)]
    return dice.choice([text, text, text.upper(), text.swapcase()])


def check(stored: list[Step], seed: int) -> None:
    reset_store()
    for step in stored:
        get_store().write([span_request(request) for request in step.requests])
    dice = random.Random(seed)
    for number in TRACES:
        outlines = get_store().read_trace(DEFAULT_PROJECT, trace_id(number))
        spans = get_store().read_spans(DEFAULT_PROJECT, outlines)
        for _ in range(NEEDLES_A_TRACE if spans else 0):
            text = make_needle(dice, outlines, spans)[:400]
            if text.strip():
                note(f"{text!r} in trace {number}")
                pairs = enumerate(zip(outlines, spans, strict=True))
                expected = [index for index, (outline, span) in pairs if look_at(outline, span, text)]
                assert get_store().find_mentions(DEFAULT_PROJECT, outlines, parse_needle(text)) == expected


@QUICK
@given(**ARGUMENTS)
def test_what_is_found_is_what_looking_at_every_span_finds(stored: list[Step], seed: int) -> None:
    check(stored, seed)


@pytest.mark.long
@settings(QUICK, max_examples=300, derandomize=False)
@given(**ARGUMENTS)
def test_thousands_of_texts_are_found_as_looking_at_every_span_finds_them(stored: list[Step], seed: int) -> None:
    check(stored, seed)


# ---- one by one ------------------------------------------------------------------------------------------------


def test_a_text_is_found_wherever_a_span_has_it() -> None:
    write_spans(
        make_span(1, 1, name="Needle here"),
        make_span(1, 2, attributes={"a.needle.b": 1}),
        make_span(1, 3, attributes={"k": "the needle"}),
        make_span(1, 4, attributes={"k": ["hay", {"deep": ["NEEDLE"]}]}),
        make_span(1, 5, attributes={"k": {"needle": 1}}),
        make_span(1, 6, status=2, status_message="no needle"),
        make_span(1, 7, events=[make_event("hay"), make_event("needle lost")]),
        make_span(1, 8, events=[make_event("hay", attributes={"k": "needle"})]),
        make_span(1, 9, links=[make_link(5, 6, {"k": "needle"})]),
        make_span(1, 10, attributes={"k": "need", "le": b"needle"}, trace_state="needle=1"),
    )
    write_spans(make_span(1, 11), service="needle-shop")
    write_spans(make_span(1, 12), resource={"host.name": "needle"})
    write_spans(make_span(1, 13), scope={"needle": True})
    write_spans(make_span(1, 14), scope_name="lib.needle")
    write_spans(make_span(1, 15))

    assert find("nEEdle") == [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14]
    assert find("  needle here\t") == [1]
    assert find("missing") == []


def test_all_spans_of_a_resource_or_scope_are_found_and_no_others() -> None:
    write_spans(make_span(1, 1), make_span(1, 2), make_span(2, 3), resource={"host.name": "alpha"})
    write_spans(make_span(1, 4), make_span(1, 5), scope_version="9.8.7")

    assert find("alpha") == [1, 2]
    assert find("9.8.7") == [4, 5]
    assert find("alpha", trace=2) == [3]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("404", 404), ("0", 0), ("-3", -3), ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
        ("2.5", 2.5), ("5.0", 5.0), ("-0.0", -0.0), ("1E+300", 1e300), ("inf", float("inf")), ("-inf", -float("inf")),
        ("NaN", float("nan")), ("true", True), ("False", False),
    ],
)  # fmt: skip
def test_a_number_is_found_by_the_whole_of_its_text(text: str, value: Any) -> None:
    write_spans(
        make_span(1, 1, attributes={"k": value}),
        make_span(1, 2, attributes={"k": [7, {"inner": value}]}),
        make_span(1, 3, attributes={"k": 40_404}),
        make_span(1, 4, attributes={"k": 5}),
        make_span(1, 5, attributes={"k": 12.55}),
        scope_version="",
    )
    assert find(text) == [1, 2]


def test_an_id_is_found_by_six_digits_of_it() -> None:
    number, parent = 0x00F067AA0BA902B7, 0x5FB3D2E1C0FFEE42
    write_spans(make_span(1, number), make_span(1, 2, parent), make_span(1, 3, links=[make_link(0xABCDEF, 0x123456)]))

    assert find("f067aa0ba902b7") == find("067AA0") == find("67aa0b") == [number]
    assert find("067aa") == []
    assert find("c0ffee") == [2]
    assert find("abcdef") == find("123456") == [3]


def test_the_form_of_a_message_is_never_taken_for_text() -> None:
    """Attributes of a span begin with the byte J, its events with Z; a text of 113 bytes has the length q."""
    spans = make_span(1, 1, attributes={"k": "x" * 113}, events=[make_event()], links=[make_link(1, 1)], status=2)
    write_spans(spans, make_span(1, 2, attributes={"k": "xy", "l": 5}))
    for text in ("J", "Z", "q", "k\x12", "k\x12\x04\nxy", "\x01", "xyJ", "\x12\x02\x18\x05"):
        assert find(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("straße", "STRASSE 1"), ("STRAẞE", "straße"), ("ключ", "КЛЮЧ"), ("σ", "ΟΔΟΣ"), ("É", "café"),
        ("日本", "東日本"), ("İ", "x\u0130"), ("👍", "so 👍🏽"), ("\ufffd", "bad \ufffd"),
    ],
)  # fmt: skip
def test_letters_of_every_alphabet_are_found_in_either_case(text: str, value: str) -> None:
    write_spans(
        make_span(1, 1, attributes={"k": value}), make_span(1, 2, name=value), make_span(1, 3, attributes={"k": "e"})
    )
    assert find(text) == [1, 2]


def test_a_needle_of_ascii_finds_no_letter_that_only_unicode_folds_into_it() -> None:
    write_spans(make_span(1, 1, attributes={"v": "\N{KELVIN SIGN}"}), make_span(1, 2, attributes={"v": "K"}))
    assert find("k") == [2]


def test_text_that_is_not_utf_8_is_found_around_what_is_broken() -> None:
    request = make_request(make_span(1, 1, attributes={"k": "before?after"}, status=2, status_message="cut?"))
    request.resource_spans[0].scope_spans[0].spans[0].flags = 1
    raw = span_request(request)
    broken = raw.body.replace(b"before?after", b"before\xffafter").replace(b"cut?", b"cut\xc3")
    get_store().write([replace(raw, body=broken)])

    assert find("before") == find("AFTER") == find("cut") == find("before\ufffdafter") == find("cut\ufffd") == [1]
    assert find("before?after") == []


def test_of_a_key_that_repeats_every_value_counts() -> None:
    span = make_span(1, 1, attributes={"k": "first"})
    span.attributes.extend(key_values({"k": "second"}))
    write_spans(span)
    assert find("first") == find("second") == [1]


def test_only_the_spans_asked_about_are_found() -> None:
    write_spans(*(make_span(1, number, attributes={"k": "v"}) for number in range(1, 10)))
    spans = get_store().read_trace(DEFAULT_PROJECT, trace_id(1)).pick([7, 2, 5])
    assert get_store().find_mentions(DEFAULT_PROJECT, spans, parse_needle("V")) == [0, 1, 2]


def test_a_trace_in_many_blocks_and_partitions_is_read_to_its_end(settings: LazySettings) -> None:
    settings.PARTITION_MAX_SPANS = 10
    for number in range(1, 41):
        write_spans(make_span(1, number, attributes={"k": "even" if number % 2 == 0 else "odd"}))
    assert Partition.objects.count() > 2
    assert find("even") == list(range(2, 41, 2))


def test_finding_drives_no_block_out_of_memory() -> None:
    write_spans(make_span(1, 1, attributes={"k": "v"}))
    rows.forget_bodies()
    assert find("v") == [1]
    assert rows._read_body.cache_info().currsize == 0


def test_spans_that_are_gone_are_no_answer_without_them() -> None:
    write_spans(make_span(1, 1, attributes={"k": "v"}))
    spans = get_store().read_trace(DEFAULT_PROJECT, trace_id(1))
    reset_store()
    with pytest.raises(StoreUnavailable):
        get_store().find_mentions(DEFAULT_PROJECT, spans, parse_needle("v"))


def test_finding_ends_in_time(settings: LazySettings) -> None:
    write_spans(make_span(1, 1, attributes={"k": "v"}))
    spans = get_store().read_trace(DEFAULT_PROJECT, trace_id(1))
    settings.SEARCH_TIMEOUT_SECONDS = 0
    with pytest.raises(TooBusy, match="SEARCH_TIMEOUT_SECONDS"):
        get_store().find_mentions(DEFAULT_PROJECT, spans, parse_needle("v"))
