"""What two spans say differently of themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from traces.domain.attributes import Attributes, AttributeValue, format_value
from traces.domain.query import Place
from traces.domain.span import Span, status_name


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeDifference:
    """An attribute of the span, its resource or its scope; None where a side has no such key."""

    place: Place
    key: str
    a: str | None
    b: str | None


def find_differences(a: Span, b: Span) -> list[AttributeDifference]:
    """Keys whose values differ, by place and key; the resource first, which says where a span ran."""
    return [
        *_differ(Place.RESOURCE, a.resource.attributes, b.resource.attributes),
        *_differ(Place.SPAN, _name_status(a), _name_status(b)),
        *_differ(Place.SPAN, a.attributes, b.attributes),
        *_differ(Place.SCOPE, _name_scope(a), _name_scope(b)),
    ]


def _name_status(span: Span) -> Attributes:
    return {"status": status_name(span.status_code), "status message": span.status_message}


def _name_scope(span: Span) -> Attributes:
    return {"name": span.scope.name, "version": span.scope.version, **span.scope.attributes}


def _differ(place: Place, a: Attributes, b: Attributes) -> Iterator[AttributeDifference]:
    for key in sorted(a.keys() | b.keys()):
        if key not in a or key not in b or not _is_same(a[key], b[key]):
            yield AttributeDifference(place=place, key=key, a=_format(a, key), b=_format(b, key))


def _is_same(a: AttributeValue, b: AttributeValue) -> bool:
    """As they read: 1, 1.0 and true are three values, NaN is as NaN."""
    return type(a) is type(b) and format_value(a) == format_value(b)


def _format(attributes: Attributes, key: str) -> str | None:
    return format_value(attributes[key]) if key in attributes else None
