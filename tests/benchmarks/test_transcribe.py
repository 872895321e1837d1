"""The same spans in every format that benchmarks send."""

from itertools import islice

from benchmarks.spans import Generator
from benchmarks.transcribe import to_json, to_zipkin
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.otlp_json import translate_otlp_json


def test_json_and_protobuf_carry_the_same_spans() -> None:
    for body in islice(Generator(seed=1, batch=100).bodies(), 20):
        assert translate_otlp_json(to_json(body.content)).body == translate_otlp(body.content).body


def test_zipkin_gets_as_many_spans() -> None:
    for body in islice(Generator(seed=1, batch=100).bodies(), 5):
        assert count_entries(to_zipkin(body.content)) == body.span_count


def count_entries(body: bytes) -> int:
    """The entries of `repeated Span spans = 1`, and that nothing else is there."""
    position = count = 0
    while position < len(body):
        assert body[position] == 0x0A
        length = shift = 0
        while True:
            position += 1
            length |= (body[position] & 0x7F) << shift
            shift += 7
            if body[position] < 0x80:
                break
        position += 1 + length
        count += 1
    assert position == len(body)
    return count
