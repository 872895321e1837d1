"""Zipkin's JSON of version 2: https://zipkin.io/zipkin-api/#/default/post_spans."""

from typing import Any

import msgspec

from traces.ingest.json_pieces import Json
from traces.ingest.result import Translated
from traces.ingest.translate.zipkin.json_list import decode_span, mend_fields, translate_list
from traces.ingest.translate.zipkin.model import ZipkinSpan
from traces.ingest.translate.zipkin.sniffing import JSON_V1, JSON_V2, OtherEncoding
from traces.ingest.translate.zipkin.to_otlp import Batch
from traces.wire import otlp_pb2 as wire

_DECODER = msgspec.json.Decoder(ZipkinSpan)


def translate_json_v2(body: bytes) -> Translated:
    """Raises PayloadRejected if the body is no list of spans; a bad span is counted and left out."""
    return translate_list(body, JSON_V2, lambda batch, span: batch.add(_read(span)))


def translate_span(span: Json) -> wire.ResourceSpans:
    """One span, as objects or as a piece of text.

    Raises Unreadable, OtherEncoding for a span of version 1, and what `json_pieces` raises for a piece.
    """
    batch = Batch()
    batch.add(_read(span))
    return wire.Request.FromString(batch.write()).resource_spans[0]


def _read(span: Json) -> ZipkinSpan:
    found = decode_span(span, _DECODER, _mend_types)
    if found.binary_annotations is not None:
        raise OtherEncoding(JSON_V1)
    for annotation in found.annotations or ():
        if annotation.endpoint is not None:
            raise OtherEncoding(JSON_V1)
    return found


def _mend_types(span: Json) -> Any:
    """The objects of a span in which texts, numbers and flags may have stood for each other."""
    mended = mend_fields(span, ("traceId", "id", "parentId", "kind", "name"), ("timestamp", "duration"))
    if isinstance(mended, dict):
        for name in ("localEndpoint", "remoteEndpoint"):
            if name in mended:
                mended[name] = mend_fields(mended[name], ("serviceName", "ipv4", "ipv6"), ("port",))
        if isinstance(mended.get("annotations"), list):
            mended["annotations"] = [
                mend_fields(annotation, ("value",), ("timestamp",)) for annotation in mended["annotations"]
            ]
    return mended
