"""Answers in the form that `Accept` asks for: protobuf, or the JSON that protobuf has for the same message."""

from collections.abc import Callable, Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Final

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

PROTOBUF: Final = "application/protobuf"
JSON: Final = "application/json"

# More of an answer waits on disk for its end.
_IN_MEMORY_BYTES: Final = 4 * 1024 * 1024
_CHUNK_BYTES: Final = 256 * 1024


def wants_protobuf(request: HttpRequest) -> bool:
    return PROTOBUF in request.headers.get("Accept", "").lower()


def answer(request: HttpRequest, message: Message, list_name: str) -> HttpResponse:
    """The message. In JSON the list of that name is there even if it is empty."""
    if wants_protobuf(request):
        return HttpResponse(message.SerializeToString(), content_type=PROTOBUF)
    return HttpResponse(orjson.dumps({list_name: [], **MessageToDict(message)}), content_type=JSON)


def answer_spooled(pieces: Iterable[bytes], begin: Callable[[int], bytes], end: bytes) -> StreamingHttpResponse:
    """Protobuf whose length is known only when all of it is there; `begin` is given that of the pieces together.

    What goes wrong while the pieces are made is raised before the answer begins: half a message would look whole.
    """
    file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed when all is sent
    try:
        size = sum(file.write(piece) for piece in pieces)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    opening = begin(size)
    response = StreamingHttpResponse(_send(file, opening, end), content_type=PROTOBUF)
    response["Content-Length"] = str(len(opening) + size + len(end))
    return response


def _send(file: IO[bytes], opening: bytes, end: bytes) -> Iterator[bytes]:
    with file:
        yield opening
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
        yield end
