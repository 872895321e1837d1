"""What an operator's tools ask of every port: is it alive, is it ready, what did it count.

And what is said where no other view speaks: an unknown address, a failure nobody foresaw.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from traces.domain.errors import StoreUnavailable
from traces.ingest.pipeline import get_pipeline
from traces.ingest.refusals import explain_path, note_http_refusal
from traces.storage import get_store
from tracing_ui.store_metrics import spell_store_metrics

API_PREFIX = "/api/"


def question(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that only reads: any other method is 405, and not 403 for want of the token of a form."""
    return csrf_exempt(require_safe(view))


@question
def say_alive(request: HttpRequest) -> HttpResponse:
    """200 while the process runs. It asks nothing else: restarting us would not mend a database."""
    return _say("ok")


@question
def say_ready_to_read(request: HttpRequest) -> HttpResponse:
    """200 if the store answers, else 503 with a sentence."""
    try:
        get_store().check()
    except StoreUnavailable as problem:
        return _say_unready(str(problem), problem.retry_after_seconds)
    return _say("ok")


@question
def say_ready_to_write(request: HttpRequest) -> HttpResponse:
    """200 if the store answers and the pipeline has room, else 503 with a sentence."""
    if not get_pipeline().is_accepting():
        return _say_unready("The collector takes no spans at the moment: it is full or stopping.", 1)
    try:
        return say_ready_to_read(request)
    finally:
        # The collector has a thread an upload, and only its writer needs a connection for long.
        get_store().close()


@question
def show_metrics(request: HttpRequest) -> HttpResponse:
    """This process's counters, as Prometheus reads them."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


@question
def show_all_metrics(request: HttpRequest) -> HttpResponse:
    """This process's counters, and those that all processes keep in the store."""
    return HttpResponse(generate_latest() + spell_store_metrics(), content_type=CONTENT_TYPE_LATEST)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404 as a page, or as JSON below /api/."""
    if request.path.startswith(API_PREFIX):
        return _say_as_json("not_found", f"There is nothing at {request.path}.", status=404)
    return defaults.page_not_found(request, exception)


def page_failed(request: HttpRequest) -> HttpResponseBase:
    """500 as a page, or as JSON below /api/; the log has the reason."""
    if request.path.startswith(API_PREFIX):
        return _say_as_json("internal", "Something went wrong here. The server's log says what.", status=500)
    return defaults.server_error(request)


def no_such_door(request: HttpRequest) -> HttpResponse:
    """404 on the collector port, with the address that was probably meant."""
    note_http_refusal(request, 404, explain_path(request.path))
    return _say("Nothing is served here. Spans go to /v1/traces.", status=404)


def no_such_address(request: HttpRequest) -> HttpResponse:
    """404 on a port of the gateway."""
    return _say("Nothing is served here. docs/api.md says what each port answers.", status=404)


def door_failed(request: HttpRequest) -> HttpResponse:
    """500 on a port that takes spans; the log has the reason."""
    return _say("Something went wrong here. The server's log says what.", status=500)


def _say_unready(sentence: str, retry_after_seconds: int) -> HttpResponse:
    response = _say(sentence, status=503)
    response["Retry-After"] = str(retry_after_seconds)
    return response


def _say(sentence: str, status: int = 200) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")


def _say_as_json(code: str, sentence: str, status: int) -> JsonResponse:
    """In the form of traces/api/errors.py."""
    return JsonResponse({"error": {"code": code, "message": sentence, "field": None}}, status=status)
