"""What stands around the spans of a file, and how spans in it become OTLP: one class a format.

A frame is read once, however many spans it holds. What is wrong with a span is a problem of that span alone.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from traces.ingest.files.jaeger_json import read_process, read_span, read_trace_id
from traces.ingest.files.outcome import Problem
from traces.ingest.files.portion import NO_RESOURCE, Portion, Resource, resource_of
from traces.ingest.files.unreadable import UNREADABLE, reading, say_why
from traces.ingest.json_fields import Unreadable
from traces.ingest.json_pieces import Json, NotPlainJson, Piece, mend, read_whole
from traces.ingest.translate.jaeger.to_otlp import Group, Request
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.ingest.translate.zipkin import json_v1, json_v2
from traces.wire import otlp_pb2 as wire

JAEGER, ZIPKIN_V1, ZIPKIN_V2, OTLP = "Jaeger JSON", "Zipkin v1 JSON", "Zipkin v2 JSON", "OTLP JSON"
_KEPT = "kept with changes: {}"
_MAX_QUOTED = 40
# Of a span that stands in for those of a frame.
_PROBE = b'{"traceId":"%s","spanId":"%s"}' % (b"1" * 32, b"1" * 16)


class SpanText(NamedTuple):
    """A span as it stands in the file."""

    where: str
    text: bytes


class Frame(Protocol):
    """What stands around spans."""

    def add(self, spans: Sequence[SpanText], portion: Portion) -> None:
        """Translate spans that stand in this frame into a portion."""


class ZipkinList:
    """Spans of Zipkin stand for themselves."""

    def add(self, spans: Sequence[SpanText], portion: Portion) -> None:
        for where, text in spans:
            try:
                for found in self._translate(_read(where, text, portion), text, portion):
                    portion.add(resource_of(found), found.scope_spans)
            except UNREADABLE as problem:
                portion.problems.append(Problem(where=where, reason=say_why(problem)))

    def _translate(self, span: Json, text: bytes, portion: Portion) -> list[wire.ResourceSpans]:
        if _is_v1(text):
            portion.formats.add(ZIPKIN_V1)
            return json_v1.translate_span(span)
        portion.formats.add(ZIPKIN_V2)
        return [json_v2.translate_span(span)]


class JaegerTrace:
    """Spans of Jaeger name their process, which stands beside them in the trace, or hold it.

    `note`: what is changed in the processes; it is said at the first span.
    """

    def __init__(self, trace_id: bytes, processes: dict[str, Json], note: str = "") -> None:
        self._trace_id, self._processes, self._note = trace_id, processes, note
        # Or why there is none.
        self._resources: dict[str, Resource | str] = {}

    def add(self, spans: Sequence[SpanText], portion: Portion) -> None:
        portion.formats.add(JAEGER)
        if self._note:
            reason = f"the processes of its trace are {self._note}"
            portion.problems.append(Problem(where=spans[0].where, reason=reason))
            self._note = ""
        request = Request()
        groups: dict[bytes, tuple[Resource, Group]] = {}
        for where, text in spans:
            try:
                found = _read(where, text, portion)
                span = read_span(found, self._trace_id)
                resource = self._find_resource(found, where, portion)
                if resource.key not in groups:
                    groups[resource.key] = resource, request.add_group()
                groups[resource.key][1].add_or_raise(span)
            except UNREADABLE as problem:
                portion.problems.append(Problem(where=where, reason=say_why(problem)))
        for (resource, _), of_resource in zip(groups.values(), request.written.resource_spans, strict=True):
            portion.add(resource, of_resource.scope_spans)

    def _find_resource(self, span: dict[str, Json], where: str, portion: Portion) -> Resource:
        key = span.get("processID")
        if isinstance(key, str) and key in self._processes:
            return self._find_named(key)
        if "process" in span:
            return _resource_of_process(span["process"])
        if key is not None:
            reason = f"kept without its service: the process “{str(key)[:_MAX_QUOTED]}” is not in the trace"
            portion.problems.append(Problem(where=where, reason=reason))
        return NO_RESOURCE

    def _find_named(self, key: str) -> Resource:
        """Of a process of the trace, which is read once, even if it cannot be read."""
        if key not in self._resources:
            try:
                self._resources[key] = _resource_of_process(self._processes[key])
            except UNREADABLE as problem:
                self._resources[key] = say_why(problem)
        found = self._resources[key]
        if isinstance(found, str):
            raise Unreadable(found)
        return found


class OtlpScope:
    """Spans of OTLP stand in a scope, which stands in a resource."""

    def __init__(self, resource: Resource, scope: wire.ScopeSpans) -> None:
        self._resource, self._scope = resource, scope

    def add(self, spans: Sequence[SpanText], portion: Portion) -> None:
        portion.formats.add(OTLP)
        try:
            translated = translate_otlp_json(_request(spans=(span.text for span in spans)))
            is_as_sent = not translated.rejected and not translated.cuts
        except UNREADABLE:
            is_as_sent = False
        if is_as_sent:
            self._keep(translated.body, portion)
        else:
            self._add_one_by_one(spans, portion)

    def _add_one_by_one(self, spans: Sequence[SpanText], portion: Portion) -> None:
        for where, text in spans:
            try:
                translated = translate_otlp_json(_request(spans=[text]))
            except UNREADABLE as problem:
                portion.problems.append(Problem(where=where, reason=say_why(problem)))
                continue
            self._keep(translated.body, portion)
            for reason in translated.rejected:
                portion.problems.append(Problem(where=where, reason=reason))
            for cut in translated.cuts.values():
                portion.problems.append(Problem(where=where, reason=_KEPT.format(cut)))

    def _keep(self, body: bytes, portion: Portion) -> None:
        for of_resource in wire.Request.FromString(body).resource_spans:
            for found in of_resource.scope_spans:
                found.scope.CopyFrom(self._scope.scope)
                found.schema_url = self._scope.schema_url
                portion.add(self._resource, [found])


@reading()
def read_jaeger_trace(trace_id: bytes, processes: bytes) -> JaegerTrace:
    """From the JSON of both. Raises Unreadable."""
    found, note = _read_mended(processes)
    if not isinstance(found or {}, dict):
        raise Unreadable("processes is not an object")
    return JaegerTrace(read_trace_id(_read_mended(trace_id)[0]), found or {}, note)


@reading()
def read_resource(text: bytes, schema_url: bytes) -> Resource:
    """OTLP's resource. Raises Unreadable."""
    return resource_of(_read_around(_request(resource=text, resource_schema_url=schema_url, spans=[_PROBE])))


