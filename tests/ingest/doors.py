"""Sending to the collector's HTTP port in this process, and reading back what came of it."""

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client
from google.protobuf.json_format import MessageToDict
from google.rpc import status_pb2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.builders import span_id, trace_id
from traces import reading
from traces.domain.span import Span
from traces.domain.trace import Trace
from traces.storage.base import DEFAULT_PROJECT

PROTOBUF, JSON = "application/x-protobuf", "application/json"
_ID_FIELDS = ("traceId", "spanId", "parentSpanId")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door said. Nothing here follows a redirect."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers["Content-Type"]

    @property
    def partial_success(self) -> tuple[int, str]:
        """Rejected spans and the message, in whichever encoding."""
        assert self.status == 200, (self.status, self.body)
        if self.media_type == JSON:
            partial = json.loads(self.body).get("partialSuccess", {})
            return int(partial.get("rejectedSpans", "0")), partial.get("errorMessage", "")
        found = ExportTraceServiceResponse.FromString(self.body).partial_success
        return found.rejected_spans, found.error_message

    @property
    def error(self) -> tuple[int, str]:
        """Code and message of the `google.rpc.Status`."""
        if self.media_type == JSON:
            found = json.loads(self.body)
            return found["code"], found["message"]
        status = status_pb2.Status.FromString(self.body)
        return status.code, status.message


class HttpDoor:
    """The collector's port."""

    def __init__(self) -> None:
        self._client = Client(raise_request_exception=False)

    def call(
        self,
        method: str,
        path: str,
        body: bytes,
        content_type: str,
        headers: Mapping[str, str],
        content_length: int | None,
    ) -> Answer:
        environ: dict[str, Any] = {"wsgi.input": io.BytesIO(body)}
        if content_type:
            environ["CONTENT_TYPE"] = content_type
        if content_length is not None:
            environ["CONTENT_LENGTH"] = str(content_length)
        response = self._client.generic(method, path, headers={"Host": "localhost:4318"} | dict(headers), **environ)
        return Answer(response.status_code, dict(response.items()), response.content)

    def post(
        self,
        body: bytes,
        content_type: str = PROTOBUF,
        path: str = "/v1/traces",
        headers: Mapping[str, str] | None = None,
        *,
        is_chunked: bool = False,
    ) -> Answer:
        """A chunked body has no length."""
        length = None if is_chunked else len(body)
        return self.call("POST", path, body, content_type, headers or {}, length)

    def send(self, request: ExportTraceServiceRequest, content_type: str = PROTOBUF) -> Answer:
        return self.post(encode(request, content_type), content_type)


def encode(request: ExportTraceServiceRequest, content_type: str) -> bytes:
    return request.SerializeToString() if content_type == PROTOBUF else json.dumps(to_json(request)).encode()


def to_json(request: ExportTraceServiceRequest) -> dict[str, Any]:
    """OTLP's JSON: the proto3 mapping, but for ids in hex."""
    document = MessageToDict(request, use_integers_for_enums=True)
    for group in document.get("resourceSpans", ()):
        for scope in group.get("scopeSpans", ()):
            for span in scope.get("spans", ()):
                for holder in [span, *span.get("links", ())]:
                    holder |= {name: base64.b64decode(holder[name]).hex() for name in _ID_FIELDS if name in holder}
    return document


def read_trace(trace: int = 1) -> Trace:
    return reading.load_trace(DEFAULT_PROJECT, trace_id(trace))


def read_span(trace: int = 1, span: int = 1) -> Span:
    return reading.load_span(DEFAULT_PROJECT, read_trace(trace), span_id(span))


def read_span_ids(trace: int = 1) -> list[bytes]:
    """The ids of a trace's spans, in the order of its rows."""
    return [row.span.span_id for row in read_trace(trace).rows]
