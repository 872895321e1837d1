"""A whole trace as Zipkin answers it, and as one OTLP request: streamed, and nothing is lost on the way back."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from tests.builders import make_span, trace_id, write_spans
from tests.ingest.conftest import collector_behind as collector_behind
from traces.domain.span import Span
from traces.ingest.files.importing import import_file
from traces.portions import PORTION_SPANS
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

pytestmark = [pytest.mark.django_db, pytest.mark.any_engine]

TRACE, OTHER = 2**120 + 1, 2**120 + 2
ID = trace_id(TRACE).hex()
ZIPKIN, OTLP = f"/zipkin/api/v2/trace/{ID}?raw=true", f"/api/v1/traces/{ID}/otlp"


def read(answer: Any) -> bytes:
    assert (answer.status_code, answer["Content-Type"], answer.streaming) == (200, "application/json", True)
    return b"".join(answer)


def read_spans(trace: int) -> list[Span]:
    return get_store().read_spans(DEFAULT_PROJECT, get_store().read_trace(DEFAULT_PROJECT, trace_id(trace)))


def test_a_trace_of_several_portions_is_one_list(client: Client) -> None:
    write_spans(*(make_span(TRACE, number) for number in range(1, PORTION_SPANS + 3)))
    spans = json.loads(read(client.get(ZIPKIN)))
    assert [int(span["id"], 16) for span in spans] == list(range(1, PORTION_SPANS + 3))
    (group,) = {
        group["resource"]["attributes"][0]["key"] for group in json.loads(read(client.get(OTLP)))["resourceSpans"]
    }
    assert group == "service.name"


@pytest.mark.parametrize("address", [ZIPKIN, OTLP])
def test_what_was_downloaded_can_be_imported(address: str, client: Client, collector_behind: str) -> None:
    write_spans(make_span(TRACE, 1, name="GET /", attributes={"a": "b"}), make_span(TRACE, 2, 1, name="SELECT", kind=3))
    before = read_spans(TRACE)
    body = read(client.get(address)).replace(ID.encode(), trace_id(OTHER).hex().encode())
    assert import_file(BytesIO(body), "trace.json").spans_stored == 2
    after = read_spans(OTHER)
    assert [(span.name, span.kind, span.attributes, span.resource) for span in after] == [
        (span.name, span.kind, span.attributes, span.resource) for span in before
    ]


def test_what_goes_wrong_is_a_sentence_as_zipkin_says_it(client: Client) -> None:
    for address, status in ((f"/zipkin/api/v2/trace/{ID}", 404), ("/zipkin/api/v2/trace/nothex", 400)):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (status, "text/plain; charset=utf-8")
    answer = client.delete(ZIPKIN)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert client.get(f"/api/v1/traces/{ID}/otlp").json()["error"]["code"] == "not_found"


def test_a_span_that_came_twice_is_in_it_once(client: Client) -> None:
    write_spans(make_span(TRACE, 1))
    write_spans(make_span(TRACE, 1), make_span(2, 1))
    assert len(json.loads(read(client.get(ZIPKIN)))) == 1
