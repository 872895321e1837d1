"""The values that a field has: from the catalogue where it knows them, else from the newest spans.

What else is asked of the spans restricts the values: exactly where names of services and operations are asked for and
given, else by looking at the newest traces that have such spans.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from traces import reading, traceql_search
from traces.api.completion import count_values
from traces.domain.attributes import format_value, type_name
from traces.domain.query import Place, TraceQuery, TraceSummary, Window
from traces.domain.search_text import MAX_TEXT_LENGTH
from traces.domain.span import Operation, kind_name
from traces.domain.traceql.comparing import Value
from traces.domain.traceql.tree import (
    All,
    Attribute,
    Compare,
    Condition,
    Field,
    Filter,
    Intrinsic,
    Literal,
    Present,
    Scope,
    ValueType,
)
from traces.domain.traceql.words import FIELD_TYPES, KINDS, STATUSES
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.tempo.field_values import AnyField, is_of_event, read_values

#: So many of the newest traces are looked at, and so many spans of each.
SAMPLE_TRACES: Final = 100
SAMPLE_SPANS: Final = 50


@dataclass(frozen=True, slots=True)
class TagValue:
    """`type` is Tempo's word: string, int, float, bool, keyword."""

    type: str
    text: str


_KEYWORDS: Final = {Field.STATUS: sorted(STATUSES), Field.KIND: sorted(KINDS)}
_OF_ROOT: Final = {
    Field.ROOT_NAME: lambda trace: trace.root_operation,
    Field.ROOT_SERVICE_NAME: lambda trace: trace.root_service,
}
_PLACES: Final = {
    Scope.SPAN: (Place.SPAN,),
    Scope.RESOURCE: (Place.RESOURCE,),
    Scope.EVENT: (Place.EVENT,),
    Scope.LINK: (Place.LINK,),
    Scope.INSTRUMENTATION: (Place.SCOPE,),
    Scope.ANY: (Place.SPAN, Place.RESOURCE),
}
_TYPE_NAMES: Final = {"string": "string", "int": "int", "double": "float", "bool": "bool"}
_SERVICE_KEY: Final = "service.name"
_IDS: Final = frozenset({Field.SPAN_ID, Field.PARENT_ID, Field.TRACE_ID, Field.LINK_TRACE_ID, Field.LINK_SPAN_ID})


def find_values(field: AnyField, asked: Condition | None, window: Window, limit: int) -> list[TagValue]:
    """At most `limit` different values of a field among spans that satisfy what is asked, as far as it is known.

    Names come by name, others most frequent first. Of numbers that are measured, and of ids, there are none.
    """
    if isinstance(field, Intrinsic):
        return [*_find_of_intrinsic(field, asked, window)][:limit]
    if _is_service(field):
        names = _list_services(asked)
        if names is not None:
            return [TagValue("string", name) for name in names[:limit]]
    if asked is None:
        return _read_catalogue(field, limit)
    return [*_look_for(field, asked, window)][:limit]


def _find_of_intrinsic(field: Intrinsic, asked: Condition | None, window: Window) -> Iterable[TagValue]:
    which = field.which
    if which in _KEYWORDS:
        return [TagValue("keyword", word) for word in _KEYWORDS[which]]
    if which in _IDS or FIELD_TYPES[which] is not ValueType.TEXT:
        return []
    if which is Field.NAME and (operations := _list_operations(asked)) is not None:
        return [TagValue("string", name) for name in sorted({operation.name for operation in operations})]
    if which in _OF_ROOT:
        names = {name for trace in _find_summaries(asked, window) if (name := _OF_ROOT[which](trace))}
        return [TagValue("string", name) for name in sorted(names)]
    return _look_for(field, asked, window)


def _is_service(field: AnyField) -> bool:
    return isinstance(field, Attribute) and field.key == _SERVICE_KEY and field.scope in (Scope.RESOURCE, Scope.ANY)


