"""A span as Zipkin's API v2 has it, whatever encoding it came in.

https://zipkin.io/zipkin-api/#/default/post_spans. What is absent is None. Texts that are not UTF-8 hold the odd bytes
as half surrogate pairs, as Python's `surrogateescape` makes them.
"""

from typing import Any

import msgspec


class Endpoint(msgspec.Struct, rename="camel"):
    """Who speaks: a service and its address, of which any part may be missing."""

    service_name: str | None = None
    ipv4: str | None = None
    ipv6: str | None = None
    port: int | None = None


class Annotation(msgspec.Struct):
    """Something that happened; `timestamp` in microseconds. Only v1 says by whom: `endpoint`."""

    timestamp: int | float | None = None
    value: str | None = None
    endpoint: Any = None


class ZipkinSpan(msgspec.Struct, rename="camel"):
    """Times are microseconds. The values of tags are texts by the book; others are kept as they are.

    `binary_annotations` exist only in v1: a span that has them was sent to the wrong address.
    """

    trace_id: str | None = None
    id: str | None = None
    parent_id: str | None = None
    kind: str | None = None
    name: str | None = None
    timestamp: int | float | None = None
    duration: int | float | None = None
    local_endpoint: Endpoint | None = None
    remote_endpoint: Endpoint | None = None
    annotations: list[Annotation] | None = None
    tags: dict[str, Any] | None = None
    debug: bool | None = None
    shared: bool | None = None
    binary_annotations: Any = None
