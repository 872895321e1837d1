"""What a filter surely asks for while somebody is still writing it, and fields by their names."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.parser import parse
from traces.domain.traceql.tree import Attribute, Field, Filter, Intrinsic, Scope
from traces.domain.traceql.unfinished import find_complete, parse_field


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", "{}"),
        ("{}", "{}"),
        ("{ .a = 1 }", "{ .a = 1 }"),
        ("{ .a = 1 || .b = 2 && .c = 3 }", "{ .a = 1 || .b = 2 && .c = 3 }"),
        ("{ .a = }", "{}"),
        ("{ .a = 1 && .b = }", "{ .a = 1 }"),
        ("{ .a = 1 && .b = && name = `x` }", "{ .a = 1 && name = `x` }"),
        ("{ .a = 1 && .b =", "{ .a = 1 }"),
        ('{ .a = 1 && .b = "half', "{ .a = 1 }"),
        ('{ .a = 1 && .b = "&& .c = 2', "{ .a = 1 }"),
        ("{ .a = 1 && ", "{ .a = 1 }"),
        ("{ .a = 1 // half", "{ .a = 1 }"),
        ("{ .a = 1 && (.b = 2 || .c = 3) && .d }", "{ .a = 1 && (.b = 2 || .c = 3) && .d }"),
        ("{ (.b = 2 || .c = 3) && .d = }", "{ .b = 2 || .c = 3 }"),
        ("{ .a = 1 && (.b = 2 && .c", "{ .a = 1 }"),
        # (… && unknown) || b is not a
        ("{ .a = 1 && .b = || .c = 2 }", "{}"),
        ("{ .a = 1 && .b = || .c = 2 && .d = 3 }", "{ .d = 3 }"),
        ("{ .a = 1 || .b = 2 && .c = }", "{ .a = 1 || .b = 2 }"),
        ("{ .a = 1 && .b = 2 || .c = 3 && .d = }", "{}"),
        # several filters, and what is no query
        ("{ .a = 1 } && { .b = 2 }", "{}"),
        (".a = 1", "{}"),
        ("rate", "{}"),
        ("{ .a = 1 && .b = 2 " + "&& .c = 3 " * 2_000, "{}"),
    ],
)
def test_only_what_is_complete_counts(text: str, asked: str) -> None:
    body = parse(asked).body
    assert isinstance(body, Filter)
    assert find_complete(text) == body.condition


@given(st.text(alphabet='{}()&|=!~"`\\/* .a1', max_size=40))
@hypothesis_settings(max_examples=60)
def test_any_text_is_borne(text: str) -> None:
    find_complete(text)
    find_complete("{" + text)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (".cluster", Attribute(Scope.ANY, "cluster")),
        ("span.http.route", Attribute(Scope.SPAN, "http.route")),
        ('resource."a b"', Attribute(Scope.RESOURCE, "a b")),
        ("event.exception.type", Attribute(Scope.EVENT, "exception.type")),
        ("instrumentation.x", Attribute(Scope.INSTRUMENTATION, "x")),
        ("name", Intrinsic(Field.NAME)),
        ("trace:rootService", Intrinsic(Field.ROOT_SERVICE_NAME)),
    ],
)
def test_a_field_has_the_name_that_filters_have(text: str, field: Attribute | Intrinsic) -> None:
    assert parse_field(text) == field


@pytest.mark.parametrize("text", ["", "cluster", "service.name", '"name"', "name = 1", ".a .b", "{}", "\ud800", "1"])
def test_anything_else_is_no_field(text: str) -> None:
    with pytest.raises(TraceQLError):
        parse_field(text)
