"""What Zipkin's API v2 answers to readers: one trace, https://zipkin.io/zipkin-api/#/default/get_trace__traceId_."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from traces import reading
from traces.api.streaming import stream_json, write_list
from traces.domain.errors import InvalidId, StoreUnavailable, TraceNotFound
from traces.domain.ids import parse_trace_id
from traces.portions import read_portions
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.zipkin.model_json import encode_span


@csrf_exempt
def get_trace(request: HttpRequest, trace_id: str) -> HttpResponseBase:
    """A list of spans, in the order they arrived in; what goes wrong is a sentence."""
    if request.method not in ("GET", "HEAD"):
        response = _say("Method Not Allowed", 405)
        response["Allow"] = "GET, HEAD"
        return response
    try:
        trace = reading.load_trace(DEFAULT_PROJECT, parse_trace_id(trace_id))
        portions = read_portions(DEFAULT_PROJECT, trace.rows.spans)
        return stream_json(write_list(map(encode_span, spans) for _, spans in portions))
    except InvalidId as problem:
        return _say(str(problem), 400)
    except TraceNotFound as problem:
        return _say(str(problem), 404)
    except StoreUnavailable as problem:
        response = _say(str(problem), 503)
        response["Retry-After"] = str(problem.retry_after_seconds)
        return response


def _say(sentence: str, status: int) -> HttpResponse:
    response = HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    return response
