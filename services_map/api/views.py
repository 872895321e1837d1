"""The doors of the API to roll-ups: one request in, one use case, one reply."""

import time
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from services_map import reading
from services_map.api import encode, parameters
from services_map.api import serializers as shapes
from services_map.api.baseline_body import read_baseline_body
from traces.api.media import json_view
from traces.api.parameters import read_parameters
from traces.api.serializers import ErrorSerializer
from traces.storage.base import DEFAULT_PROJECT

_Shape = type[serializers.Serializer[Any]]


def _answers(shape: _Shape, *errors: int) -> dict[int, _Shape]:
    return {200: shape, **dict.fromkeys((400, *errors, 503), ErrorSerializer)}


@extend_schema(
    operation_id="get_services_figures",
    parameters=[*parameters.WINDOW],
    responses=_answers(shapes.ServicesFiguresSerializer),
)
@json_view("GET")
def get_services_figures(request: Request) -> Response:
    """How often services and what else they call were called, how fast that was, and how often it failed."""
    words = read_parameters(request.query_params, parameters.WINDOW)
    window, before = parameters.read_window(words, time.time_ns())
    return Response(encode.encode_overview(reading.load_services(DEFAULT_PROJECT, window, before)))


@extend_schema(
    operation_id="get_operations_figures",
    parameters=[*parameters.OPERATIONS],
    responses=_answers(shapes.OperationsFiguresSerializer, 404),
)
@json_view("GET")
def get_operations_figures(request: Request) -> Response:
    """The same for the operations of a service, those that took the most time first."""
    words = read_parameters(request.query_params, parameters.OPERATIONS)
    window, before = parameters.read_window(words, time.time_ns())
    limit = parameters.read_limit(words, 200, parameters.MAX_OPERATIONS)
    page = reading.load_operations(DEFAULT_PROJECT, window, before, words["service"], limit)
    return Response(encode.encode_operations(page))


@extend_schema(
    operation_id="get_figures",
    parameters=[*parameters.SUBJECT],
    responses=_answers(shapes.SubjectSerializer, 404),
)
@json_view("GET")
def get_figures(request: Request) -> Response:
    """All about one service or operation: figures, their course, and how durations were distributed over time."""
    words = read_parameters(request.query_params, parameters.SUBJECT)
    window, before = parameters.read_window(words, time.time_ns())
    detail = reading.load_subject(DEFAULT_PROJECT, window, before, *parameters.read_subject(words))
    return Response(encode.encode_subject(detail))


@extend_schema(
    operation_id="get_dependencies",
    parameters=[*parameters.WINDOW],
    responses=_answers(shapes.DependenciesSerializer),
)
@json_view("GET")
def get_dependencies(request: Request) -> Response:
    """Who called whom, how often, how fast, and how often it failed."""
    words = read_parameters(request.query_params, parameters.WINDOW)
    window, before = parameters.read_window(words, time.time_ns())
    return Response(encode.encode_map(reading.load_links(DEFAULT_PROJECT, window, before)))


@extend_schema(
    operation_id="find_examples",
    parameters=[*parameters.EXAMPLES],
    responses=_answers(shapes.ExamplesSerializer, 404),
)
@json_view("GET")
def find_examples(request: Request) -> Response:
    """Spans that the figures were made of, at most one a trace, the longest first."""
    words = read_parameters(request.query_params, parameters.EXAMPLES)
    window, _ = parameters.read_window(words, time.time_ns())
    service, operation, kind, _ = parameters.read_subject(words)
    found = reading.find_examples(
        DEFAULT_PROJECT,
        window,
        service,
        operation,
        kind,
        row=parameters.read_row(words),
        only_failed=parameters.read_boolean(words, "failed"),
        limit=parameters.read_limit(words, 20, parameters.MAX_EXAMPLES),
    )
    return Response(encode.encode_examples(found))


@extend_schema(
    operation_id="load_baselines",
    request=shapes.BaselineQuestionSerializer,
    responses=_answers(shapes.BaselinesSerializer, 413, 415),
)
@json_view("POST")
def load_baselines(request: Request) -> Response:
    """How long many operations usually take, at once: over the last 24 hours unless the body names a window."""
    read_parameters(request.query_params, ())
    window, operations = read_baseline_body(request.data, time.time_ns())
    return Response(encode.encode_baselines(reading.load_baselines(DEFAULT_PROJECT, window, operations)))
