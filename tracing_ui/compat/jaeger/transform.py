"""`POST /api/transform`: OTLP in JSON, as a file has it, into traces of Jaeger's first API. Nothing is stored."""

from collections.abc import Iterator, Sequence

from traces.domain.attributes import Json
from traces.domain.errors import PayloadRejected
from traces.domain.span import Span
from traces.ingest.result import Translated
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.portions import PORTION_SPANS
from traces.storage.decode import decode_spans
from traces.wire import otlp_pb2 as wire
from tracing_ui.compat.jaeger.writing import Writer, write_envelope, write_trace


def transform(body: bytes, writer: Writer) -> Iterator[str]:
    """The answer in pieces: traces in the order of their first spans. Raises PayloadRejected at once."""
    try:
        translated = translate_otlp_json(body)
    except PayloadRejected as problem:
        raise PayloadRejected(f"cannot unmarshal OTLP : {problem}") from None
    if translated.is_nothing_left:
        raise PayloadRejected(f"cannot unmarshal OTLP : {translated.message}")
    return _write(translated, writer)


def _write(translated: Translated, writer: Writer) -> Iterator[str]:
    cuts = {key.hex(): cut for key, cut in translated.cuts.items()}
    by_trace: dict[bytes, list[int]] = {}
    for ordinal, span in enumerate(_iterate_spans(translated.body)):
        by_trace.setdefault(span.trace_id, []).append(ordinal)
    traces = (
        write_trace(trace_id, _read_portions(translated.body, ordinals, cuts), [], writer)
        for trace_id, ordinals in by_trace.items()
    )
    errors: list[Json] = [{"msg": translated.message}] if translated.rejected else []
    return write_envelope(traces, errors, writer)


def _iterate_spans(body: bytes) -> Iterator[wire.Span]:
    """In the order in which `decode_spans` numbers them."""
    for of_resource in wire.Request.FromString(body).resource_spans:
        for of_scope in of_resource.scope_spans:
            yield from of_scope.spans


def _read_portions(body: bytes, ordinals: Sequence[int], cuts: dict[str, str]) -> Iterator[list[Span]]:
    for first in range(0, len(ordinals), PORTION_SPANS):
        yield [span for _, span in decode_spans(body, ordinals[first : first + PORTION_SPANS], cuts)]