@reading()
def read_scope(text: bytes, schema_url: bytes) -> wire.ScopeSpans:
    """OTLP's scope, without spans. Raises Unreadable."""
    [found] = _read_around(_request(scope=text, scope_schema_url=schema_url, spans=[_PROBE])).scope_spans
    del found.spans[:]
    return found


def _read_around(body: bytes) -> wire.ResourceSpans:
    [found] = wire.Request.FromString(translate_otlp_json(body).body).resource_spans
    return found


def _request(
    *,
    spans: Iterable[bytes],
    resource: bytes = b"null",
    resource_schema_url: bytes = b"null",
    scope: bytes = b"null",
    scope_schema_url: bytes = b"null",
) -> bytes:
    """A request around spans: what is no JSON makes it none, because brackets pair in one way only."""
    of_scope = b'{"scope":%s,"schemaUrl":%s,"spans":[%s]}' % (scope, scope_schema_url, b",".join(spans))
    of_resource = b'{"resource":%s,"schemaUrl":%s,"scopeSpans":[%s]}' % (resource, resource_schema_url, of_scope)
    return b'{"resourceSpans":[%s]}' % of_resource


def _read(where: str, text: bytes, portion: Portion) -> Json:
    """The objects of a span. Where its texts are not Unicode, that is put right and said."""
    found, note = _read_mended(text)
    if note:
        portion.problems.append(Problem(where=where, reason=note))
    return found


def _read_mended(text: bytes) -> tuple[Json, str]:
    """The objects, and what had to be changed so that there are any, if anything."""
    try:
        return read_whole(Piece(text)), ""
    except NotPlainJson:
        found, note = mend(text)
        return found, _KEPT.format(note)


def _is_v1(text: bytes) -> bool:
    """As Zipkin tells its versions apart."""
    if b'yAnnotations"' in text:
        return True
    return b'"endpoint"' in text and b'Endpoint"' not in text and b'"tags"' not in text


def _resource_of_process(found: Json) -> Resource:
    request = Request()
    request.add_group().describe(read_process(found))
    return resource_of(request.written.resource_spans[0])
