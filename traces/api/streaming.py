"""JSON that is sent while it is written."""

from collections.abc import Iterable, Iterator
from itertools import chain

import orjson
import structlog
from django.http import StreamingHttpResponse

from traces.api.encode import JsonObject
from traces.api.otlp import encode_resource_spans
from traces.domain.span import Span

log = structlog.get_logger(__name__)


def stream_json(pieces: Iterator[bytes]) -> StreamingHttpResponse:
    """What goes wrong in the first piece is raised here; later, the answer breaks off."""
    first = next(pieces, b"")
    return StreamingHttpResponse(_noting_failure(chain([first], pieces)), content_type="application/json")


def _noting_failure(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Half an answer is not JSON: its reader notices, and our log says why."""
    try:
        yield from pieces
    except Exception as problem:
        log.warning("an answer broke off", problem=str(problem))
        raise


def write_list(portions: Iterable[Iterable[JsonObject]]) -> Iterator[bytes]:
    """A list with what is in all portions, a piece each."""
    opening = b"["
    for portion in portions:
        if written := orjson.dumps([*portion])[1:-1]:
            yield opening + written
            opening = b","
    yield b"[]" if opening == b"[" else b"]"


def write_request(portions: Iterable[list[Span]]) -> Iterator[bytes]:
    """An ExportTraceServiceRequest with the spans of all portions."""
    pieces = write_list(map(encode_resource_spans, portions))
    # With the first spans, or what goes wrong with them would not be raised in time.
    yield b'{"resourceSpans":' + next(pieces)
    yield from pieces
    yield b"}"
