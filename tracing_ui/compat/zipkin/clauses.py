"""The conditions of a search, each by itself: what a span must be for the store to find it, and how it is judged. Pure.

A `bound` is a necessary condition on one span. Whether the clause holds is judged on the span as Zipkin shows it, or on
its columns where they say enough.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from traces.domain.attributes import format_value
from traces.domain.query import And, Comparison, Condition, Expression, Intrinsic, Literal, Or, Place
from traces.domain.span import Operation, SpanKind, StatusCode
from traces.ingest.translate.zipkin.annotations import read_event
from tracing_ui.compat.zipkin.query import ZipkinQuery
from tracing_ui.compat.zipkin.remote import bound_remote
from tracing_ui.compat.zipkin.showing import ShownSpan

_NS_PER_US: Final = 1_000
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})\Z")
_MAX_INT64: Final = 2**63 - 1
# Names that differ in case alone; a search takes so many conditions.
_MAX_SPELLINGS: Final = 10
_MAX_REMOTE_SPELLINGS: Final = 2
_STATUS_TAGS: Final = frozenset(("otel.status_code", "otel.status_description"))
_SCOPE_TAGS: Final = {"otel.scope.name": Intrinsic.SCOPE_NAME, "otel.scope.version": Intrinsic.SCOPE_VERSION}
_COUNTED_TAGS: Final = ("otlp.link.", "otel.dropped_")
_EVERYTHING: Final = And()
_NOTHING: Final = Or()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Judged by `fits` from an operation and a duration in microseconds, or by `holds` on the whole span.

    `elsewhere` is what a span of another service may be instead, if the clause can hold because of it. `is_cheap` says
    that the store knows how many traces satisfy the bound without looking at their spans.
    """

    bound: Expression
    elsewhere: Expression = _NOTHING
    fits: Callable[[Operation, int], bool] | None = None
    holds: Callable[[ShownSpan], bool] | None = None
    is_cheap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spellings:
    """How the names in a query are spelled by those who sent them."""

    services: Sequence[str] = ()
    span_names: Sequence[str] = ()
    remote: Sequence[str] = ()
    answering: Sequence[str] = ()


def make_clauses(query: ZipkinQuery, spelled: Spellings) -> list[Clause]:
    """What the spans of the service must satisfy, each for itself; empty where any span of it will do."""
    found: list[Clause] = []
    if query.span_name is not None:
        found.append(_make_name_clause(query.span_name, spelled.span_names))
    if query.min_duration_us is not None:
        found.append(_make_duration_clause(query.min_duration_us, query.max_duration_us))
    found += [_make_condition_clause(key, value) for key, value in query.conditions.items()]
    if query.remote_service is not None:
        found.append(_make_remote_clause(query.remote_service, spelled))
    return found


def bound_service(spelled: Sequence[str]) -> Expression:
    return _any_of(Intrinsic.SERVICE, spelled[:_MAX_SPELLINGS])


def _make_name_clause(name: str, spelled: Sequence[str]) -> Clause:
    return Clause(
        bound=_any_of(Intrinsic.NAME, spelled[:_MAX_SPELLINGS]),
        fits=lambda operation, _: operation.name.lower() == name,
        is_cheap=True,
    )


def _make_duration_clause(min_us: int, max_us: int | None) -> Clause:
    """What took less than a microsecond took one."""
    parts = [_intrinsic(Intrinsic.DURATION, min_us * _NS_PER_US, Comparison.GREATER_OR_EQUAL)] if min_us > 1 else []
    if max_us is not None:
        parts.append(_intrinsic(Intrinsic.DURATION, (max_us + 1) * _NS_PER_US, Comparison.LESS))
    return Clause(
        bound=And(tuple(parts)),
        fits=lambda _, duration_us: min_us <= duration_us and (max_us is None or duration_us <= max_us),
        is_cheap=bool(parts),
    )


def _make_remote_clause(name: str, spelled: Spellings) -> Clause:
    texts = list(dict.fromkeys([name, *spelled.remote]))[:_MAX_REMOTE_SPELLINGS]
    return Clause(
        bound=bound_remote(texts),
        elsewhere=bound_service(spelled.answering),
        holds=lambda found: name in found.remote_names,
    )


