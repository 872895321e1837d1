"""The box at the top of every page: where that leads which was typed or pasted into it."""

import re
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from traces import reading
from traces.domain.errors import InvalidId, TraceNotFound
from traces.domain.ids import NO_SPAN_ID, SPAN_ID_BYTES
from traces.domain.pasted import Reading, list_readings
from traces.domain.query_line import read_line
from traces.domain.ranking import Fit, rank
from traces.domain.span import Service
from traces.storage.base import ProjectId

MAX_CHARS = 4_096
_NO_HALF = bytes(SPAN_ID_BYTES)
_ERRORS_OF = re.compile(r"(?:search\s+)?errors?\s+(?:of|in)\s+(?P<service>.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What a text may mean while it is typed; the likeliest first. `is_likely` is False for a guess by letters."""

    trace_id: bytes | None
    services: list[tuple[Service, bool]]
    operations: list[str]


def find_address(project: ProjectId, text: str) -> str:
    """Where Enter leads: a trace, a service's traces, errors of a service, or the search for anything else.

    Raises InvalidId for what is meant as an id or a link and holds none.
    """
    if len(text) > MAX_CHARS:
        raise InvalidId(f"“{text[:80]}…” is too long for this box.")
    found = find_trace(project, text)
    return _trace_address(found.trace_id, found.span_id) if found else _address_of_words(project, text.strip())


def suggest(project: ProjectId, text: str, limit: int = 5) -> Suggestions:
    """Completes a text. No look into the spans: only names, and the shape of ids."""
    try:
        certain = [one.trace_id for one in list_readings(text[:MAX_CHARS]) if one.is_certain]
    except InvalidId:
        certain = []
    of_errors = _ERRORS_OF.fullmatch(text.strip())
    services = {service.name: service for service in reading.list_services(project)}
    ranked = rank(of_errors["service"] if of_errors else text, services)[:limit]
    return Suggestions(
        trace_id=certain[0] if certain else None,
        services=[(services[name], fit <= Fit.WORD) for fit, name in ranked],
        operations=[] if of_errors else [name for _, name in rank(text, _operations(project), Fit.PART)[:limit]],
    )


def address_of_search(**fields: str) -> str:
    """The search page with these fields of its form."""
    return f"{reverse('traces:search')}?{urlencode(fields)}"


def find_trace(project: ProjectId, text: str) -> Reading | None:
    """The first reading of a text that is kept here, else the first that is certain.

    Raises InvalidId as `list_readings`.
    """
    readings = list_readings(text)
    certain = [one for one in readings if one.is_certain]
    for one in readings:
        if _is_kept(project, one.trace_id):
            return one
    for one in certain:
        high, low = one.trace_id[:SPAN_ID_BYTES], one.trace_id[SPAN_ID_BYTES:]
        if high == _NO_HALF and (trace_id := reading.find_trace_of_span(project, low)):
            return Reading(trace_id=trace_id, span_id=low)
    return certain[0] if certain else None


def _is_kept(project: ProjectId, trace_id: bytes) -> bool:
    try:
        return bool(reading.find_version(project, trace_id))
    except TraceNotFound:
        return False


def _trace_address(trace_id: bytes, span_id: bytes) -> str:
    address = reverse("traces:trace", args=[trace_id.hex()])
    return address if span_id == NO_SPAN_ID else f"{address}?span={span_id.hex()}"


def _address_of_words(project: ProjectId, text: str) -> str:
    if of_errors := _ERRORS_OF.fullmatch(text):
        wanted = of_errors["service"]
        return address_of_search(service=_best_service(project, wanted, Fit.LETTERS) or wanted, status="error")
    if service := _best_service(project, text, Fit.WORD):
        return address_of_search(service=service)
    fields = read_line(text)
    if named := fields.get("service"):
        fields["service"] = _best_service(project, named, Fit.WORD) or named
    if called := fields.get("operation"):
        fields["operation"] = next((name for _, name in rank(called, _operations(project), Fit.WORD)), called)
    return address_of_search(**fields)


def _best_service(project: ProjectId, text: str, worst: Fit) -> str:
    names = (service.name for service in reading.list_services(project))
    return next((name for _, name in rank(text, names, worst)), "")


def _operations(project: ProjectId) -> list[str]:
    return list(dict.fromkeys(operation.name for operation in reading.list_operations(project)))
