"""Files of traces in every form, made here."""

import base64
import gzip
import io
import json
from typing import Any

from traces.ingest.files.outcome import Preview
from traces.ingest.files.preview import preview_file

TRACE_ID = "5af7183fb1d4cf5f0102030405060708"
START_US = 1_700_000_000_000_000


def jaeger_span(number: int, **more: Any) -> dict[str, Any]:
    return {
        "traceID": TRACE_ID, "spanID": f"{number:x}", "operationName": f"op {number}", "startTime": START_US + number,
        "duration": 1000, "processID": "p1",
        "references": [{"refType": "CHILD_OF", "traceID": TRACE_ID, "spanID": "1"}] if number > 1 else [],
        "tags": [{"key": "http.status_code", "type": "int64", "value": 200}],
        "logs": [{"timestamp": START_US + 5, "fields": [{"key": "event", "type": "string", "value": "done"}]}],
        **more,
    }  # fmt: skip


def jaeger_trace(count: int = 3, **more: Any) -> dict[str, Any]:
    """Processes stand behind the spans, as Jaeger writes them."""
    return {
        "traceID": TRACE_ID,
        "spans": [jaeger_span(number) for number in range(1, count + 1)],
        "processes": {"p1": {"serviceName": "shop", "tags": [{"key": "hostname", "type": "string", "value": "h1"}]}},
        "warnings": None,
    } | more


def zipkin_span(number: int, **more: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE_ID, "id": f"{number:016x}", "name": "get", "kind": "SERVER", "timestamp": START_US + number,
        "duration": 1000, "localEndpoint": {"serviceName": "shop"}, "tags": {"http.path": "/"},
    } | more  # fmt: skip


def zipkin_v1_span(number: int, *values: str) -> dict[str, Any]:
    endpoint = {"serviceName": "shop", "ipv4": "10.0.0.1"}
    return {
        "traceId": TRACE_ID, "id": f"{number:016x}", "name": "get",
        "annotations": [{"timestamp": START_US + index, "value": value, "endpoint": endpoint}
                        for index, value in enumerate(values or ("sr", "ss"))],
        "binaryAnnotations": [{"key": "http.path", "value": "/", "endpoint": endpoint}],
    }  # fmt: skip


def otlp_span(number: int, **more: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE_ID, "spanId": f"{number:016x}", "name": "get", "kind": 2,
        "startTimeUnixNano": str((START_US + number) * 1000), "endTimeUnixNano": str((START_US + number + 1000) * 1000),
    } | more  # fmt: skip


def otlp_request(count: int = 3, first: int = 1) -> dict[str, Any]:
    """The scope stands behind its spans, the resource behind its scopes: JSON has no order."""
    spans = [otlp_span(number) for number in range(first, first + count)]
    service = {"key": "service.name", "value": {"stringValue": "shop"}}
    scopes = [{"spans": spans, "scope": {"name": "lib", "version": "1"}, "schemaUrl": "https://example.org/1"}]
    return {"resourceSpans": [{"scopeSpans": scopes, "resource": {"attributes": [service]}}]}


def in_base64(value: Any) -> Any:
    """The same with its ids as Tempo's API writes them."""
    if isinstance(value, list):
        return [in_base64(item) for item in value]
    if not isinstance(value, dict):
        return value
    ids = {key: base64.b64encode(bytes.fromhex(value[key])).decode() for key in ("traceId", "spanId") if key in value}
    return {key: in_base64(item) for key, item in value.items()} | ids


def lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def file_of(content: Any) -> io.BytesIO:
    return io.BytesIO(content if isinstance(content, bytes) else json.dumps(content).encode())


def preview(content: Any, name: str = "file") -> Preview:
    return preview_file(file_of(content), name)


def problems_of(found: Preview) -> list[str]:
    return [str(problem) for problem in found.problems]


def packed(content: Any) -> bytes:
    return gzip.compress(file_of(content).getvalue())
