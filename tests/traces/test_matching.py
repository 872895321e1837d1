"""What a search means: the table that every store is held to."""

import math

import pytest

from traces.domain.attributes import AttributeValue
from traces.domain.errors import InvalidQuery
from traces.domain.matching import compare, matches
from traces.domain.query import And, Comparison, Condition, Expression, Intrinsic, Literal, Or, Place
from traces.domain.span import Event, Link, Resource, Scope, Span

SPAN = Span(
    trace_id=bytes(15) + b"\1",
    span_id=bytes(7) + b"\2",
    parent_span_id=bytes(7) + b"\3",
    trace_state="a=b",
    flags=0,
    name="GET\0/",
    kind=2,
    start_time_unix_nano=1_000,
    end_time_unix_nano=1_500,
    status_code=2,
    status_message="broken",
    attributes={"k": "span", "only.span": 1, "shared": 1},
    events=(
        Event(time_ns=1, name="first", attributes={"k": "event", "n": 1}),
        Event(time_ns=2, name="second", attributes={"n": 2, "shared": 2}),
    ),
    links=(Link(trace_id=b"\xab" * 16, span_id=b"\xcd" * 8, trace_state="", attributes={"k": "link"}),),
    resource=Resource(attributes={"k": "resource", "service.name": "raw"}),
    scope=Scope(name="lib", version="1.2", attributes={"k": "scope"}),
)


def condition(place: Place, key: str, comparison: str, value: Literal = None) -> Condition:
    return Condition(place=place, key=key, comparison=Comparison(comparison), value=value)


def is_found(expression: Expression) -> bool:
    return matches(SPAN, "shop", expression)


@pytest.mark.parametrize(
    ("found", "comparison", "wanted", "expected"),
    [
        # Text.
        ("a", "=", "a", True), ("a", "=", "A", False), ("a", "!=", "b", True), ("a", "!=", "a", False),
        ("a", "<", "b", True), ("b", ">=", "b", True), ("", "=", "", True), ("a", ">", "", True),
        # Numbers compare as numbers, whichever they are.
        (5, "=", 5, True), (5, "=", 5.0, True), (5.0, "=", 5, True), (5, "!=", 5.0, False), (5, "<", 5.5, True),
        (2**63 - 1, "=", 2**63 - 1, True), (2**63 - 1, "=", float(2**63), False), (-0.0, "=", 0, True),
        (math.inf, ">", 10**300, True), (math.nan, "=", 1.0, False), (math.nan, "<", 1.0, False),
        (math.nan, "!=", 1.0, True),
        # Nothing else compares across types.
        ("5", "=", 5, False), (5, "=", "5", False), ("5", "!=", 5, False), (5, "!=", "5", False), ("5", "<", 6, False),
        (True, "=", True, True), (True, "=", 1, False), (1, "=", True, False), (True, "!=", False, True),
        (True, "!=", 1, False), ("true", "=", True, False), (False, "<", True, True),
        (b"a", "=", "a", False), (b"a", "!=", "a", False), ({"a": 1}, "=", "a", False), ({"a": 1}, "!=", "a", False),
        (None, "=", "", False), (None, "!=", "x", False),
        # Regular expressions match the whole of a text.
        ("abc", "=~", "abc", True), ("abc", "=~", "b", False), ("abc", "=~", ".*b.*", True),
        ("a\nb", "=~", "a.b", True),
        ("abc", "!~", "b", True), ("abc", "!~", "abc", False), ("ABC", "=~", "(?i)abc", True), ("", "=~", "", True),
        (5, "=~", "5", False), (5, "!~", "6", False), (None, "!~", "a", False), (True, "=~", "true", False),
        # Has it.
        ("", "exists", None, True), (0, "exists", None, True), (False, "exists", None, True),
        ([], "exists", None, True), ({}, "exists", None, True), (b"", "exists", None, True),
        (None, "exists", None, False),
        # An array: one element for most, all for the negated.
        (["a", "b"], "=", "b", True), (["a", "b"], "=", "c", False), (["a", "b"], "!=", "c", True),
        (["a", "b"], "!=", "b", False), ([1, 5], ">", 4, True), ([1, 5], "<", 1, False), ([1, 5], ">=", 5, True),
        (["ab", "b"], "=~", "a.*", True), (["ab", "b"], "!~", "a.*", False), (["ab", "b"], "!~", "c.*", True),
        ([], "=", "a", False), ([], "!=", "a", False), ([], "!~", "a", False), (["a", 5], "!=", "b", False),
        (["a", 5], "=", 5, True), ([["a"], ["b"]], "=", "b", True), ([None], "!=", "a", False),
    ],
)  # fmt: skip
def test_a_comparison(found: AttributeValue, comparison: str, wanted: Literal, expected: bool) -> None:
    assert compare(found, condition(Place.SPAN, "k", comparison, wanted)) is expected


