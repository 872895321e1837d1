"""The doors of Tempo's API: one request in, one use case, one answer.

Whose spans are asked for (`X-Scope-OrgID`) is not looked at: there is one project.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tracing_ui.compat.tempo import parameters, whole_trace
from tracing_ui.compat.tempo.answers import wants_protobuf
from tracing_ui.compat.tempo.errors import PLAIN, answering


@answering
def echo(request: HttpRequest) -> HttpResponse:
    """By this Grafana finds out whether somebody is there."""
    return HttpResponse("echo", content_type=PLAIN)


@answering
def get_trace(request: HttpRequest, trace_id: str) -> HttpResponseBase:
    """One trace, its spans alone."""
    wanted = parameters.read_trace_id(trace_id)
    parameters.check_beside_trace(request.GET)
    return whole_trace.answer_v1(whole_trace.load_trace(wanted), as_protobuf=wants_protobuf(request))


@answering
def get_trace_v2(request: HttpRequest, trace_id: str) -> HttpResponseBase:
    """One trace, and whether it is all of it."""
    wanted = parameters.read_trace_id(trace_id)
    parameters.check_beside_trace(request.GET)
    return whole_trace.answer_v2(whole_trace.load_trace(wanted), as_protobuf=wants_protobuf(request))
