"""Answers of Jaeger's first API as text, in pieces: a trace of any size is never in memory as a whole."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from traces.domain.attributes import Json
from traces.domain.span import Span
from tracing_ui.compat.jaeger.model_json import JsonObject, Processes, encode_span, format_trace_id

_INDENT: Final = 4
# An answer's members, the traces in its list, a trace's members, the spans in its list.
_MEMBER, _TRACE, _TRACE_MEMBER, _SPAN = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Writer:
    """JSON without any space, or with four of them a level."""

    is_pretty: bool = False

    def write(self, value: Json, depth: int = 0) -> str:
        """A value that stands so deep."""
        if not self.is_pretty:
            return orjson.dumps(value).decode()
        return json.dumps(value, indent=_INDENT, ensure_ascii=False).replace("\n", self.line(depth))

    def line(self, depth: int) -> str:
        """What stands before whatever stands so deep."""
        return "\n" + " " * _INDENT * depth if self.is_pretty else ""

    def member(self, name: str, value: str, depth: int) -> str:
        """A member of an object that stands so deep; `value` is JSON, or the beginning of it."""
        return f'{self.line(depth)}"{name}":{" " if self.is_pretty else ""}{value}'


def make_envelope(data: Json, total: int = 0, errors: Sequence[Json] | None = None) -> JsonObject:
    """What every answer is wrapped in."""
    return {"data": data, "total": total, "limit": 0, "offset": 0, "errors": None if errors is None else [*errors]}


def write_envelope(traces: Iterable[Iterator[str]], errors: Sequence[Json], writer: Writer) -> Iterator[str]:
    """An answer with traces, each as `write_trace` writes it. `errors` is looked at when all traces are written."""
    yield "{" + writer.member("data", "[", _MEMBER)
    is_empty = True
    for trace in traces:
        yield ("" if is_empty else ",") + writer.line(_TRACE)
        yield from trace
        is_empty = False
    rest = make_envelope(None, errors=errors or None)
    del rest["data"]
    members = (writer.member(name, writer.write(value, _MEMBER), _MEMBER) for name, value in rest.items())
    yield ("" if is_empty else writer.line(_MEMBER)) + "]," + ",".join(members) + writer.line(0) + "}"


def write_trace(
    trace_id: bytes, portions: Iterable[Sequence[Span]], warnings: Sequence[str], writer: Writer
) -> Iterator[str]:
    """A trace in an answer, a piece for each portion of its spans."""
    shown_id, processes = format_trace_id(trace_id), Processes()
    yield "{" + writer.member("traceID", f'"{shown_id}",', _TRACE_MEMBER)
    yield writer.member("spans", "[", _TRACE_MEMBER)
    before = writer.line(_SPAN)
    for portion in portions:
        spans = (encode_span(span, format_trace_id(span.trace_id), processes.name(span.resource)) for span in portion)
        between = f",{writer.line(_SPAN)}"
        yield before + between.join([writer.write(span, _SPAN) for span in spans])
        before = between
    yield writer.line(_TRACE_MEMBER) + "],"
    yield writer.member("processes", writer.write(processes.encode(), _TRACE_MEMBER), _TRACE_MEMBER) + ","
    yield writer.member("warnings", writer.write([*warnings] or None, _TRACE_MEMBER), _TRACE_MEMBER)
    yield writer.line(_TRACE) + "}"
