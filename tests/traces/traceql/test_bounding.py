"""What a store is asked for on behalf of a filter."""

import pytest

from tests.builders import NOW_NS, SECOND
from traces.domain.query import MAX_CONDITIONS, And, Condition, Expression, InTraces, IsRoot, Or, Window, conditions
from traces.domain.traceql.bounding import bound_filter
from traces.domain.traceql.judging import make_judge
from traces.domain.traceql.parser import parse
from traces.domain.traceql.serving import get_filter
from traces.domain.traceql.tree import Filter
from traces.traceql_search import make_query

WINDOW = Window(start_ns=NOW_NS - 900 * SECOND, end_ns=NOW_NS)


def read(text: str) -> Filter:
    return get_filter(parse(text))


def write(where: Expression) -> str:
    match where:
        case Condition():
            value = "" if where.value is None else f" {where.value!r}"
            return f"{where.place}:{where.key} {where.comparison}{value}"
        case And(parts) | Or(parts):
            word = "and" if isinstance(where, And) else "or"
            return f"{word}({', '.join(map(write, parts))})"
        case IsRoot():
            return "root"
        case InTraces(trace_ids):
            return f"in {' '.join(each.hex() for each in trace_ids)}"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{ }", "and()"),
        ('{ resource.service.name = "web" }', "intrinsic:service = 'web'"),
        ('{ "web" = resource.service.name }', "intrinsic:service = 'web'"),
        ("{ kind = server && status != error }", "and(intrinsic:kind = 2, intrinsic:status != 2)"),
        ("{ 500ms < duration }", "intrinsic:duration > 500000000"),
        ("{ span.n > 10 * 1024 }", "span:n > 10240"),
        ('{ span.a =~ "x.*" || resource.b != "y" }', "or(span:a =~ 'x.*', resource:b != 'y')"),
        ("{ .a != nil }", "or(span:a exists, resource:a exists)"),
        ('{ event:name = "e" }', "intrinsic:event_name = 'e'"),
        ("{ nestedSetParent < 0 }", "root"),
        ("{ nestedSetParent < -5 }", "or()"),
        ("{ nestedSetParent = -1 && status = error }", "and(root, intrinsic:status = 2)"),
        ('{ trace:id = "ab" }', f"in {'0' * 30}ab"),
        ("{ !(status = error || duration >= 1s) }", "and(intrinsic:status != 2, intrinsic:duration < 1000000000)"),
        ("{ !(span.a = nil) }", "span:a exists"),
        ('{ rootName = "x" && name = "y" }', "and(and(), intrinsic:name = 'y')"),
        ("{ span.a = 1 / 0 }", "or()"),
    ],
)
def test_what_the_store_knows_is_asked_for_and_nothing_is_decoded(text: str, where: str) -> None:
    bound = bound_filter(read(text))

    assert (write(bound.where), bound.is_equal) == (where, True)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{ .a = "x" }', "or(span:a = 'x', resource:a = 'x')"),
        ("{ span.flag }", "span:flag = True"),
        ('{ event:name = "e" && event.k = 5 }', "and(intrinsic:event_name = 'e', event:k = 5)"),
    ],
)
def test_what_is_nearly_decided_is_judged_late(text: str, where: str) -> None:
    bound = bound_filter(read(text))

    assert (write(bound.where), bound.is_equal, bound.is_usual) == (where, False, True)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{ !(span.a = "x") }', "and()"),
        ("{ span.a = nil }", "and()"),
        ('{ span.a = "x" || span.b = nil }', "or(span:a = 'x', and())"),
        ('{ span.a = "x" && !(span.b = 1) }', "and(span:a = 'x', and())"),
        ("{ span.a < span.b }", "and(span:a exists, span:b exists)"),
        ("{ span.a * 2 > 3 }", "and(span:a exists)"),
        ('{ !(event:name = "e") }', "and()"),
        ("{ nestedSetParent = 5 }", "and()"),
        ("{ !(nestedSetRight <= event.b) }", "and()"),
        ("{ !(traceDuration > 1 / 0) }", "and()"),
    ],
)
def test_what_is_not_known_lets_everything_through(text: str, where: str) -> None:
    bound = bound_filter(read(text))

    assert (write(bound.where), bound.is_equal, bound.is_usual) == (where, False, False)


def test_a_filter_of_any_size_is_asked_in_as_many_conditions_as_a_search_takes() -> None:
    text = "{ " + " && ".join(f'.k{number} = "v"' for number in range(100)) + " }"

    bound = bound_filter(read(text))

    assert sum(1 for _ in conditions(bound.where)) == MAX_CONDITIONS
    assert not bound.is_equal
    assert bound_filter(read(text.replace("&&", "||"))).where == And()


@pytest.mark.parametrize(
    ("text", "is_judged", "is_judged_as_trace"),
    [
        ("{ nestedSetParent < 0 && duration > 1s }", False, False),
        ('{ span.http.route = "/cart" && kind = server }', False, False),
        ('{ .http.route = "/cart" }', True, False),
        ('{ rootServiceName = "web" && traceDuration > 3s }', False, True),
        ("{ traceDuration > 3s && .a = 1 }", True, True),
    ],
)
def test_the_store_judges_only_where_it_must(text: str, is_judged: bool, is_judged_as_trace: bool) -> None:
    query = make_query(read(text), make_judge(read(text)), WINDOW, 20)

    assert (query.judge is not None, query.judge_trace is not None) == (is_judged, is_judged_as_trace)
