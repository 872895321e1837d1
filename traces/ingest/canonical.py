"""OTLP made canonical: validated to its depth, ids checked, written again by one encoder.

What is stored is what the parser wrote, so that the same attribute is always the same bytes, and a reader can read
whatever was accepted. A span that cannot be kept is taken out; its batch is not.
"""

from collections import Counter
from collections.abc import Iterable

from google.protobuf.message import DecodeError

from traces.domain.errors import PayloadRejected
from traces.domain.ids import SPAN_ID_BYTES, TRACE_ID_BYTES
from traces.ingest.limits import Limits, cut_to_limits
from traces.ingest.result import Translated
from traces.wire import otlp_pb2 as wire

MAX_SPANS = 1 << 20
# Resources and scopes: each costs what several spans do, and has at least one.
MAX_GROUPS = 1 << 18
_NO_TRACE = bytes(TRACE_ID_BYTES)
_NO_SPAN = bytes(SPAN_ID_BYTES)
BAD_TRACE_ID = "a trace id has 16 bytes, not all zero"
BAD_SPAN_ID = "a span id has 8 bytes, not all zero"
BAD_PARENT_ID = "a parent span id has 8 bytes or is empty"
UNREADABLE = "it cannot be parsed, or nests deeper than 100 messages"


def parse_request(body: bytes) -> tuple[wire.Request, Counter[str]]:
    """The request in `body`, without spans that cannot be parsed; those are counted. Raises PayloadRejected.

    The body is parsed alone, before it is joined with any other: a length that promises more than the body holds
    fails here and swallows nobody's spans.
    """
    try:
        return wire.Request.FromString(body), Counter()
    except DecodeError:
        return _salvage(body)


def canonicalise(request: wire.Request, rejected: Counter[str], limits: Limits | None) -> Translated:
    """The canonical form of a parsed request; spans with impossible ids are taken out and counted.

    Resources and scopes without spans are taken out too: they would be listed for ever, for no retention finds them.
    What is beyond the limits is cut.
    """
    refuse_too_many_groups(_count_groups(request))
    for of_resource in request.resource_spans:
        if of_resource.instrumentation_library_spans:
            _adopt_legacy_spans(of_resource)
    refuse_too_many_spans(_count_spans(request))
    for of_resource in request.resource_spans:
        for of_scope in of_resource.scope_spans:
            if not _has_valid_ids(of_scope.spans):
                _remove_invalid(of_scope, rejected)
    _remove_empty(request)
    translated = Translated(body=request.SerializeToString(), span_count=_count_spans(request), rejected=rejected)
    if limits:
        cuts = cut_to_limits(request, translated.body, limits)
        if cuts.counts:
            translated.body = request.SerializeToString()
            translated.cuts, translated.cut_counts = cuts.notes, cuts.counts
    return translated


def _count_spans(request: wire.Request) -> int:
    return sum([len(of_scope.spans) for of_resource in request.resource_spans for of_scope in of_resource.scope_spans])


def refuse_too_many_groups(count: int) -> None:
    """Raises PayloadRejected if a request has so many resources and scopes."""
    if count > MAX_GROUPS:
        raise PayloadRejected(f"A request may hold {MAX_GROUPS:,} resources and scopes; this one holds more.")


def refuse_too_many_spans(count: int) -> None:
    """Raises PayloadRejected if a request has so many spans."""
    if count > MAX_SPANS:
        raise PayloadRejected(f"A request may hold {MAX_SPANS:,} spans; this one holds {count:,}.")


def _count_groups(request: wire.Request) -> int:
    count = len(request.resource_spans)
    if count <= MAX_GROUPS:
        for of_resource in request.resource_spans:
            count += len(of_resource.scope_spans) + len(of_resource.instrumentation_library_spans)
    return count


def _has_valid_ids(spans: Iterable[wire.Span]) -> bool:
    """A list rather than a generator, which is slower: this looks at every span that arrives."""
    return all(
        [  # noqa: C419
            len(span.trace_id) == TRACE_ID_BYTES
            and len(span.span_id) == SPAN_ID_BYTES
            and span.trace_id != _NO_TRACE
            and span.span_id != _NO_SPAN
            and len(span.parent_span_id) in (0, SPAN_ID_BYTES)
            for span in spans
        ]
    )


def _remove_invalid(of_scope: wire.ScopeSpans, rejected: Counter[str]) -> None:
    kept = []
    for span in of_scope.spans:
        if reason := _fault_of(span):
            rejected[reason] += 1
        else:
            kept.append(span)
    replacement = wire.ScopeSpans(spans=kept)
    del of_scope.spans[:]
    of_scope.spans.extend(replacement.spans)


def _remove_empty(request: wire.Request) -> None:
    for of_resource in request.resource_spans:
        if not all([of_scope.spans for of_scope in of_resource.scope_spans]):  # noqa: C419
            full_scopes = wire.ResourceSpans(scope_spans=[each for each in of_resource.scope_spans if each.spans])
            del of_resource.scope_spans[:]
            of_resource.scope_spans.extend(full_scopes.scope_spans)
    if not all([of_resource.scope_spans for of_resource in request.resource_spans]):  # noqa: C419
        full = wire.Request(resource_spans=[each for each in request.resource_spans if each.scope_spans])
        del request.resource_spans[:]
        request.resource_spans.extend(full.resource_spans)


def _fault_of(span: wire.Span) -> str | None:
    if len(span.trace_id) != TRACE_ID_BYTES or span.trace_id == _NO_TRACE:
        return BAD_TRACE_ID
    if len(span.span_id) != SPAN_ID_BYTES or span.span_id == _NO_SPAN:
        return BAD_SPAN_ID
    return BAD_PARENT_ID if len(span.parent_span_id) not in (0, SPAN_ID_BYTES) else None


def _adopt_legacy_spans(of_resource: wire.ResourceSpans) -> None:
    """Senders older than OTLP 0.19 fill `instrumentation_library_spans`; like the Collector, only where alone."""
    if not of_resource.scope_spans:
        of_resource.scope_spans.extend(of_resource.instrumentation_library_spans)
    del of_resource.instrumentation_library_spans[:]


def _salvage(body: bytes) -> tuple[wire.Request, Counter[str]]:
    """One span that cannot be parsed does not cost its batch, as long as the frame around the spans is sound."""
    rejected: Counter[str] = Counter()
    try:
        shell = wire.Shell.FromString(body)
        for of_resource in shell.resource_spans:
            wire.Resource.FromString(of_resource.resource)
            for of_scope in [*of_resource.scope_spans, *of_resource.instrumentation_library_spans]:
                wire.Scope.FromString(of_scope.scope)
                refuse_too_many_spans(len(of_scope.spans))
                readable = [span for span in of_scope.spans if _is_readable(span)]
                if len(readable) < len(of_scope.spans):
                    rejected[UNREADABLE] += len(of_scope.spans) - len(readable)
                    del of_scope.spans[:]
                    of_scope.spans.extend(readable)
        return wire.Request.FromString(shell.SerializeToString()), rejected
    except DecodeError:
        raise PayloadRejected("The body is not an OTLP ExportTraceServiceRequest in protobuf.") from None


def _is_readable(span: bytes) -> bool:
    """Whether the parser takes the span at its place in a request, where it nests three messages deeper than alone."""
    shell = wire.Shell()
    shell.resource_spans.add().scope_spans.add().spans.append(span)
    try:
        wire.Request.FromString(shell.SerializeToString())
    except DecodeError:
        return False
    return True
