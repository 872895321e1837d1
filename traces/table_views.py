"""What the table of a trace's spans asks for beside itself: values of added columns, and all of it as a file."""

import gzip
from collections.abc import Iterator
from itertools import chain

import orjson
import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import re_accepts_gzip

from traces import reading
from traces.api.block_cache import name_build
from traces.domain.attributes import format_value
from traces.domain.ids import parse_trace_id
from traces.domain.ordering import rank_values
from traces.domain.values import Values
from traces.span_views import fragment, load_build, read_clock, say_how_long
from traces.storage.base import DEFAULT_PROJECT
from traces.trace_views.attribute_words import write_key
from traces.trace_views.table.asked import read_asked, read_columns
from traces.trace_views.table.file import write_file

log = structlog.get_logger(__name__)

# What a cell of a table on the screen can hold.
_LONGEST = 120
_GZIP_LEVEL = 1


@fragment
def show_values(request: HttpRequest, text: str) -> HttpResponse:
    """Of each of the attributes `columns=`: `values`, as texts in their order, and `numbers`, of every row that of its
    value, −1 where it has none. `build=` as for a span.
    """
    trace = load_build(request, text)
    keys = read_columns(request.GET)
    found = reading.load_attributes(DEFAULT_PROJECT, trace, keys, _LONGEST)
    columns = {write_key(key): _encode(rank_values(values)) for key, values in zip(keys, found, strict=True)}
    return say_how_long(request, _pack(request, orjson.dumps({"build": name_build(trace), "columns": columns})))


def _encode(values: Values) -> dict[str, object]:
    # What is half of a surrogate pair cannot be sent.
    texts = [format_value(value).encode("utf-8", "replace").decode() for value in values.distinct]
    return {"values": texts, "numbers": values.numbers.tolist()}


def _pack(request: HttpRequest, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/json")
    response["Vary"] = "Accept-Encoding"
    if re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")):
        response["Content-Encoding"] = "gzip"
        response.content = gzip.compress(content, _GZIP_LEVEL, mtime=0)
    return response


@fragment
def download_csv(request: HttpRequest, text: str) -> HttpResponseBase:
    """All spans, sorted and with the columns as the table is: `sort=`, `columns=`, `clock=`."""
    trace = reading.load_trace(DEFAULT_PROJECT, parse_trace_id(text), read_clock(request))
    portions = write_file(trace, read_asked(request.GET))
    # What goes wrong before there are rows is an answer of its own.
    head, first = next(portions), next(portions)
    told = _noting_failure(chain([head, first], portions))
    response = StreamingHttpResponse(told, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="trace-{trace.trace_id.hex()}.csv"'
    response["Cache-Control"] = "private, no-cache"
    return response


def _noting_failure(portions: Iterator[bytes]) -> Iterator[bytes]:
    """The file breaks off: its reader is told by the connection, and our log says why."""
    try:
        yield from portions
    except Exception as problem:
        log.warning("a table as a file broke off", problem=str(problem))
        raise
