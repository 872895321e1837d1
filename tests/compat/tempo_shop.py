"""A few traces that Tempo's API is asked for."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.builders import MS, NOW_NS, SECOND, join, make_event, make_link, make_request, make_span

HOUR_AGO_NS = NOW_NS - 3_600 * SECOND


def make_shop() -> ExportTraceServiceRequest:
    """`web` calls `store` in trace 1, and serves alone in trace 2, an hour earlier. Of trace 3 no root arrived."""
    call = make_span(
        1,
        1,
        name="GET /cart",
        duration_ns=10 * MS,
        attributes={
            "http.route": "/cart",
            "retries": 3,
            "hit": True,
            "ratio": 0.5,
            "whole": 2.0,
            "tags": ["a", "b"],
        },
        events=[make_event("exception", NOW_NS, {"exception.type": "KeyError"}), make_event("retry", NOW_NS)],
        links=[make_link(9, 9, {"why": "batch"})],
        status=2,
        status_message="timeout",
    )
    old = make_span(2, 1, name="GET /", start_ns=HOUR_AGO_NS, attributes={"http.route": "/", "retries": "3"})
    query = make_span(1, 2, 1, name="SELECT", kind=3, duration_ns=2 * MS, attributes={"db.system": "sqlite"})
    lost = make_span(1 << 120 | 3, 7, 77, name="work", kind=5, start_ns=HOUR_AGO_NS - SECOND, duration_ns=MS // 2)
    return join(
        make_request(call, old, service="web", resource={"region": "eu"}, scope={"level": 1}),
        make_request(query, service="store", scope_name="driver", scope_version="2"),
        make_request(lost, service="jobs"),
    )
