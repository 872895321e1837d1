"""The doors of Jaeger's first HTTP API: one request in, one use case, one reply."""

import time
from collections.abc import Iterable, Iterator

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from traces.domain.attributes import Json
from traces.domain.errors import InvalidQuery, TraceNotFound
from traces.ingest.body import read_http_body
from traces.ingest.memory import Held, get_memory
from tracing_ui.compat.jaeger import catalogue, parameters
from tracing_ui.compat.jaeger.answers import answer_json, answer_pieces, choose_writer
from tracing_ui.compat.jaeger.dependencies import load_dependencies
from tracing_ui.compat.jaeger.errors import TRACE_NOT_FOUND, answering, refuse
from tracing_ui.compat.jaeger.metrics import MIN_STEP_MS, Metric, load_family
from tracing_ui.compat.jaeger.model_json import format_trace_id
from tracing_ui.compat.jaeger.search import find
from tracing_ui.compat.jaeger.transform import transform
from tracing_ui.compat.jaeger.whole_trace import WholeTrace, load_whole_trace
from tracing_ui.compat.jaeger.writing import Writer, make_envelope, write_envelope, write_trace


@answering("GET")
def list_services(request: HttpRequest) -> HttpResponse:
    """The names of all services."""
    names: list[Json] = [*catalogue.list_services()]
    return answer_json(request, make_envelope(names, len(names)))


@answering("GET")
def list_operations(request: HttpRequest) -> HttpResponse:
    """The operations of a service, with their kinds."""
    service, kind = (parameters.first(request.GET, name) for name in ("service", "spanKind"))
    if not service:
        raise InvalidQuery("parameter 'service' is required")
    found: list[Json] = [
        {"name": name, "spanKind": kind_name} for name, kind_name in catalogue.list_operations(service, kind)
    ]
    return answer_json(request, make_envelope(found, len(found)))


@answering("GET")
def list_operation_names(request: HttpRequest, service: str) -> HttpResponse:
    """The names of a service's operations, each once. A plus in an address may stand for a space."""
    found = catalogue.list_operations(service)
    if not found and "+" in service:
        found = catalogue.list_operations(service.replace("+", " "))
    names: list[Json] = [*dict.fromkeys(name for name, _ in found)]
    return answer_json(request, make_envelope(names, len(names)))


@answering("GET")
def find_traces(request: HttpRequest) -> HttpResponseBase:
    """Whole traces: those that match, or those that are named."""
    asked = parameters.read_search(request.GET, time.time_ns())
    trace_ids = asked.trace_ids or [summary.trace_id for summary in find(asked.query)]
    # Of traces that were found one may be gone by now; only those that were asked for are missed.
    missing: list[Json] = []
    traces = _load_traces(trace_ids, missing if asked.trace_ids else [], is_raw=asked.is_raw)
    writer = choose_writer(request)
    return answer_pieces(write_envelope((_write(trace, writer) for trace in traces), missing, writer))


def _load_traces(trace_ids: Iterable[bytes], missing: list[Json], *, is_raw: bool) -> Iterator[WholeTrace]:
    for trace_id in trace_ids:
        try:
            yield load_whole_trace(trace_id, is_raw)
        except TraceNotFound:
            missing.append({"msg": TRACE_NOT_FOUND, "traceID": format_trace_id(trace_id)})


def _write(trace: WholeTrace, writer: Writer) -> Iterator[str]:
    return write_trace(trace.trace_id, trace.read_portions(), trace.warnings, writer)


@answering("GET")
def get_trace(request: HttpRequest, trace_id: str) -> HttpResponseBase:
    """One trace with everything that was sent."""
    wanted = parameters.read_trace_id(trace_id)
    parameters.check_time_hints(request.GET)
    trace = load_whole_trace(wanted, parameters.read_raw(request.GET))
    writer = choose_writer(request)
    return answer_pieces(write_envelope([_write(trace, writer)], [], writer))


@answering("POST")
def archive_trace(request: HttpRequest, trace_id: str) -> HttpResponse:
    """There is no second store to copy a trace to."""
    parameters.read_trace_id(trace_id)
    return refuse(500, "archive span storage was not configured")


@answering("POST")
def transform_otlp(request: HttpRequest) -> HttpResponseBase:
    """OTLP in JSON as traces of this API."""
    held = get_memory().hold(0)
    try:
        pieces = transform(read_http_body(request, held.add), choose_writer(request))
    except BaseException:
        held.release()
        raise
    return answer_pieces(_release_after(pieces, held))


def _release_after(pieces: Iterator[str], held: Held) -> Iterator[str]:
    """The body is needed until the last piece is written."""
    with held:
        yield from pieces


@answering("GET")
def list_dependencies(request: HttpRequest) -> HttpResponse:
    """Who called whom how often."""
    window = parameters.read_dependencies_window(request.GET, time.time_ns())
    links = load_dependencies(window, parameters.first(request.GET, "service")) if window else []
    return answer_json(request, make_envelope([*links]))


@answering("GET")
def get_latencies(request: HttpRequest) -> HttpResponse:
    """A percentile of how long calls took."""
    quantile = parameters.read_quantile(request.GET)
    return _answer_metric(request, Metric.LATENCIES, quantile)


@answering("GET")
def get_calls(request: HttpRequest) -> HttpResponse:
    """Calls a second."""
    return _answer_metric(request, Metric.CALLS)


@answering("GET")
def get_errors(request: HttpRequest) -> HttpResponse:
    """The fraction of calls that failed."""
    return _answer_metric(request, Metric.ERRORS)


def _answer_metric(request: HttpRequest, metric: Metric, quantile: float | None = None) -> HttpResponse:
    now_ns = time.time_ns()
    asked = parameters.read_metrics(request.GET, now_ns)
    return answer_json(request, load_family(metric, asked, now_ns, quantile))


@answering("GET")
def get_min_step(request: HttpRequest) -> HttpResponse:
    """The shortest sensible time between two points of a metric, in milliseconds."""
    return answer_json(request, make_envelope(MIN_STEP_MS))


@answering("GET")
def say_not_implemented(request: HttpRequest) -> HttpResponse:
    """Where Jaeger itself answers with invented data."""
    return refuse(501, "this server has no such analysis; docs/jaeger-api.md lists what it has")
