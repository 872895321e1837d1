"""Bodies within the limit that would take gigabytes once parsed: refused soon, and in little memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import make_event, make_span, span_id, trace_id
from tests.ingest.raw import field, request_of
from traces.domain.errors import PayloadRejected
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.otlp_json import translate_otlp_json

REPOSITORY = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024
HOSTILE = {
    "empty resources": 'b"\\x0a\\x00" * (32 * MIB)',
    "empty spans": 'field(1, field(2, b"\\x12\\x00" * (20 * MIB)))',
    "empty attributes": 'field(1, field(2, field(2, b"\\x4a\\x00" * (30 * MIB))))',
    "values of an array": 'field(1, field(2, field(2, field(9, field(2, field(5, b"\\x0a\\x00" * (30 * MIB)))))))',
    "after a broken span": 'field(1, field(2, b"\\x12\\x01\\xff" + b"\\x12\\x00" * (20 * MIB)))',
    "objects": 'b\'{"resourceSpans":[\' + b"{}," * (21 * MIB) + b"{}]}"',
    "lists": 'b\'{"resourceSpans":[\' + b"[]," * (21 * MIB) + b"[]]}"',
    "numbers": 'b\'{"resourceSpans":[\' + b"1.5," * (15 * MIB) + b"1]}"',
    "data points": 'field(1, field(2, field(2, field(5, b"\\x0a\\x00" * (30 * MIB)))))',
}
# What a process does with one body: its answer, the seconds it took, and the most memory the process ever had.
CHILD = """
import json, os, resource, sys, time
from tests.ingest.raw import field
MIB = 1024 * 1024
body = {body}
os.environ["DJANGO_SETTINGS_MODULE"] = "tracing_ui.settings"
import django
django.setup()
from traces.domain.errors import PayloadRejected
from traces.ingest.export import count_items
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.otlp_json import translate_otlp_json
started = time.monotonic()
try:
    {call}
    answer = "accepted"
except PayloadRejected as problem:
    answer = str(problem)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([answer, time.monotonic() - started, len(body), peak]))
"""
CALLS = {
    "objects": "translate_otlp_json(body)",
    "lists": "translate_otlp_json(body)",
    "numbers": "translate_otlp_json(body)",
    "data points": 'count_items("metrics", body, is_json=False)',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_body_that_would_fill_the_memory_is_refused(name: str) -> None:
    script = CHILD.format(body=HOSTILE[name], call=CALLS.get(name, "translate_otlp(body)"))
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=True
    )

    answer, seconds, size, peak = json.loads(ran.stdout)
    assert answer.startswith(
        (
            "A request may hold 4,000,000 entries in all its lists",
            "A request may hold 3,000,000 objects and lists; ",
            "A request may hold 6,000,000 values with commas between; ",
        )
    )
    assert size > 39 * MIB
    assert seconds < 30
    # The body a few times, while it is made, and the interpreter.
    assert peak < 500 * MIB


ANSWER_OF = """
answers = []
def answer_of(call):
    try:
        call()
    except PayloadRejected as problem:
        return str(problem)
    return "accepted"
