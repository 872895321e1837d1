"""Finds the spans in a value of JSON, whichever of the known forms it has, and what stands around them.

What stands around spans may stand behind them (`processes` does). Such an object is passed over to its end first, then
the cursor goes back: the window spares that for all but large ones.
"""

from collections.abc import Iterator

from traces.domain.errors import PayloadRejected
from traces.ingest.files.cursor import Cursor
from traces.ingest.files.frames import (
    Frame,
    JaegerTrace,
    OtlpScope,
    SpanText,
    ZipkinList,
    read_jaeger_trace,
    read_resource,
    read_scope,
)
from traces.ingest.files.outcome import Problem
from traces.ingest.files.portion import NO_RESOURCE, Resource
from traces.ingest.files.wrong_files import describe_other_json
from traces.ingest.json_fields import Unreadable
from traces.ingest.json_pieces import TooLargePiece
from traces.wire import otlp_pb2 as wire

Found = tuple[Frame, SpanText] | Problem
# Where the value of each member begins, by its name.
_Members = dict[str, int]

# Of spans, and of whatever else a list may hold where spans should be.
MAX_ITEMS = 5_000_000
_MAX_DEPTH = 8
_MAX_NAMES = 100
_NULL = b"null"
_RESOURCE_LISTS = frozenset(("resourceSpans", "resource_spans", "batches"))
# What the answers of Jaeger's and Tempo's APIs put around traces.
_AROUND = frozenset(("data", "result", "trace"))
_SCOPE_LISTS = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans")
_ONLY_JAEGER = frozenset(("spanID", "operationName", "processID"))
_ONLY_OTLP = frozenset(("spanId", "startTimeUnixNano", "start_time_unix_nano"))
_ONLY_ZIPKIN = frozenset(("parentId", "localEndpoint", "remoteEndpoint", "annotations", "binaryAnnotations"))
_ZIPKIN_LIST, _NO_TRACE, _NO_SCOPE = ZipkinList(), JaegerTrace(b"", {}), OtlpScope(NO_RESOURCE, wire.ScopeSpans())
_UNREADABLE = (Unreadable, TooLargePiece)