def _make_condition_clause(key: str, value: str) -> Clause:
    """With a value a tag, else a tag's key or an annotation."""
    if value:
        return Clause(
            bound=Or((*_bound_special(key, value), *_bound_tag(key, value))),
            holds=lambda found: value in _read_tags(found, key),
            is_cheap=key not in _STATUS_TAGS and not key.startswith(_COUNTED_TAGS),
        )
    event_name = read_event(key).name
    parts = [_condition(place, key, Comparison.EXISTS) for place in (Place.SPAN, Place.RESOURCE)]
    named = _intrinsic(Intrinsic.EVENT_NAME, event_name)
    return Clause(
        bound=Or((*_bound_special(key, ""), *([] if key == "error" else parts), named)),
        holds=lambda found: bool(_read_tags(found, key)) or key in _list_annotations(found),
        is_cheap=key == "error",
    )


def _read_tags(found: ShownSpan, key: str) -> list[str]:
    """The tag as it is shown, and what the sender called so, wherever Zipkin shows it. `error` is a tag of failures."""
    tags = found.fields.get("tags")
    shown = [str(tags[key])] if isinstance(tags, dict) and key in tags else []
    sent = found.sent.attributes
    return [*shown, format_value(sent[key])] if key in sent and key != "error" else shown


def _list_annotations(found: ShownSpan) -> Iterator[str]:
    """What is shown, and the names of events, which are shown with their attributes."""
    annotations = found.fields.get("annotations")
    for annotation in annotations if isinstance(annotations, list) else ():
        if isinstance(annotation, dict):
            yield str(annotation.get("value"))
    yield from (event.name for event in found.sent.events)


def _bound_special(key: str, value: str) -> Iterator[Expression]:
    """Where a tag comes from that is no attribute."""
    if key == "error":
        yield _intrinsic(Intrinsic.STATUS, StatusCode.ERROR.value)
    elif key in _STATUS_TAGS:
        yield from (_intrinsic(Intrinsic.STATUS, code.value) for code in (StatusCode.OK, StatusCode.ERROR))
    elif key == "span.kind":
        yield _intrinsic(Intrinsic.KIND, SpanKind.INTERNAL.value)
    elif key in _SCOPE_TAGS:
        yield _intrinsic(_SCOPE_TAGS[key], value) if value else _EVERYTHING
    elif key == "w3c.tracestate":
        yield _intrinsic(Intrinsic.TRACE_STATE, value) if value else _EVERYTHING
    elif key.startswith(_COUNTED_TAGS):
        yield _EVERYTHING


def _bound_tag(key: str, value: str) -> Iterator[Expression]:
    if key == "error":
        return
    for place in (Place.SPAN, Place.RESOURCE):
        if value[0] in "[{":
            yield _condition(place, key, Comparison.EXISTS)
        yield from (_condition(place, key, Comparison.EQUAL, form) for form in list_typed_forms(value))


def list_typed_forms(text: str) -> list[Literal]:
    """The values that are shown as this text, but for bytes, lists and maps."""
    if text in ("true", "false"):
        return [text, text == "true"]
    if _INTEGER.match(text) and abs(int(text)) <= _MAX_INT64:
        return [text, int(text)]
    try:
        number = float(text)
    except ValueError:
        return [text]
    return [text, number] if number == number and str(number) == text else [text]


def _any_of(intrinsic: Intrinsic, values: Sequence[str]) -> Expression:
    """One of these; with none of them nothing satisfies it."""
    return Or(tuple(_intrinsic(intrinsic, value) for value in values))


def _intrinsic(intrinsic: Intrinsic, value: Literal, comparison: Comparison = Comparison.EQUAL) -> Condition:
    return Condition(place=Place.INTRINSIC, key=intrinsic, comparison=comparison, value=value)


def _condition(place: Place, key: str, comparison: Comparison, value: Literal = None) -> Condition:
    return Condition(place=place, key=key, comparison=comparison, value=value)
