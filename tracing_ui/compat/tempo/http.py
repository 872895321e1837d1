"""What Tempo's API answers over HTTP."""

from django.http import HttpRequest, HttpResponse


def echo(request: HttpRequest) -> HttpResponse:
    """By this Grafana finds out whether somebody is there."""
    return HttpResponse("echo", content_type="text/plain; charset=utf-8")
