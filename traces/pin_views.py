"""Pinning a trace from its page, and the shelf of all that are pinned."""

import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from traces import reading
from traces.domain.errors import InvalidId, InvalidQuery
from traces.domain.ids import parse_trace_id
from traces.domain.pin import MAX_NOTE_CHARS, TooManyPins, parse_note
from traces.storage.base import DEFAULT_PROJECT
from traces.views import explained, page

PINS_A_PAGE = 100


@require_POST
@explained
def pin_trace(request: HttpRequest, text: str) -> HttpResponse:
    """Pin or unpin a trace, as the button pressed says; then back to the page that asked for it."""
    trace_id, words = parse_trace_id(text), request.POST
    if words.get("do") == "unpin":
        reading.unpin_trace(DEFAULT_PROJECT, trace_id)
    else:
        try:
            reading.pin_trace(DEFAULT_PROJECT, trace_id, parse_note(words.get("note", "")))
        except (InvalidQuery, TooManyPins) as problem:
            status = 409 if isinstance(problem, TooManyPins) else 400
            context = {"problem": problem, "trace_id": trace_id}
            return render(request, "traces/not_pinned.html", context, status=status)
    return redirect(_find_way_back(request, trace_id))


def _find_way_back(request: HttpRequest, trace_id: bytes) -> str:
    """The trace's page as it was, or the shelf, which offers to pin again what was just let go."""
    if request.POST.get("from") != "shelf":
        query = request.META.get("QUERY_STRING", "")
        return reverse("traces:trace", args=[trace_id.hex()]) + (f"?{query}" if query else "")
    if request.POST.get("do") != "unpin":
        return reverse("traces:pinned")
    note = request.POST.get("note", "")[:MAX_NOTE_CHARS]
    return f"{reverse('traces:pinned')}?{urlencode({'unpinned': trace_id.hex(), 'note': note})}"


@page
def show_shelf(request: HttpRequest) -> HttpResponse:
    """The pinned traces, that pinned last first, a hundred at a time."""
    text = request.GET.get("first", "")
    first = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    shelf, count = reading.list_shelf(DEFAULT_PROJECT, first, PINS_A_PAGE)
    context = {
        "shelf": shelf,
        "count": count,
        "max_count": settings.PINNED_TRACES_MAX,
        "previous_first": max(0, first - PINS_A_PAGE) if first else None,
        "next_first": first + PINS_A_PAGE if first + PINS_A_PAGE < count else None,
        "unpinned": _find_unpinned(request),
        "note": request.GET.get("note", "")[:MAX_NOTE_CHARS],
        "now_ns": time.time_ns(),
    }
    return render(request, "traces/pinned.html", context)


def _find_unpinned(request: HttpRequest) -> bytes | None:
    """What was just let go, if it is not pinned again by now."""
    try:
        trace_id = parse_trace_id(request.GET.get("unpinned", ""))
    except InvalidId:
        return None
    return None if reading.find_pins(DEFAULT_PROJECT, [trace_id]) else trace_id
