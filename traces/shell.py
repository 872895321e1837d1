"""What every page has: the box at the top, the theme, the time zone. And the wait for a trace that is on its way."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from traces import omnibox, reading
from traces.domain.errors import TraceNotFound
from traces.domain.ids import parse_trace_id
from traces.storage.base import DEFAULT_PROJECT
from traces.views import page
from traces.words import letters, named
from traces.zones import LOCAL, find_zone

COOKIE_SECONDS = 365 * 86_400
THEMES = ("light", "dark")


@page
def open_pasted(request: HttpRequest) -> HttpResponse:
    """From whatever was typed or pasted into the box to where it leads."""
    text = request.GET.get("id", "").strip()
    if not text:
        return redirect("traces:search")
    return redirect(_address_here(request, text) or omnibox.find_address(DEFAULT_PROJECT, text))


def _address_here(request: HttpRequest, text: str) -> str:
    """The path and query of a link to this server: it leads where it says."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if not parts.scheme.startswith("http") or parts.netloc.lower() != request.get_host().lower():
        return ""
    address = parts._replace(scheme="", netloc="").geturl() or "/"
    return address if _is_ours(request, address) else ""


@page
def suggest(request: HttpRequest) -> HttpResponse:
    """What the text in the box may mean, as JSON."""
    found = omnibox.suggest(DEFAULT_PROJECT, request.GET.get("q", "").strip())
    services = [
        {"name": service.name, "label": named(service.name), "letters": letters(service.name), "slot": service.slot,
         "isLikely": is_likely}
        for service, is_likely in found.services
    ]  # fmt: skip
    operations = [{"name": name, "label": named(name)} for name in found.operations]
    return JsonResponse(
        {
            "trace": found.trace_id.hex() if found.trace_id else "",
            "services": services,
            "operations": operations,
        }
    )


@page
def say_if_arrived(request: HttpRequest, text: str) -> HttpResponse:
    """Whether a span of the trace is kept, as JSON: for a page that waits for it."""
    try:
        reading.find_version(DEFAULT_PROJECT, parse_trace_id(text))
    except TraceNotFound:
        return JsonResponse({"isHere": False})
    return JsonResponse({"isHere": True})


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back to the page it was chosen on."""
    chosen = request.POST.get("theme", "")
    return _keep(request, "theme", chosen if chosen in THEMES else "")


@require_POST
def choose_zone(request: HttpRequest) -> HttpResponse:
    """Keep the chosen time zone in a cookie and go back to the page it was chosen on."""
    chosen = request.POST.get("zone") or request.POST.get("name", "")
    name = "" if chosen == LOCAL else find_zone(chosen)
    if not name and chosen != LOCAL:
        return render(request, "traces/no_zone.html", {"wanted": chosen[:80], "back": _back(request)}, status=400)
    return _keep(request, "zone", name)


def _keep(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    """Sets the cookie (empty: deletes it). Our scripts write it too: a choice needs no other page."""
    response = redirect(_back(request))
    if value:
        response.set_cookie(cookie, value, max_age=COOKIE_SECONDS, samesite="Lax")
    else:
        response.delete_cookie(cookie, samesite="Lax")
    return response


def _back(request: HttpRequest) -> str:
    """The page of this server that a form was sent from."""
    address = request.POST.get("next", "")
    return address if _is_ours(request, address) else "/"


def _is_ours(request: HttpRequest, address: str) -> bool:
    is_safe = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return is_safe and address.startswith("/")
