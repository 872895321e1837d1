"""The examples in docs/api.md are what the server takes and answers."""

import json
import re
import shlex

import pytest

from tests.api.conftest import Ask, write_json
from tests.api.test_schema_and_docs import DOCS

pytestmark = pytest.mark.django_db(transaction=True)


def example(heading: str, language: str = "json") -> str:
    """The first block of code in a language below a heading."""
    section = DOCS[DOCS.index(f"### {heading}") :]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found
    return found.group(1)


def sent_by(command: str) -> list[str]:
    """What curl sends with -d and --data-urlencode."""
    words = shlex.split(command)
    return [words[index + 1] for index, word in enumerate(words) if word in ("-d", "--data-urlencode")]


@pytest.fixture(autouse=True)
def _sent() -> None:
    (request,) = sent_by(example("OTLP/HTTP", "sh"))
    write_json(request)


def test_the_span_sent_in_the_docs_is_found_as_they_say(ask: Ask) -> None:
    parameters = dict(word.split("=", 1) for word in sent_by(example("`GET traces`", "sh")))
    assert ask("traces", **parameters) == json.loads(example("`GET traces`"))


def test_the_span_sent_in_the_docs_is_read_as_they_say(ask: Ask) -> None:
    promised = json.loads(example("`GET traces/<trace_id>`"))
    assert ask(f"traces/{promised['trace_id']}") == promised


def test_the_search_posted_in_the_docs_can_be_run(ask: Ask) -> None:
    assert ask("traces/search", body=json.loads(example("`POST traces/search`")))["is_complete"] is True


def test_the_short_answers_in_the_docs_have_the_right_shape(ask: Ask) -> None:
    for path, parameters in {
        "services": {},
        "operations": {},
        "attributes": {"prefix": "http."},
        "attributes/values": {"key": "http.route"},
    }.items():
        section = DOCS[DOCS.index(f"### `GET {path}`") :]
        promised = re.search(r"`(\{.*?\]\})`", section)
        assert promised
        answer = json.dumps(ask(path, **parameters))
        assert re.sub(r'"count": \d+', "", answer) == re.sub(r'"count": \d+', "", promised.group(1))
