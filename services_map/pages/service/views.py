"""The page of a service or of one of its operations, and the traces behind a point of its charts."""

import time
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.vary import vary_on_headers

from services_map import reading
from services_map.charts.usual_strip import draw_usual
from services_map.domain.errors import OperationNotFound, ServiceNotFound, VersionNotFound
from services_map.domain.latency.buckets import row_bounds_ns
from services_map.domain.near_names import find_near
from services_map.domain.subjects import ENTRY_KINDS, Subject
from services_map.pages.service.asked import read_asked, read_cell
from services_map.pages.service.charts import draw_charts
from services_map.pages.service.facts import list_doors, list_facts
from services_map.pages.service.tabs import Page, choose_tab, describe_spans, list_tabs
from services_map.pages.service.traces import find_spans_of_cell
from services_map.windows import WindowForm, read_window
from traces import reading as traces_reading
from traces.domain.errors import InvalidQuery
from traces.domain.search_text import parse_duration_ns
from traces.domain.span import SpanKind
from traces.explained.usual import describe_standing
from traces.span_views import fragment
from traces.storage.base import DEFAULT_PROJECT
from traces.views import page
from traces.zones import read_zone

# So many names fit into a page as suggestions; more would be a download.
MAX_SUGGESTIONS = 500
# What was usual in a day that is over hardly changes.
_MAX_AGE_SECONDS = 300
UNKNOWN = (ServiceNotFound, OperationNotFound, VersionNotFound)


@page
def show_service(request: HttpRequest) -> HttpResponse:
    """Figures, charts, and the tab that `tab=` names."""
    form = read_window(request.GET, time.time_ns())
    try:
        of = _read_page(request, form)
    except UNKNOWN as problem:
        return say_unknown(request, form, str(problem))
    tab = choose_tab(of.asked, request.GET.get("tab", ""))
    context = {
        **_describe(of),
        "tab": tab,
        "tabs": [(each, of.asked.page(form, tab=each.name)) for each in list_tabs(of.asked)],
    }
    if of.detail.figures.count:
        examples = f"{reverse('services_map:examples')}?{urlencode(of.asked.said)}"
        context["facts"] = list_facts(of.detail.figures, of.detail.before)
        context["charts"] = draw_charts(of.detail, read_zone(request.COOKIES), examples)
        context |= tab.load(of)
    is_refused = form.error and not form.carried
    return render(request, "services_map/service.html", context, status=400 if is_refused else 200)


@page
@vary_on_headers("X-Fragment")
def show_examples(request: HttpRequest) -> HttpResponse:
    """The traces of a window, of a row of its heatmap (`row=`), of what failed there (`failed=1`).

    A script that says X-Fragment gets the list alone.
    """
    form = read_window(request.GET, time.time_ns())
    try:
        of = _read_page(request, form)
    except UNKNOWN as problem:
        return say_unknown(request, form, str(problem))
    asked, cell = of.asked, read_cell(request.GET)
    # The roll-ups' examples are of any version.
    examples = [] if asked.version else reading.find_examples(
        of.project, form.window, asked.service, asked.operation, asked.kind, row=cell.row, only_failed=cell.only_failed,
        now_ns=form.now_ns,
    )  # fmt: skip
    bounds_ns = None if cell.row is None else row_bounds_ns(cell.row)
    found = find_spans_of_cell(of.project, of.subject, form.window, examples, bounds_ns, only_failed=cell.only_failed)
    conditions = {"status": "error"} if cell.only_failed else {}
    if bounds_ns:
        conditions |= {"minDuration": f"{bounds_ns[0]}ns", "maxDuration": f"{bounds_ns[1]}ns"}
    context = {
        **_describe(of),
        **describe_spans(found),
        "is_fragment": "X-Fragment" in request.headers,
        "cell": cell,
        "bounds_ns": bounds_ns,
        "search_address": asked.search(form, **conditions),
        "back": asked.page(form),
    }
    template = "_examples" if context["is_fragment"] else "examples"
    return render(request, f"services_map/{template}.html", context)


