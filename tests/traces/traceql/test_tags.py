"""Tempo's search by tags becomes a filter."""

import pytest

from traces.domain.errors import InvalidQuery
from traces.domain.traceql.parser import parse
from traces.domain.traceql.printing import print_filter
from traces.domain.traceql.tags import from_tags, parse_tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", {}),
        (" \t", {}),
        ("a=b", {"a": "b"}),
        (" a=b  c=d ", {"a": "b", "c": "d"}),
        ('a="b c" d="say \\"x\\"\\n\\\\"', {"a": "b c", "d": 'say "x"\n\\'}),
        ("a b= c", {"a": "", "b": "", "c": ""}),
        ("url=/a?b=c", {"url": "/a?b=c"}),
        ("a=1 a=2", {"a": "2"}),
        ("é.k=🙂", {"é.k": "🙂"}),
    ],
)
def test_tags_are_logfmt(text: str, tags: dict[str, str]) -> None:
    assert parse_tags(text) == tags


@pytest.mark.parametrize(
    "text", ["=b", 'a="b', 'a="b"c', '"a"=b', 'a=b "', "a=b " * 3_000, " ".join(f"k{i}=v" for i in range(65))]
)
def test_what_is_no_logfmt_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery) as refusal:
        from_tags(text)
    assert refusal.value.field == "tags"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("service.name=shop", 'resource.service.name =~ "(?i).*shop.*"'),
        ('name="GET /a"', 'name =~ "(?i).*GET /a.*"'),
        ("root.name=a", 'rootName =~ "(?i).*a.*"'),
        ("root.service.name=a", 'rootServiceName =~ "(?i).*a.*"'),
        ("http.status_code=500", '.http.status_code = 500 || .http.status_code =~ "(?i).*500.*"'),
        ("n=-1.5", r".n = -1.5 || .n =~ `(?i).*-1\.5.*`"),
        ("hit=true", '.hit = true || .hit =~ "(?i).*true.*"'),
        ("took=5s", '.took =~ "(?i).*5s.*"'),
        ("error=true", 'status = error || .error = true || .error =~ "(?i).*true.*"'),
        ("error=timeout", '.error =~ "(?i).*timeout.*"'),
        ("status.code=error", "status = error"),
        ("status=Unset", "status = unset"),
        ("status=200", '.status = 200 || .status =~ "(?i).*200.*"'),
        ("span.kind=SERVER", "kind = server"),
        ("user", ".user != nil"),
        ("name=", 'name =~ ".*"'),
        ("q=a|(b)*", r".q =~ `(?i).*a\|\(b\)\*.*`"),
        ("a=x b=y", '.a =~ "(?i).*x.*" && .b =~ "(?i).*y.*"'),
    ],
)
def test_a_tag_is_found_wherever_it_stands(text: str, condition: str) -> None:
    tree = from_tags(text)
    assert print_filter(tree) == f"{{ {condition} }}"
    assert parse(print_filter(tree)).body == tree


def test_durations_are_those_of_the_trace() -> None:
    assert print_filter(from_tags("")) == "{ }"
    assert print_filter(from_tags("", 1_000_000)) == "{ traceDuration >= 1ms }"
    both = from_tags("user", 1_000_000, 2_000_000_000)
    assert print_filter(both) == "{ .user != nil && traceDuration >= 1ms && traceDuration <= 2s }"


def test_a_value_too_long_for_a_pattern_is_compared_whole() -> None:
    assert print_filter(from_tags("k=" + "x" * 1_000)) == '{ .k = "' + "x" * 1_000 + '" }'
