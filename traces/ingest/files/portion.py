"""Some spans of a file as one OTLP request, and what was wrong with others around them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from traces.ingest.files.outcome import Problem
from traces.ingest.json_fields import Unreadable
from traces.wire import otlp_pb2 as wire

# It is sent again with every portion of its spans.
_MAX_RESOURCE_BYTES = 1024 * 1024
# What is read from the file for one request.
_MAX_READ_BYTES = 1024 * 1024
_MAX_SPANS = 2_000


@dataclass(frozen=True, slots=True)
class Resource:
    """Who emitted spans: a ResourceSpans without any, and its bytes."""

    key: bytes
    message: wire.ResourceSpans


NO_RESOURCE = Resource(b"", wire.ResourceSpans())


def resource_of(found: wire.ResourceSpans) -> Resource:
    """Of spans that came with theirs. Raises Unreadable for a very large one."""
    message = wire.ResourceSpans(resource=found.resource, schema_url=found.schema_url)
    key = message.SerializeToString()
    if len(key) > _MAX_RESOURCE_BYTES:
        raise Unreadable(f"its resource takes more than {_MAX_RESOURCE_BYTES:,} bytes")
    return Resource(key, message)


@dataclass(slots=True)
class Portion:
    """A request in the making. Spans of one resource and scope stand together in it, whatever stands between."""

    request: wire.Request = field(default_factory=wire.Request)
    problems: list[Problem] = field(default_factory=list)
    formats: set[str] = field(default_factory=set)
    span_count: int = 0
    read_bytes: int = 0
    _resources: dict[bytes, wire.ResourceSpans] = field(default_factory=dict)
    _scopes: dict[tuple[bytes, bytes], wire.ScopeSpans] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return self.span_count + len(self.problems) >= _MAX_SPANS or self.read_bytes >= _MAX_READ_BYTES

    def add(self, resource: Resource, scopes: Iterable[wire.ScopeSpans]) -> None:
        for found in scopes:
            name = wire.ScopeSpans(scope=found.scope, schema_url=found.schema_url)
            key = (resource.key, name.SerializeToString())
            of_scope = self._scopes.get(key)
            if of_scope is None:
                of_scope = self._scopes[key] = self._find_resource(resource).scope_spans.add()
                of_scope.CopyFrom(name)
            of_scope.spans.extend(found.spans)
            self.span_count += len(found.spans)

    def _find_resource(self, resource: Resource) -> wire.ResourceSpans:
        found = self._resources.get(resource.key)
        if found is None:
            found = self._resources[resource.key] = self.request.resource_spans.add()
            found.CopyFrom(resource.message)
            self.read_bytes += len(resource.key)
        return found
