"""One trace with everything its senders said, as Tempo answers it: OTLP, each span once and under an id of its own."""

import base64
from collections.abc import Iterator
from typing import Final

import orjson
from django.http.response import HttpResponseBase

from traces import reading
from traces.api.otlp import Spelling, encode_resource_spans
from traces.api.otlp_proto import encode_request
from traces.api.streaming import stream_json, write_list
from traces.domain.attributes import Json
from traces.domain.shown_ids import show_under
from traces.domain.span import Span, SpanKind, StatusCode
from traces.domain.trace import Trace
from traces.portions import read_portions
from traces.storage.base import DEFAULT_PROJECT
from traces.wire import tempo_pb2 as wire
from tracing_ui.compat.tempo.answers import answer_spooled

# Field 1, which holds bytes.
_TRACE: Final = b"\x0a"


def answer_v1(trace: Trace, *, as_protobuf: bool) -> HttpResponseBase:
    """The spans alone. In JSON they stand under `batches`."""
    if as_protobuf:
        return answer_spooled(_encode(trace), lambda size: b"", b"")
    return stream_json(_write(trace, b'{"batches":', b"}"))


def answer_v2(trace: Trace, *, as_protobuf: bool) -> HttpResponseBase:
    """The spans, and whether they are all."""
    state = wire.TraceResponse(metrics=wire.TraceMetrics(), message=trace.left_out or "")
    state.status = wire.PARTIAL if trace.left_out else wire.COMPLETE
    if as_protobuf:
        return answer_spooled(_encode(trace), lambda size: _TRACE + _spell_size(size), state.SerializeToString())
    message = f',"message":{orjson.dumps(state.message).decode()}' if state.message else ""
    status = wire.Completeness.Name(state.status)
    ending = f'}},"metrics":{{}},"status":"{status}"{message}}}'
    return stream_json(_write(trace, b'{"trace":{"resourceSpans":', ending.encode()))


def _spell_size(size: int) -> bytes:
    """As protobuf writes a length: seven bits a byte, the last seven first."""
    spelled = bytearray()
    while size > 127:
        spelled.append(size & 127 | 128)
        size >>= 7
    return bytes([*spelled, size])


def _encode(trace: Trace) -> Iterator[bytes]:
    """A trace in several messages, which together are one."""
    return map(encode_request, _read_portions(trace))


def _write(trace: Trace, opening: bytes, ending: bytes) -> Iterator[bytes]:
    pieces = write_list(encode_resource_spans(portion, _GOGO) for portion in _read_portions(trace))
    # With the first spans, or what goes wrong with them would not be raised in time.
    yield opening + next(pieces)
    yield from pieces
    yield ending


def _read_portions(trace: Trace) -> Iterator[list[Span]]:
    told_apart = trace.rows.told_apart
    for indexes, spans in read_portions(DEFAULT_PROJECT, trace.rows.spans):
        pairs = zip(indexes, spans, strict=True)
        yield [show_under(span, trace.trace_id, told_apart.get(index)) for index, span in pairs]


def load_trace(trace_id: bytes) -> Trace:
    """Raises TraceNotFound."""
    return reading.load_trace(DEFAULT_PROJECT, trace_id)


def _spell_kind(kind: int) -> Json:
    return f"SPAN_KIND_{SpanKind(kind).name}" if kind in SpanKind._value2member_map_ else kind


def _spell_status(code: int) -> Json:
    return f"STATUS_CODE_{StatusCode(code).name}" if code in StatusCode._value2member_map_ else code


def _spell_id(identifier: bytes) -> str:
    return base64.b64encode(identifier).decode()


#: The JSON of protobuf in general, where OTLP has rules of its own: https://protobuf.dev/programming-guides/json/
_GOGO: Final = Spelling(spell_id=_spell_id, spell_kind=_spell_kind, spell_status=_spell_status, keeps_empty=True)
