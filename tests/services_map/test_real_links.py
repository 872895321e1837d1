"""Roll-ups of real traces of other projects against a plain computation over their spans."""

import json
import time
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from services_map.domain.latency.levels import DAY
from services_map.rolling_up.roller import SETTLE_AFTER_SECONDS, Roller
from tests.ingest.test_shared_data import list_files, read_request
from tests.services_map.plain_rollups import Sent, compute_tables, read_tables, summarise
from traces.domain.span import measure_duration_ns
from traces.ingest.translate.otlp_json import translate_otlp_json
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, SpanRequest
from traces.storage.blocks import EARLIEST_NS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_engine]

#: How many different spans, links on the last day, and calls.
DATA_SETS = {
    "crisp": (18, 5, 17),
    "deathstarbench-socialnetwork": (660, 11, 220),
    "jaeger-ui": (17, 6, 11),
    "nezha": (32_354, 64, 7_628),
    "otlp-examples": (1, 1, 1),
    "trainticket-zipkin-v1": (95, 0, 0),
    "zipkin-lens": (240, 38, 141),
}


@pytest.mark.parametrize("name", DATA_SETS)
def test_roll_ups_of_real_traces_are_those_of_a_plain_computation(name: str) -> None:
    sent: dict[tuple[object, ...], Sent] = {}
    received_ns = time.time_ns()
    for path in list_files(name):
        translated = translate_otlp_json(json.dumps(read_request(path)).encode())
        request = SpanRequest(
            project=DEFAULT_PROJECT,
            body=translated.body,
            span_count=translated.span_count,
            received_ns=received_ns,
            cuts=translated.cuts,
        )
        get_store().write([request])
        for item in read_sent(translated.body, received_ns):
            span = item.span
            identity = (span.trace_id, span.span_id, item.service, span.name, span.kind, span.start_time_unix_nano)
            sent.setdefault((*identity, span.end_time_unix_nano), item)
    roller, now_s = Roller(DEFAULT_PROJECT), int(time.time())
    for moment_s in (now_s, now_s + SETTLE_AFTER_SECONDS + 1):
        while not roller.turn(moment_s, 10_000_000).is_idle:
            pass
    expected = summarise(compute_tables(sent.values()))
    assert read_tables() == expected
    links = {
        row[0]: sum(count for count, _ in cells.values())
        for row, cells in expected.items()
        if row[0][0] == "link" and row[1] == DAY
    }
    assert (len(sent), len(links), sum(links.values())) == DATA_SETS[name]


def read_sent(body: bytes, received_ns: int) -> Iterator[Sent]:
    """The spans of a request; one with a clock that cannot be right is filed at its arrival."""
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        names = {one.key: one.value.string_value for one in group.resource.attributes}
        for scope in group.scope_spans:
            for span in scope.spans:
                if span.start_time_unix_nano < EARLIEST_NS:
                    duration_ns = measure_duration_ns(span.start_time_unix_nano, span.end_time_unix_nano)
                    span.start_time_unix_nano = received_ns
                    span.end_time_unix_nano = received_ns + duration_ns
                yield Sent(names.get("service.name", "unknown_service"), span, names.get("service.version", ""))