"""
# Few bytes, or few brackets, and yet a lot to build: what becomes of them.
DENSE = {
    "empty resources in JSON": (
        'translate_otlp_json(b\'{"resourceSpans":[\' + b"{}," * 2_900_000 + b"{}]}")',
        "A request may hold 262,144 resources and scopes; this one holds more.",
    ),
    "empty scopes in JSON": (
        'translate_otlp_json(b\'{"resourceSpans":[{"scopeSpans":[\' + b"{}," * 2_900_000 + b"{}]}]}")',
        "A request may hold 262,144 resources and scopes; this one holds more.",
    ),
    "empty spans in JSON": (
        'translate_otlp_json(b\'{"resourceSpans":[{"scopeSpans":[{"spans":[\' + b"{}," * 2_900_000 + b"{}]}]}]}")',
        "A request may hold 1,048,576 spans; this one holds 2,900,001.",
    ),
    "a span of empty attributes in JSON": (
        'translate_otlp_json(b\'{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[\''
        ' + b"{}," * 2_900_000 + b"{}]}]}]}]}")',
        "accepted",
    ),
    "a resource of numbers in JSON": (
        'translate_otlp_json(b\'{"resourceSpans":[{"resource":{"x":[\' + b"1.5," * 5_900_000 + b"1]}}]}")',
        "The body is not an OTLP request in JSON: one span or resource may hold 1,500,000 values with commas between.",
    ),
    "half surrogate pairs": (
        'translate_otlp_json(b\'{"x":"\' + rb"\\ud800" * (5 * MIB) + b\'"}\')',
        "The body is not JSON, or holds text that is not Unicode, which is mended only in 16,777,216 bytes at most.",
    ),
    "empty resources": (
        'translate_otlp(b"\\x0a\\x00" * 3_900_000)',
        "A request may hold 262,144 resources and scopes; this one holds more.",
    ),
    "empty scopes": (
        'translate_otlp(field(1, b"\\x12\\x00" * 3_900_000))',
        "A request may hold 262,144 resources and scopes; this one holds more.",
    ),
}


def test_dense_bodies_take_little_memory() -> None:
    """A fraction of what they took when the whole of them became objects: one process reads them all."""
    calls = "\n    ".join(f"answers.append(answer_of(lambda: {call}))" for call, _ in DENSE.values())
    script = CHILD.format(body="b''", call=f"{calls}\n    raise PayloadRejected(json.dumps(answers))").replace(
        "started = ", ANSWER_OF + "started = "
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=True
    )

    answers, _, _, peak = json.loads(ran.stdout)
    assert dict(zip(DENSE, json.loads(answers), strict=True)) == {name: answer for name, (_, answer) in DENSE.items()}
    assert peak < 450 * MIB


def test_a_span_of_too_much_json_does_not_cost_its_batch() -> None:
    numbers = b'{"attributes":[' + b"{}," * 300_000 + b"{}]}"
    fine = json.dumps({"traceId": trace_id(1).hex(), "spanId": span_id(1).hex()}).encode()

    translated = translate_otlp_json(b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + numbers + b"," + fine + b"]}]}]}")

    assert translated.span_count == 1
    assert translated.rejected == {"one span or resource may hold 300,000 objects and lists": 1}


def test_many_real_spans_are_no_attack() -> None:
    usual = make_span(
        trace_id=b"", span_id=b"", name="GET /api/v1/orders/{id}",
        attributes={f"app.attribute.{number}": f"Jane's value {number}" for number in range(22)},
        events=[make_event("exception", attributes={"exception.type": "ValueError", "exception.message": "no"})],
    ).SerializeToString()  # fmt: skip
    spans = [field(1, trace_id(number)) + field(2, span_id(number)) + usual for number in range(1, 60_001)]
    body = request_of(*spans)
    assert 50 * MIB < len(body) < 64 * MIB

    assert translate_otlp(body).span_count == 60_000


def test_many_real_spans_in_json_are_no_attack() -> None:
    span = {
        "traceId": trace_id(1).hex(), "spanId": span_id(1).hex(), "name": "GET /api/v1/orders/{id}", "kind": 2,
        "startTimeUnixNano": "1790000000000000000", "endTimeUnixNano": "1790000000010000000",
        "attributes": [
            {"key": f"app.attribute.{number}", "value": {"stringValue": f"value {number}"}} for number in range(10)
        ],
    }  # fmt: skip
    spans = ",".join([json.dumps(span)] * 30_000)
    body = f'{{"resourceSpans": [{{"scopeSpans": [{{"spans": [{spans}]}}]}}]}}'.encode()
    assert len(body) > 20 * MIB

    assert translate_otlp_json(body).span_count == 30_000


def test_a_request_of_too_many_spans_is_refused_before_they_are_looked_at() -> None:
    body = field(1, field(2, b"\x12\x00" * (1_048_577)))

    with pytest.raises(PayloadRejected, match="A request may hold 1,048,576 spans; this one holds 1,048,577"):
        translate_otlp(body)
