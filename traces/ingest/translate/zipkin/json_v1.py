"""Zipkin's JSON of version 1: annotations with endpoints, and binary annotations where version 2 has tags."""

import base64
import binascii
from typing import Any

import msgspec

from traces.ingest.json_pieces import Json
from traces.ingest.result import Translated
from traces.ingest.translate.zipkin.json_list import decode_span, mend_fields, translate_list
from traces.ingest.translate.zipkin.model import ZipkinSpan
from traces.ingest.translate.zipkin.sniffing import JSON_V1, JSON_V2, OtherEncoding
from traces.ingest.translate.zipkin.to_otlp import Batch
from traces.ingest.translate.zipkin.v1 import BinaryAnnotation, SpanV1, split_span
from traces.wire import otlp_pb2 as wire

_DECODER = msgspec.json.Decoder(SpanV1)
_INTEGERS = ("I16", "I32", "I64")


def translate_json_v1(body: bytes) -> Translated:
    """Raises PayloadRejected if the body is no list of spans; a bad span is counted and left out.

    A span with a client's and a server's half counts as two.
    """
    return translate_list(body, JSON_V1, _add)


def translate_span(span: Json) -> list[wire.ResourceSpans]:
    """The halves of one span, which may be objects or a piece of text.

    Raises Unreadable, OtherEncoding for a span of version 2, and what `json_pieces` raises for a piece.
    """
    batch = Batch()
    _add(batch, span)
    return list(wire.Request.FromString(batch.write()).resource_spans)


def _add(batch: Batch, span: Json) -> None:
    batch.add_all(_read(span))


def _read(span: Json) -> list[ZipkinSpan]:
    found = decode_span(span, _DECODER, _mend_types)
    if any(field is not None for field in (found.kind, found.local_endpoint, found.remote_endpoint, found.tags)):
        raise OtherEncoding(JSON_V2)
    for binary in found.binary_annotations or ():
        if binary.type is not None:
            binary.value = _read_typed(binary)
    return split_span(found)


def _read_typed(binary: BinaryAnnotation) -> Any:
    """The value as its type says it is meant, if it can be; JSON writes whole numbers of 64 bits as text."""
    value = binary.value
    try:
        if binary.type in _INTEGERS and isinstance(value, str):
            return int(value) if len(value) <= 20 else value
        if binary.type == "DOUBLE" and isinstance(value, str | int):
            return float(value)
        if binary.type == "BYTES" and isinstance(value, str):
            return base64.b64decode(value, validate=True)
        if binary.type == "BOOL" and value in ("true", "false"):
            return value == "true"
    except (ValueError, binascii.Error, OverflowError):
        pass
    return value


def _mend_types(span: Json) -> Any:
    """The objects of a span in which texts, numbers and flags may have stood for each other."""
    mended = mend_fields(span, ("traceId", "id", "parentId", "name"), ("timestamp", "duration"))
    if isinstance(mended, dict):
        for name in ("annotations", "binaryAnnotations"):
            if isinstance(mended.get(name), list):
                mended[name] = [_mend_annotation(annotation, name) for annotation in mended[name]]
    return mended


def _mend_annotation(annotation: Json, name: str) -> Json:
    mended = mend_fields(annotation, ("value",) if name == "annotations" else ("key",), ("timestamp",))
    if isinstance(mended, dict) and "endpoint" in mended:
        mended["endpoint"] = mend_fields(mended["endpoint"], ("serviceName", "ipv4", "ipv6"), ("port",))
    return mended
