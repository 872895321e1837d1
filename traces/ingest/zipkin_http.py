"""The doors of Zipkin's clients: POST /api/v2/spans and /api/v1/spans.

https://zipkin.io/zipkin-api/: 202 without a body, and a sentence in plain text for whoever sends something else. JSON
is what is expected of any media type that does not say otherwise.
"""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from traces.ingest.cors import allow_origin, answer_preflight
from traces.ingest.foreign_http import ForeignDoor, Translate
from traces.ingest.translate.zipkin.json_v1 import translate_json_v1
from traces.ingest.translate.zipkin.json_v2 import translate_json_v2
from traces.ingest.translate.zipkin.proto import translate_proto
from traces.ingest.translate.zipkin.thrift_v1 import translate_thrift

_DOOR = ForeignDoor(name="zipkin", allowed="POST, OPTIONS", not_gzip="Cannot gunzip spans: ")
_V2: Mapping[str, Translate] = {
    "application/x-protobuf": translate_proto,
    "application/protobuf": translate_proto,
}
_V1: Mapping[str, Translate] = {
    "application/x-thrift": translate_thrift,
    "application/vnd.apache.thrift.binary": translate_thrift,
}


@csrf_exempt
def receive_v2(request: HttpRequest) -> HttpResponse:
    """202 after the commit; JSON or protobuf."""
    return _receive(request, _V2.get(request.content_type or "", translate_json_v2))


@csrf_exempt
def receive_v1(request: HttpRequest) -> HttpResponse:
    """202 after the commit; JSON or Thrift."""
    return _receive(request, _V1.get(request.content_type or "", translate_json_v1))


def _receive(request: HttpRequest, translate: Translate) -> HttpResponse:
    if request.method == "OPTIONS":
        return answer_preflight(request)
    return allow_origin(request, _DOOR.receive(request, translate))