def _list_services(asked: Condition | None) -> list[str] | None:
    """None where the catalogue cannot say."""
    if asked is None:
        return [service.name for service in reading.list_services(DEFAULT_PROJECT)]
    operations = _list_operations(asked)
    return None if operations is None else sorted({operation.service.name for operation in operations})


def _list_operations(asked: Condition | None) -> list[Operation] | None:
    """Those that satisfy what is asked, if that is about names of services and operations and kinds alone."""
    wanted = _read_names(asked)
    if wanted is None:
        return None
    found = reading.list_operations(DEFAULT_PROJECT, wanted.get(_SERVICE_KEY))
    return [
        operation
        for operation in found
        if wanted.get(Field.NAME, operation.name) == operation.name
        and wanted.get(Field.KIND, kind_name(operation.kind)) == kind_name(operation.kind)
    ]


def _read_names(asked: Condition | None) -> dict[str, str] | None:
    names: dict[str, str] = {}
    for part in asked.parts if isinstance(asked, All) else [asked] if asked else []:
        match part:
            case Compare("=", Attribute() as field, Literal(ValueType.TEXT, str() as name)) if _is_service(field):
                key = _SERVICE_KEY
            case Compare("=", Intrinsic(Field.NAME | Field.KIND as which), Literal(_, str() as name)):
                key = which.value
            case _:
                return None
        if names.setdefault(key, name) != name:
            return None
    return names


def _read_catalogue(field: Attribute, limit: int) -> list[TagValue]:
    """From the newest spans that have the attribute, whatever else they have."""
    counted = [
        value for place in _PLACES[field.scope] for value in count_values(DEFAULT_PROJECT, place, field.key, limit)
    ]
    counted.sort(key=lambda item: -item.count)
    return [*_describe(item.value for item in counted)][:limit]


def _find_summaries(asked: Condition | None, window: Window) -> Iterable[TraceSummary]:
    if asked is None:
        return reading.search(DEFAULT_PROJECT, TraceQuery(window=window, limit=SAMPLE_TRACES)).traces
    page = traceql_search.search(DEFAULT_PROJECT, Filter(asked), window, limit=SAMPLE_TRACES, spans_per_trace=1)
    return [trace.summary for trace in page.traces]


def _look_for(field: AnyField, asked: Condition | None, window: Window) -> Iterator[TagValue]:
    """Of the newest traces with spans that satisfy what is asked and have the field."""
    wanted = Filter(_both(asked, _has(field)))
    page = traceql_search.search(DEFAULT_PROJECT, wanted, window, limit=SAMPLE_TRACES, spans_per_trace=SAMPLE_SPANS)
    values = (
        value for trace in page.traces for span in trace.spans for value in read_values(field, span, trace.summary)
    )
    return _describe(values)


def _has(field: AnyField) -> Condition:
    """What may not be there is asked to be; of all else there is always something, if only ""."""
    if isinstance(field, Attribute) or is_of_event(field):
        return Present(field)
    return Compare("!=", field, Literal(ValueType.TEXT, ""))


def _both(one: Condition | None, other: Condition) -> Condition:
    if one is None:
        return other
    return All((*(one.parts if isinstance(one, All) else (one,)), other))


def _describe(values: Iterable[Value]) -> Iterator[TagValue]:
    """Each value once, those of lists one by one. Long texts, and what no filter is written with, are left out."""
    seen: set[TagValue] = set()
    for value in values:
        for single in value if isinstance(value, list) else (value,):
            if isinstance(single, str | int | float):
                described = _describe_single(single)
                if len(described.text) <= MAX_TEXT_LENGTH and described not in seen:
                    seen.add(described)
                    yield described


def _describe_single(value: str | int | float) -> TagValue:
    text = format_value(value)
    return TagValue(_TYPE_NAMES[type_name(value)], text.removesuffix(".0") if isinstance(value, float) else text)
