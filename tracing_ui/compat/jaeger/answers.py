"""HTTP answers of Jaeger's first API: small ones whole, large ones while they are written."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from traces.domain.attributes import Json
from tracing_ui.compat.jaeger.parameters import is_pretty
from tracing_ui.compat.jaeger.writing import Writer

log = structlog.get_logger(__name__)

JSON: Final = "application/json"
_CHUNK_CHARACTERS: Final = 256 * 1024


def choose_writer(request: HttpRequest) -> Writer:
    return Writer(is_pretty=is_pretty(request.GET))


def answer_json(request: HttpRequest, value: Json) -> HttpResponse:
    return HttpResponse(choose_writer(request).write(value), content_type=JSON)


def answer_pieces(pieces: Iterable[str]) -> HttpResponseBase:
    """The pieces in chunks. What goes wrong in the first is raised here; later, the answer breaks off."""
    chunks = _join(pieces)
    first = next(chunks, b"")
    second = next(chunks, None)
    if second is None:
        return HttpResponse(first, content_type=JSON)
    return StreamingHttpResponse(noting_failure(chain([first, second], chunks)), content_type=JSON)


def _join(pieces: Iterable[str]) -> Iterator[bytes]:
    kept: list[str] = []
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size >= _CHUNK_CHARACTERS:
            yield "".join(kept).encode()
            kept, size = [], 0
    if kept:
        yield "".join(kept).encode()


def noting_failure(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Half an answer is not JSON: its reader notices, and our log says why."""
    try:
        yield from chunks
    except Exception as problem:
        log.warning("an answer of Jaeger's API broke off", problem=str(problem))
        raise
