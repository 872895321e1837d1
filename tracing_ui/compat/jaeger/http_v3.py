"""Version 3 of Jaeger's query API over HTTP: traces are OTLP/JSON under `result`, summaries are lines of a result list.

https://github.com/jaegertracing/jaeger-idl/blob/main/proto/api_v3/query_service.proto
"""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from itertools import chain
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from traces.api.encode import JsonObject
from traces.api.otlp import Spelling, encode_resource_spans
from traces.domain.errors import InvalidQuery, TraceNotFound
from traces.domain.span import Span
from tracing_ui.compat.jaeger import catalogue, parameters_v3
from tracing_ui.compat.jaeger.answers import JSON, noting_failure
from tracing_ui.compat.jaeger.dependencies import load_dependencies
from tracing_ui.compat.jaeger.errors import PLAIN, answer_problem, refuse_method
from tracing_ui.compat.jaeger.go_parsing import parse_trace_id
from tracing_ui.compat.jaeger.portions import read_all_traces
from tracing_ui.compat.jaeger.search import find
from tracing_ui.compat.jaeger.summaries import Summary, load_summaries
from tracing_ui.compat.jaeger.whole_trace import read_whole_spans

_View = Callable[..., HttpResponseBase]
_NONE_FOUND: Final = "No traces found"
# Jaeger writes a resource, a scope and a status even where there is nothing in them.
_FILLED: Final = Spelling(keeps_empty=True)


def answering(view: _View) -> _View:
    """A view that is only read from, and whose errors are {"error": {"httpCode": …, "message": …}} as plain text."""

    @wraps(view)
    def answer(request: HttpRequest, **parts: str) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return refuse_method("GET", "HEAD")
        try:
            return view(request, **parts)
        except TraceNotFound:
            return _refuse(404, _NONE_FOUND)
        except Exception as problem:
            return answer_problem(request, problem, _refuse)

    return answer


def _refuse(status: int, message: str) -> HttpResponse:
    body = orjson.dumps({"error": {"httpCode": status, "message": message}}) + b"\n"
    answer = HttpResponse(body, status=status, content_type=PLAIN)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@answering
def list_services(request: HttpRequest) -> HttpResponse:
    return _json({"services": [*catalogue.list_services()]})


@answering
def list_operations(request: HttpRequest) -> HttpResponse:
    """Those of `service`, if it is given of one `spanKind`; a kind that was not sent reads `internal`."""
    kind = parameters_v3.find(request.GET, "spanKind")[1]
    found = catalogue.list_operations(parameters_v3.find(request.GET, "service")[1], kind)
    return _json({"operations": [{"name": name, "spanKind": kind or "internal"} for name, kind in found]})


@answering
def get_trace(request: HttpRequest, trace_id: str) -> HttpResponseBase:
    try:
        wanted = parse_trace_id(trace_id)
    except InvalidQuery as problem:
        raise InvalidQuery(f"malformed parameter trace_id: {problem}", "trace_id") from None
    return _stream(read_whole_spans(wanted, parameters_v3.read_raw(request.GET)))


@answering
def find_traces(request: HttpRequest) -> HttpResponseBase:
    """Whole traces, one after the other."""
    asked = parameters_v3.read_search(request.GET)
    return _stream(read_all_traces((trace.trace_id for trace in find(asked.query)), asked.is_raw))


@answering
def find_summaries(request: HttpRequest) -> HttpResponse:
    summaries: list[JsonObject] = [
        encode_summary(summary) for summary in load_summaries(find(parameters_v3.read_search(request.GET).query))
    ]
    return _json({"summaries": [*summaries]} if summaries else {})


@answering
def find_dependencies(request: HttpRequest) -> HttpResponse:
    """Calls between services from `startTime` to `endTime`; counts are 64 bits wide, so JSON has them as text."""
    window = parameters_v3.read_dependencies_window(request.GET)
    links = load_dependencies(window) if window else []
    return _json({"dependencies": [{**link, "callCount": str(link["callCount"])} for link in links]})


@answering
def answer_unknown_path(request: HttpRequest, path: str) -> HttpResponse:
    """Every other address of this version."""
    return HttpResponse("404 page not found\n", status=404, content_type=PLAIN)


def encode_summary(summary: Summary) -> JsonObject:
    """Zeros are written out: Jaeger's UI shows no column of errors without them."""
    return {
        "traceId": summary.trace_id.hex(),
        "rootServiceName": summary.root.service.name if summary.root else "",
        "rootOperationName": summary.root.name if summary.root else "",
        "minStartTimeUnixNano": str(summary.start_ns),
        "maxEndTimeUnixNano": str(summary.end_ns),
        "spanCount": summary.span_count,
        "errorSpanCount": summary.error_count,
        "orphanSpanCount": summary.orphan_count,
        "services": [
            {"name": service.name, "spanCount": service.span_count, "errorSpanCount": service.error_count}
            for service in summary.services
        ],
    }


def _json(found: JsonObject) -> HttpResponse:
    return HttpResponse(orjson.dumps(found), content_type=JSON)


def _stream(portions: Iterator[list[Span]]) -> HttpResponseBase:
    """The spans as they are read. The first portion is read before the answer begins: what fails there is an error."""
    first = next(portions, None)
    if first is None:
        return _refuse(404, _NONE_FOUND)
    return StreamingHttpResponse(noting_failure(_write(chain([first], portions))), content_type=JSON)


def _write(portions: Iterable[list[Span]]) -> Iterator[bytes]:
    opening = b'{"result":{"resourceSpans":['
    for portion in portions:
        groups = orjson.dumps(encode_resource_spans(portion, _FILLED))
        yield opening + groups[1:-1]
        opening = b","
    yield b"]}}"
