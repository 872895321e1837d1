"""The view `json`: what the senders said of the spans of some rows, in the forms that other programs read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from traces import reading
from traces.domain.errors import InvalidId, SpanNotFound
from traces.domain.ids import parse_span_id
from traces.domain.span import Operation, Span, StatusCode
from traces.domain.trace import Trace
from traces.storage.base import DEFAULT_PROJECT
from traces.trace_views.forms import Form, choose_form, list_forms, register_otlp
from traces.trace_views.highlighting import highlight, write_json
from traces.trace_views.registry import TraceView, register

NAME = "json"
ROWS_PER_PAGE = 50
# Of longer spans the beginning is shown.
_MAX_CHARS = 20_000
_KEPT = ("clock", "span")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A form to choose; `file` is the name of a download."""

    form: Form
    is_chosen: bool
    address: str
    download: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The JSON of one span; `length` is how many characters it has where not all of them are shown."""

    row: int
    own_id: str
    address: str
    operation: Operation
    duration_ns: int
    is_error: bool
    html: SafeString
    length: int


def register_json() -> None:
    register_otlp()
    register(TraceView(name=NAME, title="JSON", template="traces/views/json.html", make_context=make_context))


def make_context(request: HttpRequest, trace: Trace) -> Mapping[str, object]:
    """Raises StoreUnavailable."""
    form, count = choose_form(request.GET.get("form", "")), len(trace.rows)
    first = _find_first(request.GET, trace)
    last = min(count, first + ROWS_PER_PAGE)

    def address(**changes: str | int) -> str:
        kept = {name: request.GET[name] for name in _KEPT if name in request.GET}
        words = {"view": NAME, "form": form.name, "skip": first, **kept, **changes}
        return f"?{urlencode({name: word for name, word in words.items() if word != ''})}"

    return {
        "form": form,
        "choices": [_offer(each, form, trace, address(form=each.name)) for each in list_forms()],
        "blocks": _draw(trace, first, form, address),
        "first": first + 1,
        "last": last,
        "previous": address(skip=max(0, first - ROWS_PER_PAGE)) if first else "",
        "next": address(skip=last) if last < count else "",
    }


def _offer(form: Form, chosen: Form, trace: Trace, address: str) -> Choice:
    return Choice(
        form=form,
        is_chosen=form is chosen,
        address=address,
        download=form.find_address(trace.trace_id),
        file=f"trace-{trace.trace_id.hex()}.{form.name}.json",
    )


def _find_first(data: QueryDict, trace: Trace) -> int:
    """The first row of the page: what `skip=` says, or of the page that has the span of `span=`."""
    text = data.get("skip", "")
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return min(int(text), len(trace.rows) - 1)
    try:
        return reading.find_row(trace, parse_span_id(data.get("span", ""))) // ROWS_PER_PAGE * ROWS_PER_PAGE
    except (InvalidId, SpanNotFound):
        return 0


def _draw(trace: Trace, first: int, form: Form, address: Callable[..., str]) -> list[Block]:
    spans = reading.load_spans(DEFAULT_PROJECT, trace, first, ROWS_PER_PAGE)
    # Retention may have taken some since; the others are in the order of their rows.
    rows = iter(range(first, len(trace.rows)))
    ids, order = trace.rows.spans.span_ids, trace.rows.order
    found = [(next(row for row in rows if ids[order[row]] == span.span_id), span) for span in spans]
    return [_draw_block(trace, row, span, form, address) for row, span in found]


def _draw_block(trace: Trace, row: int, span: Span, form: Form, address: Callable[..., str]) -> Block:
    text, own_id = write_json(form.encode(span)), trace.rows.find_own_id(row).hex()
    index = trace.rows.order[row]
    return Block(
        row=row,
        own_id=own_id,
        address=address(span=own_id),
        operation=trace.rows.operation(row),
        duration_ns=trace.rows.spans.durations_ns[index],
        is_error=trace.rows.spans.statuses[index] == StatusCode.ERROR,
        html=highlight(text[:_MAX_CHARS]),
        length=len(text) if len(text) > _MAX_CHARS else 0,
    )
