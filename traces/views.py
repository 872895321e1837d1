"""The pages: search, a trace, and what goes wrong on the way to them."""

import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from traces import reading
from traces.axis import ticks
from traces.beginning import describe_beginning, describe_doors
from traces.domain.errors import InvalidId, InvalidQuery, SpanNotFound, StoreUnavailable, TooBusy, TraceNotFound
from traces.domain.finding import Needle, parse_needle
from traces.domain.ids import parse_span_id, parse_trace_id
from traces.domain.pin import Pin
from traces.domain.query import TraceSummary
from traces.domain.search_text import encode_cursor
from traces.domain.span import SpanKind, StatusCode
from traces.domain.trace import Trace
from traces.explained.usual import end_of_day_before, find_standing_of_root
from traces.explained.what_happened import explain_trace, list_other_notes
from traces.forms import LIMITS, LOOKBACKS, SearchForm, read_search
from traces.micro_waterfall import Drawing, draw_shape
from traces.panel.span import SpanPanel
from traces.span_views import list_facts, load_panel, read_clock
from traces.storage.base import DEFAULT_PROJECT
from traces.trace_views.registry import find_view, list_views
from traces.trail import find_trail, is_receiving, name_results
from traces.waterfall import EMPTY_ROW, ROWS_PER_PAGE, draw

# So many names fit into a page as suggestions; more would be a download.
MAX_SUGGESTIONS = 500
ROWS_ABOVE_SELECTED = 8
# What stays where a tab leads to another view of the trace.
_KEPT_BY_TABS = ("span", "find", "clock", "results")
# From so many spans on it is said that a page takes a while, and why.
HUGE_TRACE_SPANS = 200_000

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> View[P]:
    """A page that can be read and not written, and that says in a sentence what went wrong."""
    # Nothing is written, so that another method is answered 405 before anything asks for a token.
    return csrf_exempt(require_safe(explained(view)))


def explained(view: View[P]) -> View[P]:
    """A view that says in a sentence what went wrong."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except StoreUnavailable as problem:
            response = render(
                request, "503.html", {"problem": problem, "is_busy": isinstance(problem, TooBusy)}, status=503
            )
            response["Retry-After"] = str(problem.retry_after_seconds)
            return response
        except InvalidId as problem:
            return render(request, "traces/no_trace.html", {"problem": problem}, status=400)
        except TraceNotFound as problem:
            return render(request, "traces/no_trace.html", {"problem": problem, "is_unknown": True}, status=404)

    return answer


@page
def search(request: HttpRequest) -> HttpResponse:
    """The search form and what it finds; how to send a first span where nothing ever came."""
    now_ns = time.time_ns()
    services = reading.list_services(DEFAULT_PROJECT)
    if not services:
        return render(request, "traces/welcome.html", {**describe_doors(request, now_ns), **describe_beginning(now_ns)})
    form = read_search(request.GET, now_ns)
    context = {
        "form": form,
        "services": services,
        "is_unknown_service": form.values["service"] not in {"", *(service.name for service in services)},
        "kinds": [kind.name.lower() for kind in SpanKind],
        "statuses": [status.name.lower() for status in StatusCode],
        "operations": _suggest_operations(form.values["service"]),
        "keys": _suggest_keys(),
        "lookbacks": LOOKBACKS,
        "limits": LIMITS,
        "now_ns": now_ns,
        **_results(form),
    }
    return render(request, "traces/search.html", context, status=400 if form.errors else 200)


def _results(form: SearchForm) -> dict[str, object]:
    if form.query is None:
        return {}
    began = time.perf_counter_ns()
    found = reading.search(DEFAULT_PROJECT, form.query)
    results = name_results(form)
    return {
        "found": found,
        "pins": _find_pins(found.traces),
        "shapes": _draw_shapes(found.traces),
        "results": results,
        "results_query": "" if results is None else "?" + urlencode({"results": results}),
        "took_ns": time.perf_counter_ns() - began,
        "longest_ns": max((trace.duration_ns for trace in found.traces), default=0),
        "next_page": form.address(cursor=encode_cursor(found.next_cursor)) if found.next_cursor else "",
    }


def _draw_shapes(traces: Sequence[TraceSummary]) -> dict[bytes, Drawing]:
    """By trace id; none where the store has no time for them: a list without drawings is better than no list."""
    try:
        shapes = reading.load_shapes(DEFAULT_PROJECT, traces)
    except StoreUnavailable:
        return {}
    return {trace_id: draw_shape(shape) for trace_id, shape in shapes.items()}


def _find_pins(traces: Sequence[TraceSummary]) -> dict[bytes, Pin]:
    return reading.find_pins(DEFAULT_PROJECT, [trace.trace_id for trace in traces])


def _suggest_operations(service: str) -> list[str]:
    operations = reading.list_operations(DEFAULT_PROJECT, service or None)
    return list(dict.fromkeys(operation.name for operation in operations))[:MAX_SUGGESTIONS]


def _suggest_keys() -> list[str]:
    keys = reading.list_attribute_keys(DEFAULT_PROJECT)
    return list(dict.fromkeys(key.key for key in keys))[:MAX_SUGGESTIONS]


@page
def show_beginning(request: HttpRequest) -> HttpResponse:
    """What has come so far to an installation that waits for its first span: a fragment, to be asked for again."""
    response = render(request, "traces/_beginning.html", describe_beginning(time.time_ns()))
    response["Cache-Control"] = "no-store"
    return response


@page
def trace(request: HttpRequest, text: str) -> HttpResponse:
    """The waterfall, and beside it the span that `?span=` names."""
    trace_id = parse_trace_id(text)
    if trace_id.hex() != text:
        response = redirect("traces:trace", text=trace_id.hex())
        if query := request.META.get("QUERY_STRING"):
            response["Location"] += f"?{query}"
        return response
    loaded = reading.load_trace(DEFAULT_PROJECT, trace_id, read_clock(request))
    if address := _find_row(loaded, request):
        return redirect(address)
    now_ns = time.time_ns()
    wanted = request.GET.get("span", "")
    selection = _select(loaded, wanted) if wanted else None
    context = {
        "trace": list_facts(loaded),
        "pin": reading.find_pins(DEFAULT_PROJECT, [trace_id]).get(trace_id),
        "selection": selection,
        "is_huge": len(loaded.rows) >= HUGE_TRACE_SPANS,
        "explanation": explain_trace(DEFAULT_PROJECT, loaded),
        "notes": list(list_other_notes(loaded)),
        "wanted": wanted,
        "now_ns": now_ns,
        "standing": find_standing_of_root(DEFAULT_PROJECT, loaded),
        "until_ns": end_of_day_before(loaded),
        "trail": find_trail(request.GET, trace_id, now_ns),
        "is_receiving": is_receiving(loaded, now_ns),
        **_choose_view(request, loaded),
        **_rows_page(loaded, request.GET, selection),
    }
    return render(request, "traces/trace.html", context)


def _choose_view(request: HttpRequest, trace: Trace) -> dict[str, object]:
    """What is shown instead of the waterfall, if `view=` names it."""
    view = find_view(request.GET.get("view", ""))
    words = [(name, value) for name in _KEPT_BY_TABS if (value := request.GET.get(name))]
    kept = urlencode(words)
    return {
        "view": view,
        "views": list_views(),
        "kept": f"&{kept}" if kept else "",
        "waterfall_address": f"?{kept}",
        "view_address": reverse("traces:view", kwargs={"text": trace.trace_id.hex(), "name": "x"}).removesuffix("x"),
        "shown": view.make_context(request, trace) if view else {},
    }


def _find_row(trace: Trace, request: HttpRequest) -> str:
    """Where `?row=` leads, which scripts know before they know the span's id: to the same with `?span=`."""
    text = request.GET.get("row", "")
    if not (text.isdecimal() and len(text) < 10 and int(text) < len(trace.rows)):
        return ""
    words = request.GET.copy()
    del words["row"]
    words["span"] = trace.rows.find_own_id(int(text)).hex()
    return f"{request.path}?{words.urlencode()}"


