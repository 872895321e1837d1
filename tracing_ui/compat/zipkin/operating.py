"""What Zipkin says of itself: whether it is well, what version it is, what it counted, how its UI is set up."""

from django.http import HttpRequest, HttpResponse
from prometheus_client import REGISTRY

from traces.domain.attributes import Json
from traces.domain.errors import StoreUnavailable
from traces.storage import get_store
from tracing_ui import __version__, operate
from tracing_ui.compat.zipkin.answers import answer_json, answering
from tracing_ui.compat.zipkin.model_json import JsonObject
from tracing_ui.compat.zipkin.parameters import DEFAULT_LIMIT

#: The server whose API this is.
ZIPKIN_VERSION = "3.5.1"
_JSON = "application/json"
_DOOR = "zipkin"
_CONFIG: JsonObject = {
    "environment": "",
    "queryLimit": DEFAULT_LIMIT,
    "defaultLookback": 15 * 60 * 1_000,
    "searchEnabled": True,
    "logsUrl": "",
    "supportUrl": "",
    "archivePostUrl": "",
    "archiveUrl": "",
    "dependency": {"enabled": True, "lowErrorRate": 0.5, "highErrorRate": 0.75},
}


@answering
def show_health(request: HttpRequest) -> HttpResponse:
    """200 if the store answers, else 503."""
    try:
        get_store().check()
    except StoreUnavailable as problem:
        return answer_health(problem)
    return answer_health(None)


def answer_health(problem: StoreUnavailable | None) -> HttpResponse:
    """As Zipkin describes itself and the components it is made of; here that is one."""
    status = "DOWN" if problem else "UP"
    store: JsonObject = {"status": status}
    if problem:
        store["details"] = {"error": str(problem)}
    whole: Json = {"status": status, "zipkin": {"status": status, "details": {"store": store}}}
    return answer_json(whole, 503 if problem else 200)


@answering
def show_info(request: HttpRequest) -> HttpResponse:
    return answer_json({"zipkin": {"version": ZIPKIN_VERSION}, "tracing-ui": {"version": __version__}})


@answering
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Zipkin's own counters to whoever asks for JSON, else what Prometheus reads, as on every port."""
    if _JSON not in request.headers.get("Accept", ""):
        return operate.show_metrics(request)
    messages = dict(_read_counter("tracing_ui_export_requests", "answer"))
    spans = dict(_read_counter("tracing_ui_spans_received", "transport"))
    return answer_json(
        {
            "counter.zipkin_collector.messages.http": sum(messages.values()),
            "counter.zipkin_collector.messages_dropped.http": sum(messages.values()) - messages.get("202", 0.0),
            "counter.zipkin_collector.spans.http": sum(spans.values()),
        }
    )


def _read_counter(name: str, label: str) -> list[tuple[str, float]]:
    """What Zipkin's door counted in this process, by a label."""
    return [
        (sample.labels[label], sample.value)
        for metric in REGISTRY.collect()
        if metric.name == name
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels.get("transport") == _DOOR
    ]


@answering
def show_config(request: HttpRequest) -> HttpResponse:
    """What Zipkin's UI asks for when it starts."""
    response = answer_json(_CONFIG)
    response["Cache-Control"] = "max-age=600"
    return response
