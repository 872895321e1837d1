"""The doors of Tempo's API: one request in, one use case, one answer.

Whose spans are asked for (`X-Scope-OrgID`) is not looked at: there is one project.
"""

from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from traces.domain.traceql.errors import NotEvaluatedYet
from traces.domain.traceql.unfinished import find_complete
from traces.storage import get_store
from traces.wire import tempo_pb2 as wire
from tracing_ui import __version__
from tracing_ui.compat.tempo import parameters, whole_trace
from tracing_ui.compat.tempo.answers import answer, wants_protobuf
from tracing_ui.compat.tempo.errors import PLAIN, NotServed, answering
from tracing_ui.compat.tempo.field_values import AnyField
from tracing_ui.compat.tempo.search import search
from tracing_ui.compat.tempo.search_parameters import name_unserved, read_search
from tracing_ui.compat.tempo.tag_values import TagValue, find_values
from tracing_ui.compat.tempo.tags import list_tags

#: The last that has no gRPC for streaming: Grafana asks over HTTP then, whatever is set up for the data source.
VERSION: Final = "2.1.0"
_OURSELVES: Final = f"Tracing UI {__version__}"
DEFAULT_NAMES: Final = 5_000
MAX_NAMES: Final = 10_000
DEFAULT_VALUES: Final = 1_000
MAX_VALUES: Final = 5_000


@answering
def echo(request: HttpRequest) -> HttpResponse:
    """By this Grafana finds out whether somebody is there."""
    return HttpResponse("echo", content_type=PLAIN)


@answering
def say_ready(request: HttpRequest) -> HttpResponse:
    """200 if the store answers, else 503 with a sentence."""
    get_store().check()
    return HttpResponse("ready\n", content_type=PLAIN)


@answering
def say_version(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"tempo, version {VERSION} ({_OURSELVES})\n", content_type=PLAIN)


@answering
def say_build(request: HttpRequest) -> HttpResponse:
    """Which Tempo this is like."""
    return JsonResponse(
        {
            "version": VERSION,
            "revision": _OURSELVES,
            "branch": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        }
    )


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


@answering
def find_traces(request: HttpRequest) -> HttpResponse:
    """The newest traces with spans that match, and the first of those spans."""
    return answer(request, search(read_search(request.GET)), "traces")


@answering
def refuse_metrics(request: HttpRequest, **_: str) -> HttpResponse:
    """Queries for series: they are read, and what is wrong with them is said, but none is evaluated."""
    query = parameters.first(request.GET, "q") or parameters.first(request.GET, "query")
    node = name_unserved(query)
    raise NotEvaluatedYet(node) if node else NotServed("Queries for metrics are not evaluated yet.")


@answering
def list_tag_names(request: HttpRequest) -> HttpResponse:
    """The names of all attributes and intrinsics, or of one scope's, in one list."""
    names = sorted({tag for tags in _list_tags(request).values() for tag in tags})
    return answer(request, wire.TagNames(tag_names=names, metrics=wire.MetadataMetrics()), "tagNames")


@answering
def list_tag_scopes(request: HttpRequest) -> HttpResponse:
    """The same by scope."""
    scopes = [wire.TagScope(name=name, tags=tags) for name, tags in _list_tags(request).items()]
    return answer(request, wire.TagScopes(scopes=scopes, metrics=wire.MetadataMetrics()), "scopes")


def _list_tags(request: HttpRequest) -> dict[str, Sequence[str]]:
    parameters.read_range(request.GET)
    limit = parameters.read_count(request.GET, "limit", DEFAULT_NAMES, MAX_NAMES)
    return list_tags(parameters.first(request.GET, "scope"), limit)


@answering
def list_tag_texts(request: HttpRequest, tag: str) -> HttpResponse:
    """The values of an attribute wherever it stands, as text."""
    values = _find_values(request, parameters.read_plain_field(tag))
    texts = [*dict.fromkeys(value.text for value in values)]
    return answer(request, wire.TagTexts(tag_values=texts, metrics=wire.MetadataMetrics()), "tagValues")


@answering
def list_tag_values(request: HttpRequest, tag: str) -> HttpResponse:
    """The values of a field of TraceQL, with their types."""
    values = [
        wire.TagValue(type=value.type, value=value.text) for value in _find_values(request, parameters.read_field(tag))
    ]
    return answer(request, wire.TagValues(tag_values=values, metrics=wire.MetadataMetrics()), "tagValues")


def _find_values(request: HttpRequest, field: AnyField) -> list[TagValue]:
    words = request.GET
    limit = parameters.read_count(words, "limit", DEFAULT_VALUES, MAX_VALUES)
    return find_values(field, find_complete(parameters.first(words, "q")), parameters.read_window(words), limit)
