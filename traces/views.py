"""The pages: search, a trace, and what goes wrong on the way to them."""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from traces import reading
from traces.axis import ticks
from traces.domain.errors import InvalidId, InvalidQuery, SpanNotFound, StoreUnavailable, TooBusy, TraceNotFound
from traces.domain.finding import Needle, parse_needle
from traces.domain.ids import parse_span_id, parse_trace_id
from traces.domain.search_text import encode_cursor
from traces.domain.span import SpanKind, StatusCode
from traces.domain.trace import Trace
from traces.forms import LIMITS, LOOKBACKS, SearchForm, read_search
from traces.panel.span import SpanPanel
from traces.span_views import load_panel, read_clock
from traces.storage.base import DEFAULT_PROJECT
from traces.waterfall import EMPTY_ROW, ROWS_PER_PAGE, draw

# So many names fit into a page as suggestions; more would be a download.
MAX_SUGGESTIONS = 500
ROWS_ABOVE_SELECTED = 20

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> View[P]:
    """A page that can be read and not written, and that says in a sentence what went wrong."""

    # Nothing is written, so that another method is answered 405 before anything asks for a token.
    @csrf_exempt
    @require_safe
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
        return render(request, "traces/welcome.html", _first_span(request, now_ns))
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
    return {
        "found": found,
        "took_ns": time.perf_counter_ns() - began,
        "longest_ns": max((trace.duration_ns for trace in found.traces), default=0),
        "next_page": form.address(cursor=encode_cursor(found.next_cursor)) if found.next_cursor else "",
    }


def _suggest_operations(service: str) -> list[str]:
    operations = reading.list_operations(DEFAULT_PROJECT, service or None)
    return list(dict.fromkeys(operation.name for operation in operations))[:MAX_SUGGESTIONS]


def _suggest_keys() -> list[str]:
    keys = reading.list_attribute_keys(DEFAULT_PROJECT)
    return list(dict.fromkeys(key.key for key in keys))[:MAX_SUGGESTIONS]


def _first_span(request: HttpRequest, now_ns: int) -> dict[str, object]:
    """The addresses of this server as the visitor knows it, and a span to try them with."""
    host, _ = split_domain_port(request.get_host())
    return {
        "http_address": f"http://{host}:{settings.OTLP_HTTP_PORT}",
        "grpc_address": f"http://{host}:{settings.OTLP_GRPC_PORT}",
        "grpc_target": f"{host}:{settings.OTLP_GRPC_PORT}",
        "is_loopback": settings.LISTEN_HOST in ("127.0.0.1", "::1", "localhost"),
        "listen_host": settings.LISTEN_HOST,
        "trace_id": secrets.token_hex(16),
        "span_id": secrets.token_hex(8),
        "start_ns": now_ns,
        "end_ns": now_ns + 120_000_000,
    }


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
    wanted = request.GET.get("span", "")
    selection = _select(loaded, wanted) if wanted else None
    context = {
        "trace": _facts(loaded),
        "selection": selection,
        "wanted": wanted,
        "now_ns": time.time_ns(),
        **_rows_page(loaded, request.GET, selection),
    }
    return render(request, "traces/trace.html", context)


def _facts(trace: Trace) -> dict[str, object]:
    """All but the rows. What a template was given stays until the garbage collector comes by, and rows can be many."""
    names = (
        "trace_id", "start_ns", "duration_ns", "error_count", "depth", "missing_parent_count", "services", "notes",
        "root", "repeats", "clock", "clock_corrections",
    )  # fmt: skip
    return {name: getattr(trace, name) for name in names} | {"span_count": len(trace.rows)}


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
        folds_repeats=asked.get("repeats") != "0",
        needle=_read_needle(find := asked.get("find", "")),
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
        "first_error": None if first_error is None else trace.rows[first_error].span,
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
