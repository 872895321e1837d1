"""The door of Jaeger's HTTP clients: POST /api/traces with a batch in Thrift.

The Collector's Jaeger receiver answers 202, and 400 in plain text for all that it cannot read:
https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/receiver/jaegerreceiver
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from traces.ingest.foreign_http import ForeignDoor
from traces.ingest.result import Translated
from traces.ingest.translate.jaeger.thrift import find_protocol, translate_thrift
from traces.wire.thrift import Protocol

# Where the type does not say which protocol, the first byte does.
_FORMATS = {
    "application/x-thrift": None,
    "application/vnd.apache.thrift.binary": Protocol.BINARY,
    "application/vnd.apache.thrift.compact": Protocol.COMPACT,
}
_DOOR = ForeignDoor(
    name="jaeger http",
    media_types=_FORMATS,
    unreadable="Unable to process request body: ",
    unavailable="Cannot submit Jaeger batch: ",
)


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    """202 after the commit."""
    protocol = _FORMATS.get(request.content_type or "")

    def translate(body: bytes) -> Translated:
        return translate_thrift(body, protocol or find_protocol(body))

    return _DOOR.receive(request, translate)
