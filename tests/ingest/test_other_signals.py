"""Metrics and logs: counted, not kept, and said so, in a way that stops nobody's exporter."""

import json

import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
    Summary,
    SummaryDataPoint,
)

from tests.ingest.doors import JSON, PROTOBUF, HttpDoor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_engine]

METRICS_MESSAGE = "Tracing UI keeps traces only: these metrics were not stored."
LOGS_MESSAGE = "Tracing UI keeps traces only: these logs were not stored."
# 2 + 1 + 3 + 1 + 1 points, and a metric without any.
METRICS = ExportMetricsServiceRequest(
    resource_metrics=[
        ResourceMetrics(
            scope_metrics=[
                ScopeMetrics(
                    metrics=[
                        Metric(name="g", gauge=Gauge(data_points=[NumberDataPoint(as_int=1), NumberDataPoint()])),
                        Metric(name="s", sum=Sum(data_points=[NumberDataPoint(as_double=1.5)])),
                        Metric(
                            name="h", histogram=Histogram(data_points=[HistogramDataPoint(count=n) for n in range(3)])
                        ),
                    ]
                ),
                ScopeMetrics(
                    metrics=[
                        Metric(
                            name="e",
                            exponential_histogram=ExponentialHistogram(data_points=[ExponentialHistogramDataPoint()]),
                        ),
                        Metric(name="q", summary=Summary(data_points=[SummaryDataPoint()])),
                        Metric(name="nothing"),
                    ]
                ),
            ]
        )
    ]
)
LOGS = ExportLogsServiceRequest(
    resource_logs=[
        ResourceLogs(scope_logs=[ScopeLogs(log_records=[LogRecord(severity_text="INFO"), LogRecord()]), ScopeLogs()]),
        ResourceLogs(scope_logs=[ScopeLogs(log_records=[LogRecord()])]),
    ]
)


def test_points_in_protobuf_are_counted_and_not_kept(door: HttpDoor) -> None:
    answer = door.post(METRICS.SerializeToString(), PROTOBUF, "/v1/metrics")

    partial = ExportMetricsServiceResponse.FromString(answer.body).partial_success
    assert (answer.status, answer.media_type) == (200, PROTOBUF)
    assert (partial.rejected_data_points, partial.error_message) == (8, METRICS_MESSAGE)


def test_points_in_json_are_counted_and_not_kept(door: HttpDoor) -> None:
    answer = door.post(MessageToJson(METRICS).encode(), JSON, "/v1/metrics")

    assert (answer.status, answer.media_type) == (200, JSON)
    assert json.loads(answer.body) == {"partialSuccess": {"rejectedDataPoints": "8", "errorMessage": METRICS_MESSAGE}}


def test_records_in_protobuf_are_counted_and_not_kept(door: HttpDoor) -> None:
    answer = door.post(LOGS.SerializeToString(), PROTOBUF, "/v1/logs")

    partial = ExportLogsServiceResponse.FromString(answer.body).partial_success
    assert (answer.status, answer.media_type) == (200, PROTOBUF)
    assert (partial.rejected_log_records, partial.error_message) == (3, LOGS_MESSAGE)


def test_records_in_json_are_counted_and_not_kept(door: HttpDoor) -> None:
    answer = door.post(MessageToJson(LOGS).encode(), JSON, "/v1/logs")

    assert (answer.status, answer.media_type) == (200, JSON)
    assert json.loads(answer.body) == {"partialSuccess": {"rejectedLogRecords": "3", "errorMessage": LOGS_MESSAGE}}


@pytest.mark.parametrize("path", ["/v1/metrics", "/v1/logs"])
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"\xff", PROTOBUF),
        (b"\x0a\x05hi", PROTOBUF),
        (b"{", JSON),
        (b"[]", JSON),
        (b'{"resourceMetrics": 5, "resourceLogs": 5}', JSON),
        (b'{"resourceMetrics": [5], "resourceLogs": [5]}', JSON),
        (b'{"resourceMetrics": {"a": 1}, "resourceLogs": {"a": 1}}', JSON),
        (b'{"resourceMetrics": [{"scopeMetrics": true}], "resourceLogs": [{"scopeLogs": true}]}', JSON),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(door: HttpDoor, path: str, body: bytes, media_type: str) -> None:
    """Not 503, after which an SDK would send it again and again."""
    answer = door.post(body, media_type, path)

    assert (answer.status, answer.media_type, answer.error[0]) == (400, media_type, 3)


def test_text_that_is_not_utf8_does_not_matter(door: HttpDoor) -> None:
    body = METRICS.SerializeToString().replace(b"nothing", b"\xffothing")

    assert door.post(body, PROTOBUF, "/v1/metrics").status == 200
