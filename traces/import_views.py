"""The page that imports files, and its answers to the dialog of every page: both take the same forms.

A form that asks for lines of JSON is told how far the reading is; the last line has the result as HTML.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from traces import reading
from traces.domain.errors import PayloadTooLarge, StoreUnavailable
from traces.domain.links import TraceFacts
from traces.domain.span import MAX_NS
from traces.file_batch import Import, Look, NamedFile, import_all, look_through
from traces.following import Followed, Tell
from traces.storage.base import DEFAULT_PROJECT
from traces.uploads import UploadRefused, await_files, read_files
from traces.words import iso

LINES = "application/x-ndjson"
_SECOND_NS = 1_000_000_000
B = TypeVar("B", Look, Import)
Show = Callable[[B], dict[str, object]]


# Its token is looked for when the size is known and the files have a place.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def import_files(request: HttpRequest) -> HttpResponseBase:
    """The page; posted to, what was imported."""
    return _take(request, _import) if request.method == "POST" else render(request, "traces/import.html")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def preview_files(request: HttpRequest) -> HttpResponseBase:
    """What the files hold. Nothing is kept of them."""
    return _take(request, _preview) if request.method == "POST" else redirect("traces:import")


def _take(request: HttpRequest, view: Callable[[HttpRequest], HttpResponseBase]) -> HttpResponseBase:
    try:
        await_files(request)
        return csrf_protect(view)(request)
    except UploadRefused as problem:
        if _wants_lines(request):
            return HttpResponse(str(problem), status=problem.status, content_type="text/plain; charset=utf-8")
        return render(request, "traces/import.html", {"problem": str(problem)}, status=problem.status)


def _preview(request: HttpRequest) -> HttpResponseBase:
    files = read_files(request)
    return _answer(request, lambda tell: look_through(files, tell), gettext("Reading %s"), _show_look)


def _import(request: HttpRequest) -> HttpResponseBase:
    files, shift = read_files(request), request.POST.get("shift", "")
    return _answer(request, lambda tell: _import_shifted(files, shift, tell), gettext("Importing %s"), _show_import)


def _import_shifted(files: list[NamedFile], shift: str, tell: Tell) -> Import:
    """`shift` is nothing, nanoseconds, or “now”: as many as bring the latest span there."""
    shift_ns = look_through(files, tell).shift_to_now(time.time_ns()) if shift == "now" else _read_ns(shift)
    return import_all(files, shift_ns, tell)


def _read_ns(text: str) -> int:
    """0 for what is no number."""
    digits = text.removeprefix("-")
    return max(-MAX_NS, min(MAX_NS, int(text))) if digits.isascii() and digits.isdecimal() and len(text) < 21 else 0


def _answer(request: HttpRequest, job: Callable[[Tell], B], doing: str, show: Show[B]) -> HttpResponseBase:
    if _wants_lines(request):
        response = StreamingHttpResponse(_tell(request, Followed(job), doing, show), content_type=LINES)
        # Neither this server nor a proxy may wait until there is enough to compress or to hand on.
        response["Content-Encoding"] = "identity"
        response["X-Accel-Buffering"] = "no"
        return response
    result = job(lambda step: None)
    return render(request, "traces/import.html", show(result), status=_status_of(result))


def _wants_lines(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == LINES


def _tell(request: HttpRequest, followed: Followed[B], doing: str, show: Show[B]) -> Iterator[bytes]:
    for step in followed.steps():
        yield _line({"doing": doing % step.name, "done": step.done, "total": step.total})
    context = show(followed.result()) | {"is_dialog": True}
    yield _line({"html": render_to_string("traces/_import_result.html", context, request)})


def _line(said: dict[str, object]) -> bytes:
    return json.dumps(said).encode() + b"\n"


def _status_of(batch: Look | Import) -> int:
    """200 if anything was read."""
    problem = batch.outcomes[0].problem
    if batch.done or problem is None:
        return 200
    return 503 if isinstance(problem, StoreUnavailable) else 413 if isinstance(problem, PayloadTooLarge) else 400


def _show_look(look: Look) -> dict[str, object]:
    now_ns = time.time_ns()
    return {"batch": look, "look": look, "now_ns": now_ns, "shift_ns": look.shift_to_now(now_ns),
            "is_old": look.is_old(now_ns)}  # fmt: skip


def _show_import(done: Import) -> dict[str, object]:
    return {"batch": done, "done": done, "traces": _describe(done.look.trace_ids), "search": _search_address(done)}


def _describe(trace_ids: list[bytes]) -> list[tuple[str, TraceFacts | None]]:
    """None beside an id where the store does not say, or the trace is not kept."""
    try:
        facts = reading.describe_traces(DEFAULT_PROJECT, trace_ids)
    except StoreUnavailable:
        facts = {}
    return [(trace_id.hex(), facts.get(trace_id)) for trace_id in trace_ids]


def _search_address(done: Import) -> str:
    """The query that finds what was imported, by whole seconds."""
    if done.window_ns is None:
        return ""
    start_ns, end_ns = done.window_ns
    whole_start_ns, whole_end_ns = start_ns // _SECOND_NS * _SECOND_NS, (end_ns // _SECOND_NS + 1) * _SECOND_NS
    return urlencode({"start": iso(whole_start_ns), "end": iso(whole_end_ns)})
