"""A tree that is printed and parsed is the same tree."""

import pytest
from hypothesis import given, settings

from tests.traces.traceql.trees import FILTERS, QUERIES
from tests.traces.traceql.understood import UNDERSTOOD
from traces.domain.traceql.parser import parse
from traces.domain.traceql.printing import print_filter
from traces.domain.traceql.query_printing import print_query
from traces.domain.traceql.query_tree import Query
from traces.domain.traceql.tree import Filter


@pytest.mark.parametrize(("query", "canonical"), [(query, canonical) for _, query, _, canonical in UNDERSTOOD])
def test_a_query_has_one_canonical_form(query: str, canonical: str) -> None:
    expected = canonical or query
    assert print_query(parse(query)) == expected
    assert print_query(parse(expected)) == expected


@settings(max_examples=60, deadline=None)
@given(tree=FILTERS)
def test_any_filter_is_read_back_as_it_was_printed(tree: Filter) -> None:
    text = print_filter(tree)
    assert parse(text) == Query(tree)


@settings(max_examples=80, deadline=None)
@given(tree=QUERIES)
def test_any_query_is_read_back_as_it_was_printed(tree: Query) -> None:
    text = print_query(tree)
    assert parse(text) == tree
    assert print_query(parse(text)) == text
