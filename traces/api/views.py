"""The doors of the API: one request in, one use case, one reply."""

import gzip
import time
from functools import cache

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import re_accepts_gzip
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from traces import reading
from traces.api import encode, parameters
from traces.api import serializers as shapes
from traces.api.block_cache import find_build, load_block, name_build
from traces.api.columns import MEDIA_TYPE
from traces.api.completion import count_values
from traces.api.errors import check_build
from traces.api.media import json_view
from traces.api.otlp import encode_request
from traces.api.search_body import read_search_body
from traces.api.search_serializers import SearchSerializer
from traces.api.streaming import stream_json, write_request
from traces.domain.finding import parse_needle
from traces.domain.span import Span
from traces.domain.trace_rows import TraceRow
from traces.portions import read_portions
from traces.storage.base import DEFAULT_PROJECT

BITS = "application/octet-stream"

_Shape = type[serializers.Serializer[object]]


def _answers(shape: _Shape, *errors: int) -> dict[int, _Shape]:
    return {200: shape, **dict.fromkeys((400, *errors, 503), shapes.ErrorSerializer)}


@extend_schema(
    operation_id="find_traces",
    parameters=[*parameters.SEARCH],
    responses=_answers(shapes.TracePageSerializer),
)
@json_view("GET")
def find_traces(request: Request) -> Response:
    """Traces with a span that satisfies everything asked, newest first."""
    query = parameters.read_search(request.query_params, time.time_ns())
    return Response(encode.encode_page(reading.search(DEFAULT_PROJECT, query)))


@extend_schema(
    operation_id="search_traces",
    request=SearchSerializer,
    responses=_answers(shapes.TracePageSerializer, 413, 415),
)
@json_view("POST")
def search_traces(request: Request) -> Response:
    """The same for a tree of conditions."""
    parameters.read_parameters(request.query_params, ())
    query = read_search_body(request.data, time.time_ns())
    return Response(encode.encode_page(reading.search(DEFAULT_PROJECT, query)))


@extend_schema(
    operation_id="get_trace",
    parameters=[*parameters.TRACE],
    responses=_answers(shapes.TraceSerializer, 404),
)
@json_view("GET")
def get_trace(request: Request, trace_id: str) -> Response:
    """A trace and its spans with everything their senders said, a thousand rows at a time."""
    words = parameters.read_parameters(request.query_params, parameters.TRACE)
    first, count = parameters.read_rows(words)
    clock = parameters.read_clock(words)
    trace = reading.load_trace(DEFAULT_PROJECT, parameters.read_trace_id(trace_id), clock)
    spans = reading.load_spans(DEFAULT_PROJECT, trace, first, count)
    return Response(encode.encode_trace(trace, first, count, spans))


@extend_schema(
    operation_id="get_trace_otlp",
    responses={200: OpenApiTypes.OBJECT, **dict.fromkeys((400, 404, 503), shapes.ErrorSerializer)},
)
@json_view("GET")
def get_trace_otlp(request: Request, trace_id: str) -> HttpResponseBase:
    """All of a trace as the OTLP/JSON request that would send it."""
    parameters.read_parameters(request.query_params, ())
    trace = reading.load_trace(DEFAULT_PROJECT, parameters.read_trace_id(trace_id))
    portions = read_portions(DEFAULT_PROJECT, trace.rows.spans)
    return stream_json(write_request(spans for _, spans in portions))


@extend_schema(
    operation_id="get_trace_columns",
    parameters=[*parameters.COLUMNS],
    responses={
        (200, MEDIA_TYPE): OpenApiTypes.BINARY,
        304: OpenApiResponse(description="The caller has this build."),
        **dict.fromkeys((400, 404, 503), shapes.ErrorSerializer),
    },
)
@json_view("GET")
def get_trace_columns(request: Request, trace_id: str) -> HttpResponse:
    """A trace without attributes as a block of columns, for drawing it; docs/api.md describes the bytes."""
    clock = parameters.read_clock(parameters.read_parameters(request.query_params, parameters.COLUMNS))
    wanted = parameters.read_trace_id(trace_id)
    build = find_build(DEFAULT_PROJECT, wanted, clock)
    if unchanged := _find_unchanged(request, build, MEDIA_TYPE):
        return unchanged
    block = load_block(DEFAULT_PROJECT, wanted, build, clock)
    return _answer_packed(request, block.build, MEDIA_TYPE, block.packed)


@extend_schema(
    operation_id="find_spans",
    parameters=[*parameters.FIND],
    responses={
        (200, BITS): OpenApiTypes.BINARY,
        304: OpenApiResponse(description="The caller has the answer for this build."),
        **dict.fromkeys((400, 404, 409, 503), shapes.ErrorSerializer),
    },
)
@json_view("GET")
def find_spans(request: Request, trace_id: str) -> HttpResponse:
    """The rows of a trace that mention a text, a bit each; docs/api.md says what is looked at."""
    words = parameters.read_parameters(request.query_params, parameters.FIND)
    needle = parse_needle(words["q"])
    trace = reading.load_trace(DEFAULT_PROJECT, parameters.read_trace_id(trace_id), parameters.read_clock(words))
    build = check_build(words, name_build(trace))
    if unchanged := _find_unchanged(request, build, BITS):
        return unchanged
    bits = encode.encode_bits(reading.find_rows(DEFAULT_PROJECT, trace, needle), len(trace.rows))
    return _answer_packed(request, build, BITS, gzip.compress(bits, 1, mtime=0))


