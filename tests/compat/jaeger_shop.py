"""A few traces whose every field Jaeger's APIs must answer with."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.models import Subject
from tests.builders import MS, NOW_NS, SECOND, join, make_event, make_link, make_request, make_span
from tests.services_map.rows import Call, add_link, write_calls

START_NS = NOW_NS - SECOND
ROOT = make_span(
    1,
    1,
    name="GET /cart",
    start_ns=START_NS,
    duration_ns=30 * MS,
    attributes={"http.status_code": 500, "ratio": 0.5, "is_cached": True, "items": ["a", 1], "raw": b"\x00\xff"},
    events=[make_event("exception", START_NS + MS, {"exception.type": "Timeout"})],
    links=[make_link(9, 8, {"opentracing.ref_type": "child_of"})],
    status=2,
    status_message="upstream failed",
    trace_state="a=1",
    flags=0x101,
)
CHILD = make_span(1, 2, 1, name="SELECT", kind=3, start_ns=START_NS + 2 * MS, duration_ns=5 * MS + 123)
ORPHAN = make_span(1, 3, 77, name="late", kind=0, start_ns=START_NS + 3 * MS, duration_ns=MS)
OTHER = make_span(2, 1, name="job", kind=1, start_ns=START_NS - SECOND)


def make_shop() -> ExportTraceServiceRequest:
    """Trace 1: `web` calls `store`, and an orphan; trace 2 is one span of `jobs`, a second older."""
    return join(
        make_request(ROOT, ORPHAN, service="web", resource={"host.name": "a"}, scope={"level": 1}),
        make_request(CHILD, service="store", scope_name="", scope_version=""),
        make_request(OTHER, service="jobs"),
    )


def write_call() -> None:
    """`web` called `pay` five times, a minute before NOW_NS."""
    ends = (Node(NodeKind.SERVICE, "web"), Node(NodeKind.SERVICE, "pay"))
    link = add_link(Edge(*ends, Connection.CALL))
    write_calls(Subject.LINK, link, NOW_NS // SECOND - 100, Call(duration_ns=MS, count=5))
