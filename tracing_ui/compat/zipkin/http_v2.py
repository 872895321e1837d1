"""The doors of Zipkin's API v2 for readers: https://zipkin.io/zipkin-api/. One request in, one use case, one reply."""

import time
from collections.abc import Iterable, Iterator

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from traces.api.streaming import stream_json, write_list
from tracing_ui.compat.zipkin import catalogue, parameters
from tracing_ui.compat.zipkin.answers import answer_json, answer_names, answering
from tracing_ui.compat.zipkin.dependencies import load_dependencies
from tracing_ui.compat.zipkin.model_json import JsonObject
from tracing_ui.compat.zipkin.search import find
from tracing_ui.compat.zipkin.whole_trace import load_whole_trace, read_as_sent, read_traces

# With so few services somebody is trying things out, and wants to see the next one at once.
_FEW_NAMES = 3


@answering
def list_services(request: HttpRequest) -> HttpResponse:
    names = catalogue.list_services()
    return answer_names(names, is_cached=len(names) > _FEW_NAMES)


@answering
def list_spans(request: HttpRequest) -> HttpResponse:
    """The names of a service's spans."""
    names = catalogue.list_span_names(parameters.require(request.GET, "serviceName"))
    return answer_names(names, is_cached=_has_many_services())


@answering
def list_remote_services(request: HttpRequest) -> HttpResponse:
    """The names of the other ends of a service's spans."""
    names = catalogue.list_remote_services(parameters.require(request.GET, "serviceName"), time.time_ns())
    return answer_names(names, is_cached=_has_many_services())


def _has_many_services() -> bool:
    return len(catalogue.list_services()) > _FEW_NAMES


@answering
def list_autocomplete_keys(request: HttpRequest) -> HttpResponse:
    """The keys of tags."""
    return answer_names(catalogue.list_tag_keys(), is_cached=True)


@answering
def list_autocomplete_values(request: HttpRequest) -> HttpResponse:
    """Values of a tag."""
    values = catalogue.list_tag_values(parameters.require(request.GET, "key"))
    return answer_names(values, is_cached=len(values) > _FEW_NAMES)


@answering
def find_traces(request: HttpRequest) -> HttpResponseBase:
    """Whole traces that match, the newest first."""
    return _stream_traces(find(parameters.read_search(request.GET, time.time_ns())))


@answering
def get_traces(request: HttpRequest) -> HttpResponseBase:
    """The traces that are named; those that are not here are left out."""
    return _stream_traces(parameters.read_trace_ids(request.GET))


@answering
def get_trace(request: HttpRequest, trace_id: str) -> HttpResponseBase:
    """A list of spans, in the order they arrived in. With `raw=true` they are as they were sent."""
    wanted = parameters.read_trace_id(trace_id)
    if parameters.is_raw(request.GET):
        return stream_json(write_list(read_as_sent(wanted)))
    return stream_json(write_list(load_whole_trace(wanted).read_spans()))


@answering
def list_dependencies(request: HttpRequest) -> HttpResponse:
    """Who called whom how often, and how often that failed."""
    window = parameters.read_dependencies_window(request.GET)
    return answer_json([*load_dependencies(window)] if window else [])


def _stream_traces(trace_ids: list[bytes]) -> HttpResponseBase:
    return stream_json(_write_traces(read_traces(trace_ids)))


def _write_traces(traces: Iterable[Iterator[list[JsonObject]]]) -> Iterator[bytes]:
    """A list of lists, a piece a portion."""
    opening = b"["
    for portions in traces:
        pieces = write_list(portions)
        # With the first spans, or what goes wrong with them would not be raised in time.
        yield opening + next(pieces)
        yield from pieces
        opening = b","
    yield b"[]" if opening == b"[" else b"]"
