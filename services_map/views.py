"""The list of services."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from services_map import reading
from services_map.domain.errors import ServiceNotFound
from services_map.figure_words import spell_level
from services_map.freshness import load_freshness
from services_map.service_list import DEFAULT_ORDER, list_services, put_in_order
from services_map.service_rows import judge_all, make_rows
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
    overview = reading.load_services(DEFAULT_PROJECT, form.window, form.before)
    q = clean_name(request.GET.get("q", "")).strip()[:MAX_FILTER_CHARS]
    number = request.GET.get("page", "")
    listed = list_services(
        overview,
        form,
        q,
        request.GET.get("sort", DEFAULT_ORDER),
        int(number) if number.isdecimal() and len(number) < 6 else 1,
    )
    context = {
        "window_form": form,
        "overview": overview,
        "listed": listed,
        "q": q,
        "level": spell_level(overview.level_s),
        "now_ns": now_ns,
        "freshness": load_freshness(DEFAULT_PROJECT, is_empty=not overview.services),
    }
    is_refused = form.error and not form.carried
    return render(request, "services_map/services.html", context, status=400 if is_refused else 200)


@page
def worst_operations(request: HttpRequest) -> HttpResponse:
    """The operations of a service that need attention most: a fragment, for below its line."""
    form = read_window(request.GET, time.time_ns())
    service = clean_name(request.GET.get("service", ""))
    try:
        found = reading.load_operations(DEFAULT_PROJECT, form.window, form.before, service)
    except ServiceNotFound:
        return HttpResponse(status=404)
    worst = put_in_order(judge_all(found.operations), DEFAULT_ORDER)[:WORST_OPERATIONS]
    context = {"rows": make_rows(worst, found.covered), "window_form": form, "service": service, "count": found.count}
    return render(request, "services_map/_worst.html", context)
