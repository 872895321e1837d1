"""Protocol Buffers written by hand: what OpenTelemetry's classes would refuse to write.

https://protobuf.dev/programming-guides/encoding/
"""

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.builders import make_request

BOTTOM = b"\x0a\x06bottom"  # AnyValue.string_value


def varint(number: int) -> bytes:
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def nested_arrays(depth: int) -> bytes:
    """An AnyValue: arrays in arrays."""
    value = BOTTOM
    for _ in range(depth):
        value = field(5, field(1, value))
    return value


def nested_maps(depth: int) -> bytes:
    """An AnyValue: maps in maps."""
    value = BOTTOM
    for _ in range(depth):
        value = field(6, field(1, key_value("k", value)))
    return value


def key_value(key: str, value: bytes) -> bytes:
    return field(1, key.encode()) + field(2, value)


def span_with_attribute(span: Span, value: bytes) -> bytes:
    """The span with one more attribute, `k`."""
    return span.SerializeToString() + field(9, key_value("k", value))


def span_with_event_attribute(span: Span, value: bytes) -> bytes:
    return span.SerializeToString() + field(11, field(3, key_value("k", value)))


def request_of(*spans: bytes) -> bytes:
    """A request of one service with these spans, whatever they are."""
    resource = make_request().resource_spans[0].resource.SerializeToString()
    scope = field(1, b"\x0a\x05tests")
    return field(1, field(1, resource) + field(2, scope + b"".join(field(2, span) for span in spans)))
