"""docs/traceql.md says what the parser does."""

import re
from pathlib import Path

import pytest

from traces.domain.traceql.errors import TraceQLError
from traces.domain.traceql.parser import parse
from traces.domain.traceql.printing import print_condition
from traces.domain.traceql.tags import from_tags
from traces.domain.traceql.tree import Filter

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "traceql.md").read_text().replace("\\|", "|")
FILTERS, REFUSED, TAGS = re.split(r"## What is refused|## Tempo's search by tags", PAGE)
EXAMPLES = [code for code in re.findall(r"`(\{.+?\})`", FILTERS) if "…" not in code]
MESSAGES = re.findall(r"^(\{.*?\}) +(Character .*)$", REFUSED, re.MULTILINE)
SENT = re.findall(r"^\| `(\w\S+=\w+)` \| `(.+)` \|$", TAGS, re.MULTILINE)


@pytest.mark.parametrize("query", EXAMPLES)
def test_an_example_is_understood(query: str) -> None:
    assert isinstance(parse(query).body, Filter)


@pytest.mark.parametrize(("query", "message"), MESSAGES)
def test_an_error_is_what_is_told(query: str, message: str) -> None:
    with pytest.raises(TraceQLError) as refusal:
        parse(query)
    assert str(refusal.value) == message


@pytest.mark.parametrize(("tag", "condition"), SENT)
def test_a_tag_becomes_what_is_told(tag: str, condition: str) -> None:
    parsed = from_tags(tag).condition
    assert parsed
    assert print_condition(parsed) == condition


def test_there_are_examples() -> None:
    assert (len(EXAMPLES), len(MESSAGES), len(SENT)) == (6, 2, 3)