def _find_unchanged(request: Request, build: str, media_type: str) -> HttpResponse | None:
    """The answer to a caller who has this build already."""
    found = get_conditional_response(request._request, _etag(build), response=_answer_binary(build, media_type))
    return found if found and found.status_code != 200 else None


def _answer_packed(request: Request, build: str, media_type: str, packed: bytes) -> HttpResponse:
    """What gzip made of some bytes, unpacked for those who do not take it."""
    answer = _answer_binary(build, media_type)
    if re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")):
        answer["Content-Encoding"] = "gzip"
        answer.content = packed
    else:
        answer.content = gzip.decompress(packed)
    return answer


def _answer_binary(build: str, media_type: str) -> HttpResponse:
    answer = HttpResponse(content_type=media_type)
    answer["ETag"] = _etag(build)
    answer["Cache-Control"] = "private, max-age=0, must-revalidate"
    answer["Vary"] = "Accept-Encoding"
    return answer


def _etag(build: str) -> str:
    """Weak: compressed or not, it is the same block."""
    return f'W/"{build}"'


@extend_schema(operation_id="get_trace_version", responses=_answers(shapes.TraceVersionSerializer, 404))
@json_view("GET")
def get_trace_version(request: Request, trace_id: str) -> Response:
    """How many spans of a trace are stored, and a name for exactly these: cheap to ask again and again."""
    parameters.read_parameters(request.query_params, ())
    wanted = parameters.read_trace_id(trace_id)
    version = reading.find_version(DEFAULT_PROJECT, wanted)
    return Response({"version": version, "span_count": reading.count_spans(DEFAULT_PROJECT, wanted)})


@extend_schema(
    operation_id="get_span", parameters=[*parameters.SPAN], responses=_answers(shapes.WholeSpanSerializer, 404)
)
@json_view("GET")
def get_span(request: Request, trace_id: str, span_id: str) -> Response:
    """One span with everything its sender said."""
    return Response(encode.encode_span(*_load_span(request, trace_id, span_id)))


@extend_schema(
    operation_id="get_span_otlp",
    parameters=[*parameters.SPAN],
    responses={200: OpenApiTypes.OBJECT, **dict.fromkeys((400, 404, 503), shapes.ErrorSerializer)},
)
@json_view("GET")
def get_span_otlp(request: Request, trace_id: str, span_id: str) -> Response:
    """One span as the OTLP/JSON request that would send it."""
    return Response(encode_request(_load_span(request, trace_id, span_id)[1]))


def _load_span(request: Request, trace_id: str, span_id: str) -> tuple[TraceRow, Span]:
    words = parameters.read_parameters(request.query_params, parameters.SPAN)
    wanted, row = parameters.read_span_id(span_id), parameters.read_row(words)
    clock = parameters.read_clock(words)
    trace = reading.load_trace(DEFAULT_PROJECT, parameters.read_trace_id(trace_id), clock)
    span = reading.load_span(DEFAULT_PROJECT, trace, wanted, row)
    return trace.rows[reading.find_row(trace, wanted, row)], span


@extend_schema(operation_id="list_services", responses=_answers(shapes.ServicesSerializer))
@json_view("GET")
def list_services(request: Request) -> Response:
    """Every service that sent a span, by name."""
    parameters.read_parameters(request.query_params, ())
    return Response({"services": [encode.encode_service(item) for item in reading.list_services(DEFAULT_PROJECT)]})


@extend_schema(
    operation_id="list_operations",
    parameters=[*parameters.OPERATIONS],
    responses=_answers(shapes.OperationsSerializer),
)
@json_view("GET")
def list_operations(request: Request) -> Response:
    """Every operation, by name."""
    words = parameters.read_parameters(request.query_params, parameters.OPERATIONS)
    found = reading.list_operations(DEFAULT_PROJECT, words.get("service"))
    return Response({"operations": [encode.encode_operation(item) for item in found]})


@extend_schema(
    operation_id="list_attributes",
    parameters=[*parameters.ATTRIBUTES],
    responses=_answers(shapes.AttributeKeysSerializer),
)
@json_view("GET")
def list_attributes(request: Request) -> Response:
    """The attribute keys that spans have, and where, by key."""
    words = parameters.read_parameters(request.query_params, parameters.ATTRIBUTES)
    found = reading.list_attribute_keys(DEFAULT_PROJECT)
    return Response({"attributes": encode.encode_attribute_keys(found, words.get("prefix", ""))})


@extend_schema(
    operation_id="count_attribute_values",
    parameters=[*parameters.VALUES],
    responses=_answers(shapes.AttributeValuesSerializer),
)
@json_view("GET")
def count_attribute_values(request: Request) -> Response:
    """The values of an attribute in the newest spans that have it, most frequent first: a sample, not a census."""
    words = parameters.read_parameters(request.query_params, parameters.VALUES)
    place, limit = parameters.read_place(words), parameters.read_value_limit(words)
    found = count_values(DEFAULT_PROJECT, place, words["key"], limit)
    return Response({"values": [encode.encode_value_count(item) for item in found]})


@extend_schema(operation_id="get_schema", responses={200: OpenApiTypes.OBJECT})
@json_view("GET")
def get_schema(request: Request) -> Response:
    """This API in OpenAPI's words."""
    parameters.read_parameters(request.query_params, ())
    return Response(_schema())


@extend_schema(exclude=True)
@json_view("GET", "POST", "PUT", "PATCH", "DELETE")
def answer_unknown_path(request: Request) -> Response:
    """Every other address, in the API's own form of error."""
    raise NotFound("There is nothing at this address; docs/api.md lists what there is.")


@cache
def _schema() -> object:
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
