"""Reads one trace back through every door for readers: ours, and those of Jaeger, Zipkin and Tempo."""

import json
import subprocess
import urllib.error
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from tests.clients.toolboxes import Missing, prepare
from tests.services.processes import TracingUI

# A reader's name, and the names of the trace's spans as it read them.
Answers = dict[str, list[str]]
Fetch = Callable[[str], Any]
MINUTE_NS = 60 * 10**9


class ReaderFailed(Exception):
    """Jaeger's own client got an error; the text is its."""


def read_back(tracing_ui: TracingUI, trace_id: str, start_ns: int, service: str) -> Answers:
    """Span names by reader, each list sorted. Raises ReaderFailed."""

    def fetch(path: str) -> Any:
        """The JSON of an answer; None for one that is an error."""
        try:
            return tracing_ui.get_json(path)
        except urllib.error.HTTPError as error:
            error.close()
            return None

    answers = {
        "ours": list(_ours(fetch, trace_id)),
        "v1 trace": list(_names_v1(fetch(f"/api/traces/{trace_id}"), trace_id)),
        "v1 search": list(_names_v1(fetch(f"/api/traces?{_window_us(start_ns, service)}"), trace_id)),
        "v3 trace": list(_names_v3(fetch(f"/api/v3/traces/{trace_id}"), trace_id)),
        "v3 search": list(_names_v3(fetch(f"/api/v3/traces?{_window_rfc(start_ns, service)}"), trace_id)),
        "Zipkin trace": [span["name"] for span in fetch(f"/zipkin/api/v2/trace/{trace_id}") or ()],
        "Zipkin search": list(_names_zipkin(fetch(f"/zipkin/api/v2/traces?{_window_ms(start_ns, service)}"), trace_id)),
        "Tempo trace": list(_names_tempo(fetch(f"/tempo/api/v2/traces/{trace_id}"))),
        "Tempo search": list(_names_found(fetch(f"/tempo/api/search?{_window_s(start_ns)}"), trace_id)),
        **read_grpc(int(tracing_ui.environment["JAEGER_QUERY_PORT"]), trace_id, start_ns, service),
    }
    return {reader: sorted(names) for reader, names in answers.items()}


def read_grpc(port: int, trace_id: str, start_ns: int, service: str) -> Answers:
    """With the classes that Jaeger generated for Go. Raises Missing, and ReaderFailed with what they say."""
    command = [*prepare("go-reader"), f"127.0.0.1:{port}", trace_id, str(start_ns), service]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise ReaderFailed(done.stderr.strip())
    answers: Answers = json.loads(done.stdout)
    return answers


def find_reason_not_to_read() -> str:
    """Empty if Jaeger's gRPC can be asked, else a sentence."""
    try:
        prepare("go-reader")
    except Missing as reason:
        return str(reason)
    return ""


def _ours(fetch: Fetch, trace_id: str) -> Iterator[str]:
    trace = fetch(f"/api/v1/traces/{trace_id}")
    yield from (span["name"] for span in trace["spans"]) if trace else ()


def _window_us(start_ns: int, service: str) -> str:
    window = {"start": (start_ns - MINUTE_NS) // 1000, "end": (start_ns + MINUTE_NS) // 1000}
    return urlencode({"service": service, "limit": 100, **window})


def _window_ms(start_ns: int, service: str) -> str:
    window = {"endTs": (start_ns + MINUTE_NS) // 10**6, "lookback": 2 * MINUTE_NS // 10**6}
    return urlencode({"serviceName": service, "limit": 100, **window})


def _window_s(start_ns: int) -> str:
    window = {"start": (start_ns - MINUTE_NS) // 10**9, "end": (start_ns + MINUTE_NS) // 10**9}
    return urlencode({"q": "{ }", "limit": 100, "spss": 100, **window})


def _window_rfc(start_ns: int, service: str) -> str:
    return urlencode(
        {
            "query.serviceName": service,
            "query.startTimeMin": _rfc(start_ns - MINUTE_NS),
            "query.startTimeMax": _rfc(start_ns + MINUTE_NS),
            "query.searchDepth": 100,
        }
    )


def _rfc(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _names_v1(answer: Any, trace_id: str) -> Iterator[str]:
    """Jaeger leaves out the zeros before a short id."""
    for trace in answer["data"] if answer else ():
        if str(trace["traceID"]).zfill(32) == trace_id:
            yield from (span["operationName"] for span in trace["spans"])


def _names_v3(answer: Any, trace_id: str) -> Iterator[str]:
    for resource in answer["result"]["resourceSpans"] if answer else ():
        for scope in resource["scopeSpans"]:
            yield from (span["name"] for span in scope["spans"] if span["traceId"] == trace_id)


def _names_zipkin(answer: Any, trace_id: str) -> Iterator[str]:
    for trace in answer or ():
        yield from (span["name"] for span in trace if span["traceId"].zfill(32) == trace_id)


def _names_tempo(answer: Any) -> Iterator[str]:
    for resource in answer["trace"]["resourceSpans"] if answer else ():
        for scope in resource["scopeSpans"]:
            yield from (span["name"] for span in scope["spans"])


def _names_found(answer: Any, trace_id: str) -> Iterator[str]:
    """Tempo's search shows the spans that match: all of a trace, for they are asked for."""
    for trace in answer["traces"] if answer else ():
        if trace["traceID"].zfill(32) == trace_id:
            yield from (span["name"] for found in trace["spanSets"] for span in found["spans"])
