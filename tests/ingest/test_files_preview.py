"""What a file holds, in every form that programs write; what is wrong with a span costs that span alone."""

import json
from typing import Any

import pytest

from tests.ingest.files import (
    START_US,
    TRACE_ID,
    file_of,
    in_base64,
    jaeger_span,
    jaeger_trace,
    lines,
    otlp_request,
    otlp_span,
    packed,
    preview,
    problems_of,
    zipkin_span,
    zipkin_v1_span,
)
from traces.domain.errors import PayloadRejected
from traces.ingest.files import cursor as cursor_module
from traces.ingest.files.preview import preview_file

pytestmark = pytest.mark.any_engine

JAEGER, ZIPKIN, OTLP = "Jaeger JSON", "Zipkin v2 JSON", "OTLP JSON"
_INLINE = {"processID": None, "process": {"serviceName": "shop", "tags": []}}
_SPANS = [zipkin_span(number) for number in (1, 2, 3)]
_BATCHES = otlp_request()["resourceSpans"]
FORMS: dict[str, tuple[str, Any]] = {
    "Jaeger's API": (JAEGER, {"data": [jaeger_trace()], "total": 0, "errors": None}),
    "a trace of Jaeger": (JAEGER, jaeger_trace()),
    "a list of Jaeger's traces": (JAEGER, [jaeger_trace(2), jaeger_trace(1, spans=[jaeger_span(3)])]),
    "a trace as Jaeger's UI holds it": (JAEGER, {"data": jaeger_trace(), "id": TRACE_ID, "state": "FETCH_DONE"}),
    "a Jaeger trace a line": (JAEGER, lines(jaeger_trace(2), jaeger_trace(1, spans=[jaeger_span(3)]))),
    "a Jaeger span a line": (JAEGER, lines(*(jaeger_span(number, **_INLINE) for number in (1, 2, 3)))),
    "processes first": (JAEGER, dict(reversed(jaeger_trace().items()))),
    "a list of Zipkin's spans": (ZIPKIN, _SPANS),
    "a list of Zipkin's traces": (ZIPKIN, [_SPANS[:2], _SPANS[2:]]),
    "a Zipkin span a line": (ZIPKIN, lines(*_SPANS)),
    "a Zipkin list a line": (ZIPKIN, lines(_SPANS[:1], [], _SPANS[1:])),
    "Zipkin v1": ("Zipkin v1 JSON", [zipkin_v1_span(number) for number in (1, 2, 3)]),
    "an OTLP request": (OTLP, otlp_request()),
    "an OTLP request a line": (OTLP, lines(otlp_request(1), otlp_request(2, first=2))),
    "a list of OTLP requests": (OTLP, [otlp_request(1), otlp_request(2, first=2)]),
    "Jaeger's API v3": (OTLP, {"result": otlp_request()}),
    "batches": (OTLP, {"trace": {"batches": _BATCHES}}),
    "Tempo's API": (OTLP, {"batches": in_base64(_BATCHES)}),
    "Tempo's API v2": (OTLP, {"trace": {"resourceSpans": in_base64(_BATCHES)}, "metrics": {}, "status": "COMPLETE"}),
    "an OTLP span a line": (OTLP, lines(*(otlp_span(number) for number in (1, 2, 3)))),
    "requests one after the other": (OTLP, json.dumps(otlp_request(1), indent=1).encode() + lines(otlp_request(2, 2))),
}


@pytest.mark.parametrize("window_bytes", [50, 512 * 1024])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_known_by_its_content(form: str, window_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursor_module, "WINDOW_BYTES", window_bytes)
    name, content = FORMS[form]
    for written in (file_of(content).getvalue(), packed(content), b"\xef\xbb\xbf" + file_of(content).getvalue()):
        found = preview(written)
        assert problems_of(found) == []
        assert (found.format, found.span_count, found.trace_count, found.twin_count) == (name, 3, 1, 0)
        assert found.trace_ids == (bytes.fromhex(TRACE_ID),)
        if "span a line" not in form or name != OTLP:
            assert found.services == (("shop", 3),)
        first_us = START_US if name == "Zipkin v1 JSON" else START_US + 1
        assert found.start_ns == first_us * 1000
        assert START_US * 1000 < found.end_ns <= (START_US + 1003) * 1000


