"""Where the pages of Zipkin's UI are now: links and bookmarks lead to ours."""

from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.request import split_domain_port

from tracing_ui.compat.zipkin.answers import answering
from tracing_ui.compat.zipkin.catalogue import spell_names
from tracing_ui.compat.zipkin.parameters import find
from tracing_ui.compat.zipkin.query import ZipkinQuery, parse_annotation_query

_LOOKBACKS = {"5m": "5m", "15m": "15m", "30m": "1h", "1h": "1h", "2h": "3h", "6h": "6h", "12h": "12h", "1d": "24h",
              "2d": "2d", "7d": "7d"}  # fmt: skip


@answering
def show_search(request: HttpRequest) -> HttpResponse:
    """The search, with what its address asks for as far as our form has a field for it."""
    words = _translate(request.GET)
    return _redirect(request, f"/?{urlencode(words)}" if words else "/")


@answering
def show_trace(request: HttpRequest, trace_id: str) -> HttpResponse:
    return _redirect(request, f"/trace/{quote(trace_id, safe='')}")


@answering
def show_dependencies(request: HttpRequest) -> HttpResponse:
    return _redirect(request, "/map")


@answering
def show_upload(request: HttpRequest) -> HttpResponse:
    """Zipkin's page for a trace in a file."""
    return _redirect(request, "/import")


def _redirect(request: HttpRequest, path: str) -> HttpResponse:
    """To the web process: where another one answers, it has another port of the same host."""
    if settings.SERVED_PORT != "gateway":
        return HttpResponseRedirect(path)
    host, _ = split_domain_port(request.get_host())
    return HttpResponseRedirect(f"{request.scheme}://{host}:{settings.WEB_PORT}{path}")


def _translate(asked: QueryDict) -> dict[str, str]:
    """Zipkin's words as those of our search form; what it has no field for is left out."""
    service, span_name = ((find(asked, name) or "").lower() or None for name in ("serviceName", "spanName"))
    words: dict[str, str] = {}
    if service or span_name:
        query = ZipkinQuery(start_ns=0, end_ns=0, limit=1, service=service, span_name=span_name)
        spelled = spell_names(query)
        words["service"] = next(iter(spelled.services), service or "")
        words["operation"] = next(iter(spelled.span_names), span_name or "")
    for ours, theirs in (("minDuration", "minDuration"), ("maxDuration", "maxDuration")):
        text = find(asked, theirs) or ""
        words[ours] = f"{text}us" if text.isdecimal() else text
    conditions = parse_annotation_query(find(asked, "annotationQuery") or "")
    if conditions.get("error") == "":
        # With Zipkin this finds spans that failed, whether or not they say so in a tag.
        del conditions["error"]
        words["status"] = "error"
    words["tags"] = " ".join(
        f"{_quote(key)}={_quote(value)}" if value else _quote(key) for key, value in conditions.items()
    )
    words["lookback"] = _LOOKBACKS.get(find(asked, "lookback") or "", "")
    words["limit"] = find(asked, "limit") or ""
    return {name: text for name, text in words.items() if text}


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
