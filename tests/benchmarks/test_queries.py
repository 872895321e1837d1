"""The questions that benchmarks ask have the answers that they say."""

from itertools import islice
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from benchmarks import queries
from benchmarks.queries import KINDS, Question, make_questions
from benchmarks.spans import Generator
from traces.ingest.translate.otlp import translate_otlp
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, SpanRequest


@pytest.fixture
def questions(transactional_db: None) -> list[Question]:
    """Six of each kind about spans that are stored."""
    generator = Generator(seed=1, batch=256)
    for body in islice(generator.bodies(), 60):
        translated = translate_otlp(body.content)
        request = SpanRequest(
            project=DEFAULT_PROJECT,
            body=translated.body,
            span_count=translated.span_count,
            received_ns=generator.now_ns,
        )
        get_store().write([request])
    whole = [sample for sample in generator.samples if sample.last_body >= 0]
    return make_questions(whole, 6)


def test_tracing_ui_answers_every_question(questions: list[Question]) -> None:
    assert [question.kind for question in questions] == [*KINDS] * 6
    for question in questions:
        answer = Client().get(queries.ask_tracing_ui(question))
        assert answer.status_code == 200, answer.content
        assert question.is_answered_by(queries.read_tracing_ui(answer.content)), question


def test_jaeger_is_asked_the_same() -> None:
    question = Question(
        kind="slow",
        end_ns=1_750_000_001_000_000_000,
        service="cart",
        operation="GET /api",
        min_duration_ms=5,
        attributes={"http.response.status_code": 500},
    )
    address = urlsplit(queries.ask_jaeger(question))
    assert address.path == "/api/traces"
    assert dict(parse_qsl(address.query)) == {
        "start": "1750000000000000",
        "end": "1750000001000000",
        "limit": "20",
        "service": "cart",
        "operation": "GET /api",
        "minDuration": "5ms",
        "tags": '{"http.response.status_code": "500"}',
    }


def test_an_answer_that_cannot_be_right_is_recognised() -> None:
    exact, empty, some = (
        Question(kind="rare", must_find=("a",)),
        Question(kind="never", must_be_empty=True),
        Question(kind="last"),
    )
    assert Question(kind="slow", may_be_empty=True).is_answered_by([])
    answers: list[list[str]] = [["a"], [], ["b"], ["a", "b"]]
    assert [exact.is_answered_by(answer) for answer in answers] == [True, False, False, False]
    assert [empty.is_answered_by(answer) for answer in answers] == [False, True, False, False]
    assert [some.is_answered_by(answer) for answer in answers] == [True, False, True, True]
    assert not some.is_answered_by(["a"] * 21)