WRONG_SPANS: dict[str, tuple[Any, list[str]]] = {
    "Jaeger": (
        jaeger_trace(spans=[
            jaeger_span(1), jaeger_span(2, spanID=""), jaeger_span(3, traceID="xyz"), jaeger_span(4, startTime="noon"),
            7, jaeger_span(6, tags={}), jaeger_span(7, processID="p9"), jaeger_span(8, traceID=None),
        ]),
        [
            "span 2: it has no spanID",
            "span 3: traceID is not an id of up to 32 hexadecimal digits",
            "span 4: startTime is not a whole number",
            "span 5: it is not an object",
            "span 6: tags is not a list",
            "span 7: kept without its service: the process “p9” is not in the trace",
        ],
    ),
    "Zipkin lines": (
        lines(zipkin_span(1), zipkin_span(2, traceId=None), zipkin_span(3)) + b'{"traceId": "1", "id"\n{"id"}\n\n[1]\n'
        + lines(zipkin_span(8), {"name": "other"}, [zipkin_span(10), {}]),
        [
            "line 2: …", "line 4: it is not JSON: …", "line 5: it is not JSON: …", "line 7, span 1: …", "line 9: …",
            "line 10, span 2: …",
        ],
    ),
    "OTLP": (
        lines(otlp_request(1), {"resourceSpans": [{"scopeSpans": [{"spans": [
            otlp_span(2), otlp_span(3, traceId="xy"), otlp_span(4, spanId="00" * 8), otlp_span(5)]}]}]}),
        ["line 2, span 2: traceId is not hexadecimal", "line 2, span 3: a span id has 8 bytes, not all zero"],
    ),
    "around OTLP's spans": (
        {"resourceSpans": [
            {"resource": {"attributes": 7}, "scopeSpans": [{"spans": [otlp_span(1)]}]},
            {"scopeSpans": [{"scope": 7, "spans": [otlp_span(1)]}, {"spans": [otlp_span(1)]}, 7]}, 7,
        ]},
        ["span 1: its resource is left out, with all its spans: …", "span 2: its scope is left out, …"],
    ),
    "other signals": (lines(otlp_request(1), {"resourceLogs": []}), ["line 2: it holds OTLP logs; …"]),
    "more than a value a line": (lines(_SPANS[0]) + b"[] []\n", ["line 2: there is more in it than one value"]),
    "text that is not Unicode": (
        json.dumps(jaeger_trace(2)).replace("op 2", "op \\ud800").encode(),
        ["span 2: kept with changes: text with half a surrogate pair, each shown as U+FFFD"],
    ),
}  # fmt: skip
KEPT = {"Jaeger": 3, "Zipkin lines": 4, "OTLP": 3, "around OTLP's spans": 1, "other signals": 1,
        "more than a value a line": 1, "text that is not Unicode": 2}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_SPANS)
def test_a_wrong_span_is_left_out_with_its_place_and_the_others_are_kept(case: str) -> None:
    content, expected = WRONG_SPANS[case]
    found = preview(content)
    said = problems_of(found)
    assert len(said) == len(expected) == found.problem_count, said
    for sentence, start in zip(said, expected, strict=True):
        assert sentence.startswith(start.removesuffix("…")) if start.endswith("…") else sentence == start
    assert found.span_count == KEPT[case]


WRONG_FILES: dict[str, tuple[Any, str]] = {
    "nothing": (b"", "It is empty."),
    "space": (b"\n \n", "It is empty."),
    "CSV": (b"TraceID,SpanID,Name\n1,2,get\n", "It is CSV, which does not say what its columns mean."),
    "prose": (b"Dear reader", "It is not JSON."),
    "a zip archive": (b"PK\x03\x04", "It is a zip archive. Unpack it, and import what is in it."),
    "UTF-16": ("{}".encode("utf-16"), "It is text in UTF-16. Save it as UTF-8."),
    "other JSON": (
        {"name": "x", "version": 1},
        "It is JSON, but not of traces: its first names are “name”, “version”.",
    ),
    "an empty list": ([], "It holds no spans."),
    "no trace": ({"data": [], "total": 0}, "It holds no spans."),
    "metrics": ({"resourceMetrics": []}, "It holds OTLP metrics; Tracing UI keeps traces only."),
    "numbers": ([1, 2], "No span in it can be kept. span 1: there is no object where a trace or span should be."),
    "wrong spans": ([zipkin_span(1, traceId="x")], "No span in it can be kept. span 1: "),
    "cut off": (json.dumps(jaeger_trace()).encode()[:-9], "It is not JSON: it ends in the middle of a value."),
    "cut off in a list": (json.dumps(_SPANS).encode()[:-3], "It is not JSON: it ends "),
    "a broken gzip": (packed(_SPANS)[:-9], "It is not valid gzip: it ends early."),
    "no gzip": (b"\x1f\x8b" + b"x" * 50, "It is not valid gzip: "),
    "a mismatch": (
        b'[{"traceId": "1", "id": "1"]',
        "It is not JSON: there is “]” where “,” or “}” should be",
    ),
    "deep lists": (b"[" * 100_000 + b"]" * 100_000, "No span in it can be kept. "),
    "a deep span": (
        b'[{"traceId":"1","id":"1","tags":' + b"[" * 5000 + b"]" * 5000 + b"}]",
        "No span in it can be kept",
    ),
    "many lists": (b"[" + b"[]," * 30_000 + b"[]]", "It holds no spans."),
    "binary": (bytes(range(256)), "It is not JSON."),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_wrong_file_is_refused_with_a_sentence(case: str) -> None:
    content, start = WRONG_FILES[case]
    with pytest.raises(PayloadRejected) as refused:
        preview(content)
    assert str(refused.value).startswith(start)


def test_what_a_file_holds_twice_is_counted() -> None:
    found = preview([jaeger_trace(), jaeger_trace(2), jaeger_trace(1, spans=[jaeger_span(1, operationName="other")])])
    assert (found.span_count, found.twin_count, found.trace_count) == (6, 2, 1)


def test_progress_ends_at_the_whole_file() -> None:
    for content in (lines(*_SPANS), file_of(_SPANS).getvalue(), packed(_SPANS)):
        told: list[float] = []
        preview_file(file_of(content), "x", lambda done, total, told=told: told.append(done / total))  # type: ignore[misc]
        assert told == sorted(told)
        assert told[-1] == 1


def test_only_the_first_hundred_problems_are_listed_and_all_are_counted() -> None:
    found = preview(lines(*_SPANS, *({"traceId": "x", "id": "1"} for _ in range(250))))
    assert len(found.problems) == 100
    assert found.problem_count == 250