class Walk:
    """Goes through the values of one file; `other_names` are of members of objects that are none of traces."""

    def __init__(self) -> None:
        self.other_names: list[str] = []
        self._line = self._items = self._items_here = 0
        # Neighbours in a file are often of the same resource and scope: then their spans are one run.
        self._last_resource: tuple[tuple[bytes, bytes], Resource] | None = None
        self._last_scope: tuple[tuple[bytes, bytes, bytes], OtlpScope] | None = None

    def find_spans(self, cursor: Cursor, line: int = 0) -> Iterator[Found]:
        """The spans in the next value, in the file's order, and what is wrong around them.

        `line` is its number where the file has a value a line. Raises NotJson, and PayloadRejected for too many.
        """
        self._line = line
        if line:
            self._items_here = 0
        yield from self._walk(cursor, 0)

    @property
    def has_spans(self) -> bool:
        """Whether anything stood where a span should."""
        return self._items > 0

    def miss_line(self, line: int, reason: str) -> Problem:
        """Count a line that is no JSON."""
        self._count()
        return Problem(where=f"line {line:,}", reason=f"it is not JSON: {reason}")

    def _walk(self, cursor: Cursor, depth: int, *, is_counted: bool = False) -> Iterator[Found]:
        """`is_counted`: it was taken for a span; what holds spans is none itself."""
        if cursor.is_at_object():
            yield from self._walk_object(cursor, depth, is_counted=is_counted)
        elif cursor.is_at_list() and depth < _MAX_DEPTH:
            self._items_here -= is_counted
            yield from self._walk_list(cursor, depth)
        else:
            cursor.skip()
            yield Problem(where=self._where(), reason="there is no object where a trace or span should be")

    def _walk_list(self, cursor: Cursor, depth: int) -> Iterator[Found]:
        """Where the first value is a span, the others are taken for spans, too."""
        frame: Frame | None = None
        for index, _ in enumerate(cursor.iterate_items()):
            if index == 0:
                start = cursor.at
                frame = _find_frame(_look_through(cursor))
                cursor.go_to(start)
            if frame:
                yield from self._take_span(cursor, frame)
            else:
                self._count()
                yield from self._walk(cursor, depth + 1, is_counted=True)

    def _walk_object(self, cursor: Cursor, depth: int, *, is_counted: bool) -> Iterator[Found]:
        start, members, is_around = cursor.at, _Members(), False
        for name in cursor.iterate_members():
            if len(members) < _MAX_NAMES:
                members.setdefault(name, cursor.at)
            holds_resources = name in _RESOURCE_LISTS and cursor.is_at_list()
            is_name_around = name in _AROUND and depth < _MAX_DEPTH
            if holds_resources or (is_name_around and (cursor.is_at_list() or cursor.is_at_object())):
                self._items_here -= is_counted and not is_around
                is_around = True
                yield from self._walk_resources(cursor) if holds_resources else self._walk(cursor, depth + 1)
        if not is_around:
            end = cursor.at
            yield from self._take_object(cursor, start, members, is_counted=is_counted)
            cursor.go_to(end)

    def _take_object(self, cursor: Cursor, start: int, members: _Members, *, is_counted: bool) -> Iterator[Found]:
        if "spans" in members and ("processes" in members or "traceID" in members):
            self._items_here -= is_counted
            yield from self._walk_trace(cursor, members)
        elif frame := _find_frame(members):
            self._items_here -= is_counted
            cursor.go_to(start)
            yield from self._take_span(cursor, frame, is_alone=True)
        else:
            self.other_names += list(members)[: _MAX_NAMES - len(self.other_names)]
            yield Problem(where=self._where(is_alone=True), reason=describe_other_json(list(members)))

    def _walk_trace(self, cursor: Cursor, members: _Members) -> Iterator[Found]:
        try:
            frame = read_jaeger_trace(_read(cursor, members, "traceID"), _read(cursor, members, "processes"))
        except _UNREADABLE as problem:
            yield self._left_out(f"its trace is left out: {problem}")
            return
        yield from self._walk_spans(cursor, members, frame)

    def _walk_resources(self, cursor: Cursor) -> Iterator[Found]:
        for _ in cursor.iterate_items():
            members = _look_through(cursor)
            end = cursor.at
            yield from self._walk_resource(cursor, members)
            cursor.go_to(end)

    def _walk_resource(self, cursor: Cursor, members: _Members) -> Iterator[Found]:
        try:
            resource = self._read_resource(_read(cursor, members, "resource"), _read_schema_url(cursor, members))
        except _UNREADABLE as problem:
            yield self._left_out(f"its resource is left out, with all its spans: {problem}")
            return
        lists = [members[name] for name in _SCOPE_LISTS if name in members]
        for at in lists[:1]:
            cursor.go_to(at)
            for _ in cursor.iterate_items() if cursor.is_at_list() else ():
                of_scope = _look_through(cursor)
                end = cursor.at
                yield from self._walk_scope(cursor, of_scope, resource)
                cursor.go_to(end)

    def _walk_scope(self, cursor: Cursor, members: _Members, resource: Resource) -> Iterator[Found]:
        try:
            frame = self._read_scope(_read(cursor, members, "scope"), _read_schema_url(cursor, members), resource)
        except _UNREADABLE as problem:
            yield self._left_out(f"its scope is left out, with all its spans: {problem}")
            return
        yield from self._walk_spans(cursor, members, frame)

    def _read_resource(self, text: bytes, schema_url: bytes) -> Resource:
        read = (text, schema_url)
        if not self._last_resource or self._last_resource[0] != read:
            self._last_resource = read, read_resource(text, schema_url)
        return self._last_resource[1]

    def _read_scope(self, text: bytes, schema_url: bytes, resource: Resource) -> OtlpScope:
        read = (text, schema_url, resource.key)
        if not self._last_scope or self._last_scope[0] != read:
            self._last_scope = read, OtlpScope(resource, read_scope(text, schema_url))
        return self._last_scope[1]

    def _walk_spans(self, cursor: Cursor, members: _Members, frame: Frame) -> Iterator[Found]:
        if "spans" not in members:
            return
        cursor.go_to(members["spans"])
        for _ in cursor.iterate_items() if cursor.is_at_list() else ():
            yield from self._take_span(cursor, frame)

    def _take_span(self, cursor: Cursor, frame: Frame, *, is_alone: bool = False) -> Iterator[Found]:
        self._count()
        try:
            text = cursor.read()
        except TooLargePiece as problem:
            yield Problem(where=self._where(is_alone=is_alone), reason=str(problem))
        else:
            yield frame, SpanText(self._where(is_alone=is_alone), text)

    def _left_out(self, reason: str) -> Problem:
        self._count()
        return Problem(where=self._where(), reason=reason)

    def _count(self) -> None:
        self._items_here += 1
        self._items += 1
        if self._items > MAX_ITEMS:
            raise PayloadRejected(f"A file may hold {MAX_ITEMS:,} spans; it holds more. Import it in parts.")

    def _where(self, *, is_alone: bool = False) -> str:
        if not self._line:
            return f"span {self._items_here:,}" if self._items_here else ""
        return f"line {self._line:,}" if is_alone else f"line {self._line:,}, span {self._items_here:,}"


def _look_through(cursor: Cursor) -> _Members:
    """Where the members of an object are; none of anything else. The cursor stands behind it then."""
    if not cursor.is_at_object():
        cursor.skip()
        return {}
    members = _Members()
    for name in cursor.iterate_members():
        if len(members) < _MAX_NAMES:
            members.setdefault(name, cursor.at)
    return members


def _find_frame(members: _Members) -> Frame | None:
    """What is around a span with these members; none if it is no span that stands for itself."""
    names = members.keys()
    if names & _ONLY_JAEGER:
        return _NO_TRACE
    if names & _ONLY_OTLP:
        return _NO_SCOPE
    return _ZIPKIN_LIST if names & _ONLY_ZIPKIN or {"traceId", "id"} <= names else None


def _read(cursor: Cursor, members: _Members, name: str) -> bytes:
    if name not in members:
        return _NULL
    cursor.go_to(members[name])
    return cursor.read()


def _read_schema_url(cursor: Cursor, members: _Members) -> bytes:
    return _read(cursor, members, "schemaUrl" if "schemaUrl" in members else "schema_url")
