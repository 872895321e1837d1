"""Pieces of a trace's page, for scripts that ask for them later: the panel of a span, a view, the path as text."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from traces import reading
from traces.api.block_cache import name_build
from traces.domain.clock import Clock
from traces.domain.errors import InvalidId, SpanNotFound, StoreUnavailable, TraceNotFound
from traces.domain.ids import parse_trace_id
from traces.domain.row_lists import spell_rows
from traces.domain.trace import Trace
from traces.explained.as_text import write_markdown, write_text
from traces.panel.links import MAX_LINKS, find_linked_traces, list_links
from traces.panel.span import SpanPanel, draw_panel
from traces.storage.base import DEFAULT_PROJECT
from traces.trace_views.registry import find_view
from traces.trace_views.summary.view import find_rows

# Of one build nothing changes but how long ago things were and what is known of linked traces.
_MAX_AGE_SECONDS = 300


class BuildChanged(Exception):
    """The trace is not the one that the page has."""


P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def fragment(view: View[P]) -> View[P]:
    """A piece of a page: what goes wrong is a sentence in plain text."""

    @csrf_exempt
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except StoreUnavailable as problem:
            response = _say(str(problem), 503)
            response["Retry-After"] = str(problem.retry_after_seconds)
            return response
        except InvalidId as problem:
            return _say(str(problem), 400)
        except (TraceNotFound, SpanNotFound) as problem:
            return _say(str(problem), 404)
        except BuildChanged as problem:
            return _say(str(problem), 409)

    return answer


def _say(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


def load_build(request: HttpRequest, text: str) -> Trace:
    """The trace of an id, on the clock `clock=`. Raises BuildChanged if it is not of `build=`; that may be left out."""
    trace = reading.load_trace(DEFAULT_PROJECT, parse_trace_id(text), read_clock(request))
    wanted = request.GET.get("build", "")
    if wanted and wanted != name_build(trace):
        raise BuildChanged("New spans have arrived in this trace since the page was loaded.")
    return trace


def say_how_long(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What was asked of a build stays as it is, for a while."""
    is_of_build = bool(request.GET.get("build"))
    response["Cache-Control"] = f"private, max-age={_MAX_AGE_SECONDS}" if is_of_build else "private, no-cache"
    return response


@fragment
def span_panel(request: HttpRequest, text: str) -> HttpResponse:
    """The span in row `row=`, counted from 0, of the build `build=` that the page has; without it of the newest."""
    row = request.GET.get("row", "")
    if not row.isascii() or not row.isdecimal() or len(row) > 9:
        return _say("A row is a whole number from 0 on.", 400)
    selection = load_panel(load_build(request, text), int(row))
    return say_how_long(request, render(request, "traces/_panel_span.html", {"selection": selection}))


@fragment
def show_view(request: HttpRequest, text: str, name: str) -> HttpResponse:
    """A view of the trace for its page; `build=` as for a span."""
    view = find_view(name)
    if view is None:
        return _say(f"There is no view “{name[:40]}”.", 404)
    trace = load_build(request, text)
    context = {"trace": list_facts(trace), "view": view, "shown": view.make_context(request, trace)}
    response = render(request, "traces/_view.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


@fragment
def list_summary_rows(request: HttpRequest, text: str) -> HttpResponse:
    """The rows of a group of the summary, as `data-rows` lists them; `build=` as for a span."""
    rows = find_rows(load_build(request, text), request.GET)
    return say_how_long(request, HttpResponse(spell_rows(rows), content_type="text/plain; charset=utf-8"))


@fragment
def show_path(request: HttpRequest, text: str, form: str) -> HttpResponse:
    """The critical path to paste somewhere: `form` is txt or md."""
    trace_id = parse_trace_id(text)
    trace = reading.load_trace(DEFAULT_PROJECT, trace_id, read_clock(request))
    address = request.build_absolute_uri(reverse("traces:trace", kwargs={"text": trace_id.hex()}))
    write, kind = (write_markdown, "markdown") if form == "md" else (write_text, "plain")
    return HttpResponse(write(trace, address), content_type=f"text/{kind}; charset=utf-8")


def list_facts(trace: Trace) -> dict[str, object]:
    """All but the rows. What a template was given stays until the garbage collector comes by, and rows can be many."""
    names = (
        "trace_id", "start_ns", "duration_ns", "error_count", "depth", "missing_parent_count", "services", "notes",
        "root", "repeats", "clock", "clock_corrections",
    )  # fmt: skip
    return {name: getattr(trace, name) for name in names} | {"span_count": len(trace.rows)}


def read_clock(request: HttpRequest) -> Clock:
    """As sent if asked for; any other word shows the times put right."""
    return Clock.SENT if request.GET.get("clock") == Clock.SENT else Clock.CORRECTED


def load_panel(trace: Trace, row: int) -> SpanPanel:
    """The panel of a row as it is now. Raises SpanNotFound."""
    found = reading.load_spans(DEFAULT_PROJECT, trace, row, 1) if row < len(trace.rows) else []
    if not found:
        raise SpanNotFound(f"Trace {trace.trace_id.hex()} has no span in row {row:,}.")
    span, now_ns = found[0], time.time_ns()
    links_in, has_all = reading.find_links_to_span(DEFAULT_PROJECT, trace.trace_id, span.span_id)
    incoming = [(link.trace_id, link.span_id) for link in links_in[:MAX_LINKS]]
    facts = reading.describe_traces(DEFAULT_PROJECT, find_linked_traces(span, incoming))
    return draw_panel(
        trace,
        row,
        span,
        list_links(span, incoming, facts, now_ns - span.start_time_unix_nano),
        now_ns,
        build=name_build(trace),
        has_all_links=has_all and len(links_in) <= MAX_LINKS,
    )
