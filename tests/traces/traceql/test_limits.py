"""A query cannot be so large, so deep or so strange that reading it harms the server."""

import pytest

from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.parser import parse
from traces.domain.traceql.query_printing import print_query

DEEP = "This is nested more than 64 levels deep."
MANY = "A query has at most 256 conditions and stages."


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (" " * 8_193, "A query has at most 8,192 characters."),
        ("{ " + "(" * 65 + ".a" + ")" * 65 + " }", DEEP),
        ("{ " + "!" * 63 + ".a }", DEEP),
        ("{ }" + " > ({ }" * 32 + ")" * 32, DEEP),
        ("{ " + "-" * 4_000, DEEP),
        ("{ " + "(" * 8_000, DEEP),
        ("{ " + "1 + " * 64 + "1 = 1 }", DEEP),
        ("{ " + "1 ^ " * 2_000 + "1 = 1 }", DEEP),
        ("{ " + ".a && .b || " * 32 + ".c }", DEEP),
        ("{ " + ".a = " * 64 + ".a }", MANY),
        ("(" * 8_000, DEEP),
        ("-" * 8_000, DEEP),
        ("1 ^ " * 2_000, DEEP),
        ("{ }" + " > { }" * 32, DEEP),
        ("{ } | rate()" + " > 1" * 256, MANY),
        ("{ } | rate()" + " | topk(1)" * 256, MANY),
        ("({ } | rate())" + " + 1" * 32, DEEP),
        ("{ }" + " | { }" * 256, MANY),
        ("{ .a" + " && .a" * 256 + " }", MANY),
        ("{ " + " && ".join(['.a =~ "x"'] * 33) + " }", "A query has at most 32 regular expressions."),
        ('{ name =~ "' + "x" * 1_001 + '" }', "A regular expression has at most 1,000 characters."),
        ('{ name =~ "((a{100}){100}){100}" }', None),
        ("{ .a = " + "9" * 8_000 + " }", "Whole numbers end at 9223372036854775807."),
        ("{ .a = 9223372036854775808 }", "Whole numbers end at 9223372036854775807."),
        ("{ .a = 1e999 }", '"1e999" is too large a number.'),
        ("{ duration > 293y }", "A duration is shorter than 292 years."),
        ("{ duration > " + "9" * 4_000 + "s }", "A duration is shorter than 292 years."),
        ('{ .a = "\ud800" }', "This is half a character."),
        ("{ " + "a" * 8_000 + " = 1 }", None),
    ],
)
def test_what_is_too_much_is_refused(query: str, sentence: str | None) -> None:
    with pytest.raises(TraceQLError) as refusal:
        parse(query)
    assert sentence is None or refusal.value.sentence == sentence
    assert 0 <= refusal.value.at <= len(query)
    assert len(str(refusal.value)) < 700


@pytest.mark.parametrize(
    "query",
    [
        "{ " + "(" * 64 + ".a" + ")" * 64 + " }",
        "{ " + "!" * 62 + ".a }",
        "{ " + "1 + " * 60 + "1 = 1 }",
        "{ " + ".a && .b || " * 31 + ".c }",
        "{ }" + " > { }" * 31,
        "({ } | rate())" + " + 1" * 30,
        "(" * 32 + "{ } | rate()" + ")" * 32,
        "{ }" + " > ({ }" * 31 + ")" * 31,
        "{ .a" + " && .a" * 254 + " }",
        "{ " + " && ".join(['.a =~ "x"'] * 32) + " }",
        "{ duration > 292y }",
        "{ .a = -9223372036854775807 }",
        "{ name = `" + "x" * 8_000 + "` }",
    ],
)
def test_what_is_just_not_too_much_is_read_printed_and_compared(query: str) -> None:
    tree = parse(query)
    assert parse(print_query(tree)) == tree
    assert hash(parse(print_query(tree))) == hash(tree)
