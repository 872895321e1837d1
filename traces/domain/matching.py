"""Whether a span satisfies a search: the meaning that every store must answer with.

The rules of comparison are TraceQL's:

* a missing value satisfies no comparison, `!=` included;
* int and double compare as numbers; text and booleans only with their own type;
* an array satisfies `=`, `<`, `>`, `<=`, `>=` and a regex if one element does, `!=` and a negated regex if all do;
* a regex must match the whole value, `.` spans lines.
"""

from collections.abc import Callable, Sequence

from traces.domain.attributes import Attributes, AttributeValue
from traces.domain.pattern import compile_pattern
from traces.domain.query import (
    ATTRIBUTE_PLACES,
    And,
    Comparison,
    Condition,
    Expression,
    InTraces,
    Intrinsic,
    IsRoot,
    Literal,
    Or,
    Place,
)
from traces.domain.span import Span, clean_name, measure_duration_ns


def matches(span: Span, service: str, expression: Expression) -> bool:
    """Whether one span satisfies the tree. `service` is the name of the service it is filed under."""
    if isinstance(expression, And):
        return all(matches(span, service, part) for part in expression.parts)
    if isinstance(expression, Or):
        return any(matches(span, service, part) for part in expression.parts)
    if isinstance(expression, IsRoot):
        return not any(span.parent_span_id)
    if isinstance(expression, InTraces):
        return span.trace_id in expression.trace_ids
    return any(compare(found, expression) for found in _find(span, service, expression))


def _find(span: Span, service: str, condition: Condition) -> list[AttributeValue]:
    """The values a condition looks at; empty where the span has none."""
    if condition.place is Place.INTRINSIC:
        return _intrinsic(span, service, Intrinsic(condition.key))
    places = ATTRIBUTE_PLACES if condition.place is Place.ANY else (condition.place,)
    return [
        attributes[condition.key]
        for place in places
        for attributes in _attribute_sets(span, place)
        if condition.key in attributes
    ]


def _attribute_sets(span: Span, place: Place) -> Sequence[Attributes]:
    if place is Place.SPAN:
        return (span.attributes,)
    if place is Place.RESOURCE:
        return (span.resource.attributes,)
    if place is Place.SCOPE:
        return (span.scope.attributes,)
    if place is Place.EVENT:
        return [event.attributes for event in span.events]
    return [link.attributes for link in span.links]


def _intrinsic(span: Span, service: str, intrinsic: Intrinsic) -> list[AttributeValue]:
    if intrinsic is Intrinsic.EVENT_NAME:
        return [event.name for event in span.events]
    if intrinsic is Intrinsic.LINK_TRACE_ID:
        return [link.trace_id.hex() for link in span.links]
    if intrinsic is Intrinsic.LINK_SPAN_ID:
        return [link.span_id.hex() for link in span.links]
    single: dict[Intrinsic, AttributeValue] = {
        Intrinsic.SERVICE: service,
        Intrinsic.NAME: clean_name(span.name),
        Intrinsic.KIND: span.kind,
        Intrinsic.STATUS: span.status_code,
        Intrinsic.STATUS_MESSAGE: span.status_message,
        Intrinsic.DURATION: measure_duration_ns(span.start_time_unix_nano, span.end_time_unix_nano),
        Intrinsic.SPAN_ID: span.span_id.hex(),
        Intrinsic.PARENT_SPAN_ID: span.parent_span_id.hex() if any(span.parent_span_id) else None,
        Intrinsic.TRACE_STATE: span.trace_state,
        Intrinsic.SCOPE_NAME: span.scope.name,
        Intrinsic.SCOPE_VERSION: span.scope.version,
    }
    return [single[intrinsic]]


def compare(found: AttributeValue, condition: Condition) -> bool:
    """Whether one value satisfies a condition, wherever it was found."""
    if condition.comparison is Comparison.EXISTS:
        return found is not None
    if isinstance(found, list):
        quantify = all if condition.comparison in (Comparison.NOT_EQUAL, Comparison.NOT_MATCHES) else any
        return bool(found) and quantify(compare(item, condition) for item in found)
    wanted = condition.value
    if condition.comparison in (Comparison.MATCHES, Comparison.NOT_MATCHES):
        if not isinstance(found, str) or not isinstance(wanted, str):
            return False
        return compile_pattern(wanted)(found) == (condition.comparison is Comparison.MATCHES)
    if not _is_comparable(found, wanted):
        return False
    return _ORDER[condition.comparison](found, wanted)


def _is_comparable(found: AttributeValue, wanted: Literal) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return isinstance(found, bool) and isinstance(wanted, bool)
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return True
    return isinstance(found, str) and isinstance(wanted, str)


_ORDER: dict[Comparison, Callable[..., bool]] = {
    Comparison.EQUAL: lambda found, wanted: found == wanted,
    Comparison.NOT_EQUAL: lambda found, wanted: found != wanted,
    Comparison.LESS: lambda found, wanted: found < wanted,
    Comparison.LESS_OR_EQUAL: lambda found, wanted: found <= wanted,
    Comparison.GREATER: lambda found, wanted: found > wanted,
    Comparison.GREATER_OR_EQUAL: lambda found, wanted: found >= wanted,
}
