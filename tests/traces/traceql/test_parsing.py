"""What a query is parsed to, and that any text is either a query or refused with a sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.traces.traceql.outline_of_tree import outline
from tests.traces.traceql.refused import REFUSED
from tests.traces.traceql.refused_conditions import REFUSED_CONDITIONS
from tests.traces.traceql.refused_stages import REFUSED_STAGES
from tests.traces.traceql.traps import TRAPS
from tests.traces.traceql.understood import UNDERSTOOD
from traces.domain.errors import InvalidQuery
from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.parser import parse
from traces.domain.traceql.query_printing import print_query
from traces.domain.traceql.query_tree import AggregateTest, GroupBy, Pipeline, Relation
from traces.domain.traceql.tree import All, Compare, Filter, Not

TREES = [(query, tree) for _, query, tree, _ in UNDERSTOOD] + [(query, tree) for query, tree, _ in TRAPS]
ALL_REFUSED = [*REFUSED, *REFUSED_CONDITIONS, *REFUSED_STAGES]
SIGNS = "{ } ( ) { } && || | ! > >> < << ~ !> &>> = != =~ !~ <= - + * / % ^ , == AND ; & \" ` ' [ // /* */ \\ é 🙂 \0"
WORDS = (
    ".a span.b name duration status error server nil true 1 1.5 100ms 1d 5x parent.x trace:id http.route with foo by"
)
STAGES = (
    "count() avg(duration) by(name) coalesce() rate() topk(3) compare({.a}) with(a=1) select(name) max_over_time(.a)"
)
PIECES = [*SIGNS.split(" "), *WORDS.split(" "), *STAGES.split(" "), 'span."x y"', '"x"', "`y`", "9" * 30, "\n"]


@pytest.mark.parametrize(("query", "tree"), TREES)
def test_a_query_is_a_tree(query: str, tree: str) -> None:
    assert outline(parse(query)) == tree


@pytest.mark.parametrize(("query", "at", "sentence", "suggestion"), ALL_REFUSED)
def test_what_is_refused_is_told_where_and_why(query: str, at: int, sentence: str, suggestion: str) -> None:
    with pytest.raises(TraceQLError) as refusal:
        parse(query)
    problem = refusal.value
    assert (problem.sentence, problem.at, problem.suggestion) == (sentence, at, suggestion)


def test_the_message_says_everything_in_one_line() -> None:
    with pytest.raises(InvalidQuery) as refusal:
        parse("{ name == 'a' }")
    assert str(refusal.value) == 'Character 8: "==" is not an operator. Try: ='
    assert refusal.value.field == "q"


def test_nodes_know_where_they_stand_in_the_text() -> None:
    text = '{ .a = 1 && !(.b = "x") } >> { } | count() > 2 | by(name)'
    body = parse(text).body
    assert isinstance(body, Pipeline)
    relation, test, group = body.stages
    assert isinstance(relation, Relation)
    left = relation.left
    assert isinstance(left, Filter)
    assert isinstance(left.condition, All)
    first, second = left.condition.parts
    assert isinstance(first, Compare)
    assert isinstance(second, Not)
    assert isinstance(test, AggregateTest)
    assert isinstance(group, GroupBy)
    assert (relation.at, left.at, relation.right.at) == (0, 0, text.index("{ }"))
    assert (first.at, first.right.at, second.at) == (2, text.index("1"), text.index("!"))
    assert second.part.at == text.index(".b")
    assert (test.at, group.at, group.operand.at) == (text.index("count"), text.index("by"), text.index("name"))


def test_a_text_cut_anywhere_is_a_query_or_refused() -> None:
    for query, _ in TREES:
        for end in range(len(query)):
            check_any_text(query[:end])


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["", " "]))
def test_any_order_of_tokens_is_a_query_or_refused(pieces: list[str], space: str) -> None:
    check_any_text(space.join(pieces))
    check_any_text(f"{{ {space.join(pieces)} }}")


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(TREES), st.integers(0, 60), st.integers(0, 3), st.sampled_from(PIECES))
def test_any_slip_in_a_query_is_a_query_or_refused(tree: tuple[str, str], at: int, removed: int, added: str) -> None:
    query, _ = tree
    check_any_text(query[:at] + added + query[at + removed :])


@settings(max_examples=40, deadline=None)
@given(st.text("{}()\"'`\\|&!=<>~.:,-+*/%^ \n\t\0ab019é🙂٣\ud800", max_size=30))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    check_any_text(text)
    check_any_text(f"{{ {text} }}")


def check_any_text(text: str) -> None:
    problem = find_problem(text)
    if problem:
        assert 0 <= problem.at <= len(text)
        assert problem.sentence[-1] in ".?"
    else:
        assert parse(print_query(parse(text))) == parse(text)


def find_problem(text: str) -> TraceQLError | None:
    try:
        parse(text)
    except TraceQLError as problem:
        return problem
    return None
