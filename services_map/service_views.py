"""The page of a service or of one of its operations, and the traces behind a point of its charts."""

import time
from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.vary import vary_on_headers

from services_map import reading
from services_map.asked import Asked, read_asked, read_cell
from services_map.domain.buckets import row_bounds_ns
from services_map.domain.errors import OperationNotFound, ServiceNotFound, VersionNotFound
from services_map.domain.near_names import find_near
from services_map.domain.subjects import ENTRY_KINDS, Subject
from services_map.domain.summary import SubjectDetail
from services_map.service_charts import draw_charts
from services_map.service_facts import list_facts
from services_map.service_tabs import Page, choose_tab, list_tabs
from services_map.subject_traces import find_spans_of_cell
from services_map.windows import WindowForm, read_window
from traces import reading as traces_reading
from traces.domain.span import Operation, SpanKind
from traces.micro_waterfall import draw_shape
from traces.storage.base import DEFAULT_PROJECT
from traces.views import page
from traces.zones import read_zone

# So many names fit into a page as suggestions; more would be a download.
MAX_SUGGESTIONS = 500
_UNKNOWN = (ServiceNotFound, OperationNotFound, VersionNotFound)


@page
def show_service(request: HttpRequest) -> HttpResponse:
    """Figures, charts, and the tab that `tab=` names."""
    form = read_window(request.GET, time.time_ns())
    try:
        asked = read_asked(request.GET)
        detail = _load(asked, form)
    except _UNKNOWN as problem:
        return _say_unknown(request, form, str(problem))
    operations = traces_reading.list_operations(DEFAULT_PROJECT, asked.service)
    of = Page(
        project=DEFAULT_PROJECT, asked=asked, form=form, detail=detail, subject=_subject(asked, detail, operations)
    )
    tab = choose_tab(asked, request.GET.get("tab", ""))
    context = {
        "page": of,
        "window_form": form,
        "asked": asked,
        "detail": detail,
        "tab": tab,
        "tabs": [(each, asked.page(form, tab=each.name)) for each in list_tabs(asked)],
        "now_ns": form.now_ns,
        **_describe_filter(asked, detail, operations),
    }
    if detail.figures.count:
        examples = f"{reverse('services_map:examples')}?{urlencode(asked.said)}"
        context["facts"] = list_facts(detail.figures, detail.before)
        context["charts"] = draw_charts(detail, read_zone(request.COOKIES), examples)
        context |= tab.load(of)
    return render(request, "services_map/service.html", context)


def _load(asked: Asked, form: WindowForm) -> SubjectDetail:
    return reading.load_subject(
        DEFAULT_PROJECT, form.window, form.before, asked.service, asked.operation, asked.kind, asked.version
    )


def _subject(asked: Asked, detail: SubjectDetail, operations: Sequence[Operation]) -> Subject:
    return Subject(
        service=asked.service,
        operation=asked.operation,
        kind=asked.kind,
        version=asked.version,
        only_entries=detail.uses_entries,
        has_entry_kinds=any(operation.kind in ENTRY_KINDS for operation in operations),
    )


def _describe_filter(asked: Asked, detail: SubjectDetail, operations: Sequence[Operation]) -> Mapping[str, object]:
    """What can be chosen: operations by name, as many as fit, kinds, and versions."""
    names = list(dict.fromkeys(operation.name for operation in operations if operation.name))
    kinds = sorted({each.kind for each in operations if asked.operation in (None, each.name)})
    return {
        "operation_names": names[:MAX_SUGGESTIONS],
        "operation_count": len(names),
        "kinds": [SpanKind(kind).name.lower() for kind in kinds if kind in SpanKind._value2member_map_],
        "version_names": [seen.version for seen in detail.versions if seen.version],
    }


def _say_unknown(request: HttpRequest, form: WindowForm, problem: str) -> HttpResponse:
    """A page that names what was meant, maybe."""
    service, operation = request.GET.get("service", ""), request.GET.get("operation", "")
    services = {each.name: each for each in traces_reading.list_services(DEFAULT_PROJECT)}
    is_known = service in services
    names = (
        [each.name for each in traces_reading.list_operations(DEFAULT_PROJECT, service)] if is_known else list(services)
    )
    near = find_near(operation if is_known else service, names)
    words = [{"service": service, "operation": name} if is_known else {"service": name} for name in near]
    context = {
        "problem": problem,
        "window_form": form,
        "services": services,
        "near": [(name, form.link(**words)) for name, words in zip(near, words, strict=True)],
        "whole": form.link(service=service) if is_known else "",
    }
    return render(request, "services_map/unknown_service.html", context, status=404)


@page
@vary_on_headers("X-Fragment")
def show_examples(request: HttpRequest) -> HttpResponse:
    """The traces of a slot of time, of a cell of the heatmap (`row=`), or of what failed there (`failed=1`)."""
    form = read_window(request.GET, time.time_ns())
    try:
        asked, cell = read_asked(request.GET), read_cell(request.GET)
        detail = _load(asked, form)
    except _UNKNOWN as problem:
        return _say_unknown(request, form, str(problem))
    # The roll-ups' examples are of any version.
    examples = [] if asked.version else reading.find_examples(
        DEFAULT_PROJECT, form.window, asked.service, asked.operation, asked.kind,
        row=cell.row, only_failed=cell.only_failed,
    )  # fmt: skip
    operations = traces_reading.list_operations(DEFAULT_PROJECT, asked.service)
    bounds_ns = None if cell.row is None else row_bounds_ns(cell.row)
    subject = _subject(asked, detail, operations)
    found = find_spans_of_cell(DEFAULT_PROJECT, subject, form.window, examples, bounds_ns, only_failed=cell.only_failed)
    context = {
        "asked": asked,
        "window_form": form,
        "cell": cell,
        "bounds_ns": bounds_ns,
        "found": found,
        "drawings": {span.trace.trace_id: draw_shape(span.shape) for span in found.spans},
        "longest_ns": max((span.duration_ns for span in found.spans), default=0),
    }
    is_fragment = bool(request.headers.get("X-Fragment"))
    return render(request, f"services_map/{'_examples' if is_fragment else 'examples'}.html", context)
