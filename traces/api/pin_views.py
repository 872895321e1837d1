"""The doors of the API to pins: one trace's, and the list of all."""

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from traces import reading
from traces.api import encode, parameters
from traces.api import serializers as shapes
from traces.api.media import json_view
from traces.domain.errors import InvalidQuery, NotFound
from traces.domain.pin import parse_note
from traces.storage.base import DEFAULT_PROJECT

_ERRORS = dict.fromkeys((400, 404, 503), shapes.ErrorSerializer)
_REFUSED = dict.fromkeys((409, 413, 415), shapes.ErrorSerializer)


@extend_schema(methods=["GET"], operation_id="get_pin", responses={200: shapes.PinSerializer, **_ERRORS})
@extend_schema(
    methods=["PUT"],
    operation_id="pin_trace",
    request=shapes.NoteSerializer,
    responses={200: shapes.PinSerializer, **_ERRORS, **_REFUSED},
)
@extend_schema(
    methods=["DELETE"],
    operation_id="unpin_trace",
    responses={204: OpenApiResponse(description="It is not pinned, whether it was or not."), **_ERRORS},
)
@json_view("GET", "PUT", "DELETE")
def pin(request: Request, trace_id: str) -> HttpResponse:
    """Whether retention spares the trace, and the note that says why."""
    parameters.read_parameters(request.query_params, ())
    wanted = parameters.read_trace_id(trace_id)
    if request.method == "DELETE":
        reading.unpin_trace(DEFAULT_PROJECT, wanted)
        return HttpResponse(status=204)
    if request.method == "PUT":
        return Response(encode.encode_pin(reading.pin_trace(DEFAULT_PROJECT, wanted, _read_note(request.data))))
    found = reading.find_pins(DEFAULT_PROJECT, [wanted]).get(wanted)
    if found is None:
        raise NotFound(f"Trace {wanted.hex()} is not pinned.")
    return Response(encode.encode_pin(found))


def _read_note(body: object) -> str:
    """The note of a body, which may be empty. Raises InvalidQuery."""
    if not isinstance(body, dict):
        raise InvalidQuery("The body is an object.")
    for name in body:
        if name != "note":
            raise InvalidQuery(f"There is no field “{name[:80]}”; there is only note.", name[:80])
    note = body.get("note", "")
    if not isinstance(note, str):
        raise InvalidQuery("note is text.", "note")
    return parse_note(note)


@extend_schema(
    operation_id="list_pins",
    parameters=[*parameters.PINS],
    responses={200: shapes.ShelfSerializer, **dict.fromkeys((400, 503), shapes.ErrorSerializer)},
)
@json_view("GET")
def list_pins(request: Request) -> Response:
    """The pinned traces, that pinned last first."""
    first, count = parameters.read_pins(parameters.read_parameters(request.query_params, parameters.PINS))
    shelf, pin_count = reading.list_shelf(DEFAULT_PROJECT, first, count)
    pins = [encode.encode_shelved(shelved) for shelved in shelf]
    return Response({"pins": pins, "pin_count": pin_count, "max_pins": settings.PINNED_TRACES_MAX})
