"""JSON read in pieces: what is not looked at yet stays bytes, because Python's objects take many times their size.

The frame of a request is opened piece by piece; what is small enough (a span, a resource) becomes objects as a whole,
one after the other.
"""

import json
from typing import Any

import msgspec
import orjson

from traces.domain.errors import PayloadRejected

# In a whole request. A list or an object takes 3 bytes of JSON, a number 2. Brackets and commas in texts count as well.
MAX_OBJECTS = 3_000_000
MAX_COMMAS = 6_000_000
# In what becomes objects as a whole, of which Python makes up to 230 bytes an object and 40 a number.
MAX_PIECE_OBJECTS = 300_000
MAX_PIECE_COMMAS = 1_500_000
# Text that is not Unicode is mended in the whole request, which becomes objects at once.
MAX_MENDED_BYTES = 16 * 1024 * 1024
SURROGATE_CUT = "text with half a surrogate pair, each shown as U+FFFD"
NOT_UTF8_CUT = "text that is not UTF-8, shown with U+FFFD"
_NULL = memoryview(b"null")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Json = Any
# A value that is still text.
Piece = msgspec.Raw

_read_object = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode
_read_list = msgspec.json.Decoder(list[msgspec.Raw] | None).decode


class NotPlainJson(ValueError):
    """A piece that is no JSON, or JSON with text that is not Unicode: `mend` knows."""


class TooLargePiece(ValueError):
    """A piece that would be too many objects at once; the text says how many there may be."""


def open_document(body: bytes) -> Json:
    """The request as a piece. Raises PayloadRejected for one that would fill the memory even so."""
    objects, commas = _count_objects(body), body.count(b",")
    if objects > MAX_OBJECTS:
        raise PayloadRejected(f"A request may hold {MAX_OBJECTS:,} objects and lists; this one holds {objects:,}.")
    if commas > MAX_COMMAS:
        raise PayloadRejected(f"A request may hold {MAX_COMMAS:,} values with commas between; this one {commas:,}.")
    return Piece(body.removeprefix(_BYTE_ORDER_MARK))


def open_piece(value: Json, kind: type[dict[str, Json] | list[Json]]) -> Json:
    """An object (without what is null in it) or a list whose values are pieces, None, or the value itself if it is
    something else.

    What was no piece is returned as it is. Raises NotPlainJson.
    """
    if not isinstance(value, Piece):
        return value
    try:
        if kind is list:
            return _read_list(value)
        found = _read_object(value)
        return found and {name: inner for name, inner in found.items() if memoryview(inner) != _NULL}
    except msgspec.ValidationError:
        return value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotPlainJson from None


def read_whole(value: Json) -> Json:
    """A piece as objects; what was no piece as it is. Raises NotPlainJson and TooLargePiece."""
    if not isinstance(value, Piece):
        return value
    try:
        return orjson.loads(text_of(value))
    except orjson.JSONDecodeError:
        raise NotPlainJson from None


def text_of(piece: Piece) -> memoryview:
    """The text of a piece. Raises TooLargePiece for one that would be too many objects at once."""
    text = memoryview(piece)
    if len(text) > MAX_PIECE_OBJECTS:
        _refuse_large_piece(bytes(text))
    return text


def mend(body: bytes) -> tuple[Json, str]:
    """The whole request as objects, where its texts are not Unicode, and what to say of each odd character.

    Bytes that are not UTF-8 become half surrogate pairs, too. Raises PayloadRejected.
    """
    if len(body) > MAX_MENDED_BYTES:
        raise PayloadRejected(
            "The body is not JSON, or holds text that is not Unicode, which is mended only in"
            f" {MAX_MENDED_BYTES:,} bytes at most."
        )
    try:
        return orjson.loads(body), SURROGATE_CUT
    except orjson.JSONDecodeError as problem:
        first = problem
    try:
        text, cut = body.decode("utf-8-sig"), SURROGATE_CUT
    except UnicodeDecodeError:
        text, cut = body.decode("utf-8-sig", "surrogateescape"), NOT_UTF8_CUT
    try:
        return json.loads(text, parse_constant=_refuse_constant), cut
    except (ValueError, RecursionError):
        raise PayloadRejected(f"The body is not JSON: {first}.") from None


def _count_objects(text: bytes) -> int:
    return text.count(b"{") + text.count(b"[")


def _refuse_large_piece(text: bytes) -> None:
    if _count_objects(text) > MAX_PIECE_OBJECTS:
        raise TooLargePiece(f"one span or resource may hold {MAX_PIECE_OBJECTS:,} objects and lists")
    if text.count(b",") > MAX_PIECE_COMMAS:
        raise TooLargePiece(f"one span or resource may hold {MAX_PIECE_COMMAS:,} values with commas between")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
