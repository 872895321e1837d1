"""Where Jaeger's clients ask over HTTP how much to sample: GET /sampling?service=NAME, every minute."""

from typing import Final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from services_map.sampling.telling import tell
from traces.domain.errors import StoreUnavailable
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.jaeger.answers import JSON
from tracing_ui.compat.jaeger.errors import PLAIN, refuse_method
from tracing_ui.compat.jaeger.sampling_form import encode_json

ONE_SERVICE: Final = "'service' parameter must be provided once"


@csrf_exempt
def tell_service(request: HttpRequest) -> HttpResponse:
    """What the one `service` is told; one that nobody knows is told what any is. Errors are Jaeger's sentences."""
    if request.method not in ("GET", "HEAD"):
        return refuse_method("GET", "HEAD")
    try:
        services = request.GET.getlist("service")
    except SuspiciousOperation as problem:
        return _refuse(400, str(problem))
    if len(services) != 1:
        return _refuse(400, ONE_SERVICE)
    try:
        told = tell(DEFAULT_PROJECT, services[0])
    except StoreUnavailable as problem:
        answer = _refuse(503, f"collector error: {problem}")
        answer["Retry-After"] = str(problem.retry_after_seconds)
        return answer
    return HttpResponse(encode_json(told), content_type=JSON, headers={"X-Content-Type-Options": "nosniff"})


def _refuse(status: int, sentence: str) -> HttpResponse:
    headers = {"X-Content-Type-Options": "nosniff"}
    return HttpResponse(f"{sentence}\n", status=status, content_type=PLAIN, headers=headers)
