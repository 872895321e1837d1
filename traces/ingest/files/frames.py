"""What stands around the spans of a file, and how spans in it become OTLP: one class a format.

A frame is read once, however many spans it holds. What is wrong with a span is a problem of that span alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from traces.domain.errors import PayloadRejected
from traces.ingest.files.jaeger_json import read_process, read_span
from traces.ingest.files.outcome import Problem
from traces.ingest.files.portion import Portion, Resource, resource_of
from traces.ingest.json_fields import Unreadable
from traces.ingest.json_pieces import Json, NotPlainJson, Piece, TooLargePiece, mend, read_whole
from traces.ingest.translate.jaeger.span import Process
from traces.ingest.translate.jaeger.to_otlp import translate_span
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.ingest.translate.zipkin import json_v1, json_v2
from traces.wire import otlp_pb2 as wire

JAEGER, ZIPKIN_V1, ZIPKIN_V2, OTLP = "Jaeger JSON", "Zipkin v1 JSON", "Zipkin v2 JSON", "OTLP JSON"
_KEPT = "kept with changes: {}"
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
            with_own = self._translate(where, text, portion)
            for found in with_own:
                portion.add(resource_of(found), found.scope_spans)

    def _translate(self, where: str, text: bytes, portion: Portion) -> list[wire.ResourceSpans]:
        try:
            span = _read(where, text, portion)
            if _is_v1(text):
                portion.formats.add(ZIPKIN_V1)
                return json_v1.translate_span(span)
            portion.formats.add(ZIPKIN_V2)
            return [json_v2.translate_span(span)]
        except _UNREADABLE as problem:
            portion.problems.append(Problem(where=where, reason=str(problem)))
            return []


class JaegerTrace:
    """Spans of Jaeger name their process, which stands beside them in the trace, or hold it."""

    def __init__(self, trace_id: bytes, processes: dict[str, Json]) -> None:
        self._trace_id, self._processes = trace_id, processes
        self._resources: dict[str, Resource] = {}

    def add(self, spans: Sequence[SpanText], portion: Portion) -> None:
        portion.formats.add(JAEGER)
        for where, text in spans:
            try:
                found = _read(where, text, portion)
                span = read_span(found, self._trace_id)
                resource = self._find_resource(found)
                scopes = translate_span(_NOBODY, span).scope_spans
            except _UNREADABLE as problem:
                portion.problems.append(Problem(where=where, reason=str(problem)))
            else:
                portion.add(resource, scopes)

    def _find_resource(self, span: dict[str, Json]) -> Resource:
        key = span.get("processID")
        if not isinstance(key, str) or key not in self._processes:
            inline = span.get("process")
            if inline is None and key is not None:
                raise Unreadable(f"its process {str(key)[:40]!r} is not in the trace")
            return _resource_of_process(inline or {})
        if key not in self._resources:
            self._resources[key] = _resource_of_process(self._processes[key])
        return self._resources[key]


class OtlpScope:
    """Spans of OTLP stand in a scope, which stands in a resource."""

    def __init__(self, resource: Resource, scope: wire.ScopeSpans) -> None:
        self._resource, self._scope = resource, scope

    def add(self, spans: Sequence[SpanText], portion: Portion) -> None:
        portion.formats.add(OTLP)
        try:
            translated = translate_otlp_json(_request(spans=(span.text for span in spans)))
            is_as_sent = not translated.rejected and not translated.cuts
        except PayloadRejected:
            is_as_sent = False
        if is_as_sent:
            self._keep(translated.body, portion)
        else:
            self._add_one_by_one(spans, portion)

    def _add_one_by_one(self, spans: Sequence[SpanText], portion: Portion) -> None:
        for where, text in spans:
            try:
                translated = translate_otlp_json(_request(spans=[text]))
            except PayloadRejected as problem:
                portion.problems.append(Problem(where=where, reason=str(problem)))
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


def read_resource(text: bytes, schema_url: bytes) -> Resource:
    """OTLP's resource. Raises PayloadRejected."""
    return resource_of(_read_around(_request(resource=text, resource_schema_url=schema_url, spans=[_PROBE])))


def read_scope(text: bytes, schema_url: bytes) -> wire.ScopeSpans:
    """OTLP's scope, without spans. Raises PayloadRejected."""
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
    try:
        return read_whole(Piece(text))
    except NotPlainJson:
        found, note = mend(text)
        portion.problems.append(Problem(where=where, reason=_KEPT.format(note)))
        return found


def _is_v1(text: bytes) -> bool:
    """As Zipkin tells its versions apart."""
    if b'yAnnotations"' in text:
        return True
    return b'"endpoint"' in text and b'Endpoint"' not in text and b'"tags"' not in text


def _resource_of_process(found: Json) -> Resource:
    probe = read_span({"traceID": "1", "spanID": "1"}, b"")
    return resource_of(translate_span(read_process(found), probe))


_UNREADABLE = (Unreadable, TooLargePiece, PayloadRejected)
_NOBODY = Process()
NO_RESOURCE = Resource(b"", wire.ResourceSpans())


def frames_of(spans: Iterator[tuple[Frame, SpanText]]) -> None:
    raise NotImplementedError