@fragment
def show_usual(request: HttpRequest) -> HttpResponse:
    """How the spans of an operation in a window compare with one that took `duration=` (`412ns`, `1.2s`)."""
    form = read_window(request.GET, time.time_ns())
    try:
        asked = read_asked(request.GET)
        duration_ns = parse_duration_ns(request.GET.get("duration", ""))
    except (*UNKNOWN, InvalidQuery) as problem:
        status = 400 if isinstance(problem, InvalidQuery) else 404
        return HttpResponse(f"{problem}\n", status=status, content_type="text/plain; charset=utf-8")
    name = (asked.service, asked.operation or "", asked.kind or SpanKind.UNSPECIFIED)
    [usual] = reading.load_usual(DEFAULT_PROJECT, form.window, [name], form.now_ns)
    context = {
        "standing": describe_standing(usual, duration_ns),
        "span_count": usual.span_count,
        "strip": draw_usual(usual, duration_ns) if usual.span_count else None,
        "duration_ns": duration_ns,
        "page": asked.page(form),
        "slower": asked.search(form, minDuration=f"{duration_ns + 1}ns"),
    }
    response = render(request, "services_map/_usual.html", context)
    response["Cache-Control"] = f"private, max-age={_MAX_AGE_SECONDS}"
    return response


def _read_page(request: HttpRequest, form: WindowForm) -> Page:
    """Raises what is in UNKNOWN."""
    asked = read_asked(request.GET)
    detail = reading.load_subject(
        DEFAULT_PROJECT,
        form.window,
        form.before,
        asked.service,
        asked.operation,
        asked.kind,
        asked.version,
        form.now_ns,
    )
    operations = traces_reading.list_operations(DEFAULT_PROJECT, asked.service)
    subject = Subject(
        service=asked.service,
        operation=asked.operation,
        kind=asked.kind,
        version=asked.version,
        only_entries=detail.uses_entries,
        has_entry_kinds=any(operation.kind in ENTRY_KINDS for operation in operations),
    )
    return Page(
        project=DEFAULT_PROJECT,
        asked=asked,
        form=form,
        detail=detail,
        subject=subject,
        operations=operations,
        shows_all=request.GET.get("all") == "1",
    )


def _describe(of: Page) -> dict[str, object]:
    """What the head of a page says, and what can be chosen there: operations as many as fit, kinds, versions."""
    asked, form = of.asked, of.form
    names = list(dict.fromkeys(operation.name for operation in of.operations if operation.name))
    kinds = sorted({each.kind for each in of.operations if asked.operation in (None, each.name)})
    return {
        "asked": asked,
        "detail": of.detail,
        "window_form": form,
        "now_ns": form.now_ns,
        "doors": list_doors(asked, form, of.detail.figures),
        "whole": asked.page(form, operation="", kind="", version=""),
        "operation_names": names[:MAX_SUGGESTIONS],
        "operation_count": len(names),
        "kinds": [SpanKind(kind).name.lower() for kind in kinds if kind in SpanKind._value2member_map_],
        "version_names": [seen.version for seen in of.detail.versions if seen.version],
    }


def say_unknown(request: HttpRequest, form: WindowForm, problem: str) -> HttpResponse:
    """A page that names what was meant, maybe."""
    service, operation = request.GET.get("service", ""), request.GET.get("operation", "")
    names = [each.name for each in traces_reading.list_services(DEFAULT_PROJECT)]
    near: list[Mapping[str, str]] = [{"service": name} for name in find_near(service, names)]
    if is_known := service in names:
        operations = [each.name for each in traces_reading.list_operations(DEFAULT_PROJECT, service)]
        near = [{"service": service, "operation": name} for name in find_near(operation, operations)]
    context = {
        "problem": problem,
        "near": [(words.get("operation", words["service"]), form.link(**words)) for words in near],
        "whole": form.link(service=service) if is_known else "",
        "all_services": form.link(),
    }
    return render(request, "services_map/unknown_service.html", context, status=404)