@pytest.mark.parametrize(
    ("place", "key", "value", "expected"),
    [
        (Place.SPAN, "k", "span", True), (Place.SPAN, "k", "event", False),
        (Place.RESOURCE, "k", "resource", True), (Place.RESOURCE, "k", "span", False),
        (Place.SCOPE, "k", "scope", True), (Place.SCOPE, "k", "span", False),
        (Place.EVENT, "k", "event", True), (Place.EVENT, "k", "span", False),
        (Place.LINK, "k", "link", True), (Place.LINK, "k", "span", False),
        (Place.ANY, "k", "span", True), (Place.ANY, "k", "event", True), (Place.ANY, "k", "link", True),
        (Place.ANY, "k", "resource", True), (Place.ANY, "k", "scope", True), (Place.ANY, "k", "nothing", False),
        (Place.RESOURCE, "service.name", "raw", True), (Place.RESOURCE, "service.name", "shop", False),
    ],
)  # fmt: skip
def test_a_condition_looks_where_it_is_told(place: Place, key: str, value: str, expected: bool) -> None:
    assert is_found(condition(place, key, "=", value)) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (condition(Place.SPAN, "nowhere", "!=", "x"), False),
        (condition(Place.SPAN, "nowhere", "!~", "x"), False),
        (condition(Place.SPAN, "nowhere", "exists"), False),
        (condition(Place.ANY, "n", "=", 2), True),
        (condition(Place.EVENT, "n", "!=", 1), True),
        (condition(Place.ANY, "shared", "!=", 1), True),
        (condition(Place.ANY, "k", "!=", "span"), True),
    ],
)
def test_one_event_or_place_is_enough(expression: Expression, expected: bool) -> None:
    assert is_found(expression) is expected


@pytest.mark.parametrize(
    ("intrinsic", "comparison", "value", "expected"),
    [
        (Intrinsic.SERVICE, "=", "shop", True), (Intrinsic.SERVICE, "=", "raw", False),
        (Intrinsic.NAME, "=", "GET\ufffd/", True), (Intrinsic.NAME, "=~", "GET.*", True),
        (Intrinsic.KIND, "=", 2, True), (Intrinsic.KIND, "=", "server", False),
        (Intrinsic.STATUS, "=", 2, True), (Intrinsic.STATUS_MESSAGE, "=~", "bro.*", True),
        (Intrinsic.DURATION, "=", 500, True), (Intrinsic.DURATION, ">=", 500, True),
        (Intrinsic.DURATION, ">", 500, False),
        (Intrinsic.SPAN_ID, "=", "0000000000000002", True), (Intrinsic.PARENT_SPAN_ID, "=", "0000000000000003", True),
        (Intrinsic.PARENT_SPAN_ID, "exists", None, True), (Intrinsic.TRACE_STATE, "=", "a=b", True),
        (Intrinsic.SCOPE_NAME, "=", "lib", True), (Intrinsic.SCOPE_VERSION, "=", "1.2", True),
        (Intrinsic.EVENT_NAME, "=", "second", True), (Intrinsic.EVENT_NAME, "!=", "first", True),
        (Intrinsic.EVENT_NAME, "=", "third", False), (Intrinsic.LINK_TRACE_ID, "=", "ab" * 16, True),
        (Intrinsic.LINK_SPAN_ID, "=", "cd" * 8, True), (Intrinsic.LINK_SPAN_ID, "=", "CD" * 8, False),
    ],
)  # fmt: skip
def test_what_every_span_has_can_be_asked_for(
    intrinsic: Intrinsic, comparison: str, value: Literal, expected: bool
) -> None:
    assert is_found(condition(Place.INTRINSIC, intrinsic, comparison, value)) is expected


YES = condition(Place.SPAN, "k", "exists")
NO = condition(Place.SPAN, "nowhere", "exists")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (And(), True), (Or(), False), (And((YES,)), True), (Or((NO,)), False), (And((YES, NO)), False),
        (Or((NO, YES)), True), (And((YES, Or((NO, And())))), True), (Or((And((YES, NO)), Or())), False),
    ],
)  # fmt: skip
def test_and_and_or(expression: Expression, expected: bool) -> None:
    assert is_found(expression) is expected


@pytest.mark.parametrize(
    ("comparison", "value", "message"),
    [
        ("=~", 5, "k: a regular expression is text."),
        ("=~", "(", "is not a regular expression"),
        ("=~", r"(a)\1", "is not a regular expression"),
        ("=~", "(?=a)", "is not a regular expression"),
        ("=~", "a" * 1_001, "A regular expression has at most 1,000 characters."),
        ("=", None, "k: “=” and its value do not go together."),
        ("exists", "x", "k: “exists” and its value do not go together."),
        ("=", math.nan, "k: nothing compares with NaN."),
    ],
)
def test_a_condition_without_meaning_is_refused(comparison: str, value: Literal, message: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        condition(Place.SPAN, "k", comparison, value)

    assert message in str(caught.value)


def test_no_expression_takes_the_server_down() -> None:
    """Python's own would need years."""
    assert compare("a" * 5_000 + "!", condition(Place.SPAN, "k", "=~", "(a+)+$")) is False
