"""A list of spans in JSON, opened a span at a time; what is wrong with it is said in Zipkin's words."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from traces.domain.errors import PayloadRejected
from traces.ingest.canonical import refuse_too_many_spans
from traces.ingest.json_fields import Unreadable
from traces.ingest.json_pieces import (
    Json,
    NotPlainJson,
    Piece,
    mend,
    open_document,
    open_piece,
    read_whole,
    text_of,
)
from traces.ingest.result import Translated
from traces.ingest.translate.zipkin.sniffing import OtherEncoding, is_json, refuse_encoding, sniff
from traces.ingest.translate.zipkin.to_otlp import BAD_SPAN, Batch

_Span = TypeVar("_Span")


def translate_list(body: bytes, encoding: str, add: Callable[[Batch, Json], None]) -> Translated:
    """What `add` makes of each span; those that it cannot read are counted and left out. An empty body is empty.

    Raises PayloadRejected if the body is no list of spans, or one of another version.
    """
    if not body:
        return Batch().translated()
    if not is_json(body):
        raise refuse_encoding(encoding, sniff(body))
    try:
        return _translate(open_document(body), add)
    except NotPlainJson:
        pass
    except OtherEncoding as problem:
        raise refuse_encoding(encoding, problem.encoding) from None
    try:
        return _translate(mend(body)[0], add)
    except OtherEncoding as problem:
        raise refuse_encoding(encoding, problem.encoding) from None
    except PayloadRejected as problem:
        raise PayloadRejected(f"Malformed reading List<Span> from json: {problem}") from None


def _translate(document: Json, add: Callable[[Batch, Json], None]) -> Translated:
    spans = open_piece(document, list)
    refuse_too_many_spans(len(spans))
    batch = Batch()
    for span in spans:
        try:
            add(batch, span)
        except (OtherEncoding, NotPlainJson):
            raise
        except BAD_SPAN as problem:
            batch.reject(problem)
    return batch.translated()


def decode_span(span: Json, decoder: "msgspec.json.Decoder[_Span]", mend_types: Callable[[Any], Any]) -> _Span:
    """A span from its text or from objects. Where a type is wrong, `mend_types` makes of the objects what it can.

    Raises Unreadable, TooLargePiece and NotPlainJson.
    """
    try:
        if isinstance(span, Piece):
            try:
                return decoder.decode(text_of(span))
            except msgspec.ValidationError:
                span = read_whole(span)
        return msgspec.convert(mend_types(span), decoder.type, strict=False)
    except msgspec.ValidationError as problem:
        raise Unreadable(f"a span cannot be read: {problem}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotPlainJson from None
    except RecursionError:
        raise Unreadable("a span nests too deeply") from None


def mend_fields(value: Json, texts: tuple[str, ...], numbers: tuple[str, ...]) -> Json:
    """An object without its nulls and odd names, in which numbers and flags that should be texts are texts.

    Numbers written as text are read as such later, but for fractions of what must be whole.
    """
    if not isinstance(value, dict):
        return value
    mended = {name: inner for name, inner in value.items() if inner is not None and _is_unicode(name)}
    for name in texts:
        if isinstance(mended.get(name), int | float):
            mended[name] = str(mended[name]).lower()
    for name in numbers:
        if mended.get(name) == "":
            del mended[name]
    return mended


def _is_unicode(name: str) -> bool:
    """Whether it may be the name of a field: with half a surrogate pair it is none, and msgspec cannot look for it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
