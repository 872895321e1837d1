"""The list of services."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from services_map import reading
from services_map.domain.errors import ServiceNotFound
from services_map.pages.figure_words import spell_level
from services_map.pages.services.listing import DEFAULT_ORDER, list_services, put_in_order
from services_map.pages.services.rows import judge_all, make_rows
from services_map.reading.freshness import load_backlog, load_last_counted
from services_map.reading.languages import read_sdks
from services_map.windows import read_window
from traces.domain.span import clean_name
from traces.storage.base import DEFAULT_PROJECT
from traces.views import page

MAX_FILTER_CHARS = 200
#: Of a service, beside its line.
WORST_OPERATIONS = 2


@page
def services(request: HttpRequest) -> HttpResponse:
    """Every service and what services call: how often, how many fail, how long they take, and what changed."""
    now_ns = time.time_ns()
    form = read_window(request.GET, now_ns)
    overview = reading.load_services(DEFAULT_PROJECT, form.window, form.before, now_ns)
    q = _read_name(request, "q")[:MAX_FILTER_CHARS]
    listed = list_services(overview, form, q, request.GET.get("sort", DEFAULT_ORDER), _read_page(request))
    context = {
        "window_form": form,
        "overview": overview,
        "listed": listed,
        "level": spell_level(overview.level_s),
        "q": q,
        "sdks": read_sdks(DEFAULT_PROJECT),
        "backlog": load_backlog(DEFAULT_PROJECT, now_ns),
        "now_ns": now_ns,
    }
    if not overview.services and not overview.peers:
        context["last"] = last = load_last_counted(DEFAULT_PROJECT, now_ns)
        context["newest_address"] = form.around(last.newest) if last.newest else ""
    is_refused = form.error and not form.carried
    return render(request, "services_map/services.html", context, status=400 if is_refused else 200)


def _read_name(request: HttpRequest, field: str) -> str:
    return clean_name(request.GET.get(field, "")).strip()


def _read_page(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 6 else 1


@page
def worst_operations(request: HttpRequest) -> HttpResponse:
    """The operations of a service that need attention most: a fragment, for below its line."""
    now_ns = time.time_ns()
    form = read_window(request.GET, now_ns)
    service = clean_name(request.GET.get("service", ""))
    try:
        found = reading.load_operations(DEFAULT_PROJECT, form.window, form.before, service, now_ns=now_ns)
    except ServiceNotFound:
        return HttpResponse(status=404)
    worst = put_in_order(judge_all(found.operations), DEFAULT_ORDER)[:WORST_OPERATIONS]
    context = {
        "rows": make_rows(worst, found.covered, now_ns),
        "window_form": form,
        "service": service,
        "count": found.count,
    }
    return render(request, "services_map/_worst.html", context)
