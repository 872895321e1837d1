"""What of the language is evaluated, and how the rest is named."""

import pytest

from tests.traces.traceql.understood import UNDERSTOOD
from traces.domain.traceql.errors import NotEvaluatedYet
from traces.domain.traceql.parser import parse
from traces.domain.traceql.serving import find_first_unserved, get_filter


@pytest.mark.parametrize(("level", "query"), [(level, query) for level, query, _, _ in UNDERSTOOD])
def test_one_filter_is_evaluated_and_nothing_else(level: int, query: str) -> None:
    # Hints only say how: what is found is the same.
    assert (find_first_unserved(parse(query)) is None) == (level == 1 or ("with" in query and "|" not in query))


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("{ .a } >> { .b } | count() > 2", '">>"'),
        ("{ .a } && { .b } > { .c }", '"&&"'),
        ("{ .a } | { .b }", '"|"'),
        ("{ } | by(name) | count() > 2", "by()"),
        ("count() > 2", "count()"),
        ("{ } | select(name) | coalesce()", "select()"),
        ("{ } | coalesce() | select(name)", "coalesce()"),
        ("{ } | rate() | topk(5)", "rate()"),
        ("{ } | max(duration) > 1s | rate()", "max()"),
        ("{ } | compare({ .a })", "compare()"),
        ("2 * ({ } | rate())", '"*"'),
    ],
)
def test_what_is_not_evaluated_yet_is_named(query: str, name: str) -> None:
    with pytest.raises(NotEvaluatedYet) as refusal:
        get_filter(parse(query))
    assert refusal.value.node == name
    assert str(refusal.value) == f"TraceQL's {name} is understood but not evaluated yet."


def test_the_filter_of_a_query_is_what_is_searched_for() -> None:
    query = parse("({ status = error }) with (most_recent=true)")
    assert get_filter(query) == query.body
