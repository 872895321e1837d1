"""The doors of the API to single rows of a trace: what is marked on them, and who links to them."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from traces import reading
from traces.api import encode, parameters
from traces.api import serializers as shapes
from traces.api.block_cache import name_build
from traces.api.errors import check_build
from traces.api.media import json_view
from traces.domain.marks import find_marks
from traces.storage.base import DEFAULT_PROJECT

_ERRORS = dict.fromkeys((400, 404, 409, 503), shapes.ErrorSerializer)


@extend_schema(
    operation_id="get_marks",
    parameters=[*parameters.MARKS],
    responses={200: shapes.MarksSerializer, **_ERRORS},
)
@json_view("GET")
def get_marks(request: Request, trace_id: str) -> Response:
    """When the events of some rows are drawn, and how many links their spans have."""
    words = parameters.read_parameters(request.query_params, parameters.MARKS)
    wanted, clock = parameters.read_trace_id(trace_id), parameters.read_clock(words)
    asked = parameters.read_row_list(words)
    trace = reading.load_trace(DEFAULT_PROJECT, wanted, clock)
    build = check_build(words, name_build(trace))
    rows = parameters.check_rows(asked, len(trace.rows))
    spans = reading.load_marked_spans(DEFAULT_PROJECT, trace, rows)
    marks = {str(row): encode.encode_marks(find_marks(trace, row, span)) for row, span in spans.items()}
    return Response({"build": build, "marks": marks})


@extend_schema(
    operation_id="find_links_to",
    parameters=[*parameters.LINKS],
    responses={200: shapes.InboundLinksSerializer, **_ERRORS},
)
@json_view("GET")
def find_links_to(request: Request, trace_id: str) -> Response:
    """The links that spans of this and of other traces have to spans of the trace, those that arrived last first."""
    words = parameters.read_parameters(request.query_params, parameters.LINKS)
    wanted, clock = parameters.read_trace_id(trace_id), parameters.read_clock(words)
    trace = reading.load_trace(DEFAULT_PROJECT, wanted, clock)
    build = check_build(words, name_build(trace))
    found = reading.find_links_to(DEFAULT_PROJECT, trace)
    links = [encode.encode_inbound_link(link) for link in found.links]
    return Response({"build": build, "links": links, "is_complete": found.is_complete})