def _select(trace: Trace, text: str) -> SpanPanel | None:
    """The panel of the first row of that span id, or None where the trace has no such span."""
    try:
        return load_panel(trace, reading.find_row(trace, parse_span_id(text)))
    except (InvalidId, SpanNotFound):
        return None


def _rows_page(trace: Trace, asked: QueryDict, selection: SpanPanel | None) -> dict[str, object]:
    """Which rows to show: from `first=` on, or around the selected one."""
    text = asked.get("first", "")
    if text.isdecimal() and len(text) < 10:
        first = min(int(text), len(trace.rows) - 1)
    else:
        first = max(0, selection.row - ROWS_ABOVE_SELECTED) if selection else 0
    drawn = draw(
        trace,
        first,
        selected=selection.row if selection else None,
        folds_repeats={"0": False, "1": True}.get(asked.get("repeats", "")),
        needle=_read_needle(find := asked.get("find", "")),
        shows_path=asked.get("path") != "0",
    )
    first_error = trace.rows.find_first_error()
    address = f"/api/v1/traces/{trace.trace_id.hex()}"
    return {
        "ticks": ticks(trace),
        "drawn_page": drawn,
        "empty_row": EMPTY_ROW,
        "first": first,
        "last": drawn.next_first or len(trace.rows),
        "previous_first": max(0, first - ROWS_PER_PAGE) if first else None,
        "first_error": None if first_error is None else trace.rows.find_own_id(first_error),
        "columns_address": f"{address}/columns?clock={trace.clock}",
        "marks_address": f"{address}/marks?clock={trace.clock}",
        "links_address": f"{address}/links",
        "find": find,
        "find_address": f"{address}/find?clock={trace.clock}",
    }


def _read_needle(text: str) -> Needle | None:
    """What is to be found in the names of a page's rows, None if that is nothing or too long."""
    try:
        return parse_needle(text)
    except InvalidQuery:
        return None
