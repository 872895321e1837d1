"""What a store can look for on behalf of one comparison."""

from dataclasses import dataclass

from traces.domain.ids import TRACE_ID_BYTES, is_short, shorten
from traces.domain.query import And, Comparison, Expression, InTraces, IsRoot, Or, Place
from traces.domain.query import Condition as Asked
from traces.domain.query import Intrinsic as AskedField
from traces.domain.traceql.comparing import UNKNOWN, Value, Word, is_number, make_comparison
from traces.domain.traceql.mentioned import fields_of
from traces.domain.traceql.normal import is_decided_by_root
from traces.domain.traceql.operands import SERVICE_NAME, read_constant
from traces.domain.traceql.tree import (
    TRACE_FIELDS,
    Attribute,
    Compare,
    Field,
    Intrinsic,
    Operand,
    Scope,
    ValueType,
)


@dataclass(frozen=True, slots=True)
class Bound:
    """`where` holds of every span that the filter holds of.

    `is_equal`: of no other that a judge who sees nothing but the span would refuse. `is_usual`: of others only in odd
    cases, as a span's attribute that hides its resource's.
    """

    where: Expression
    is_equal: bool
    is_usual: bool = True


_ALWAYS, _NEVER = And(), Or()
EVERYTHING = Bound(_ALWAYS, is_equal=True)
NOTHING = Bound(_NEVER, is_equal=True)
OPEN = Bound(_ALWAYS, is_equal=False, is_usual=False)

_PLACES = {
    Scope.SPAN: Place.SPAN,
    Scope.RESOURCE: Place.RESOURCE,
    Scope.EVENT: Place.EVENT,
    Scope.LINK: Place.LINK,
    Scope.INSTRUMENTATION: Place.SCOPE,
}
_FIELDS = {
    Field.DURATION: AskedField.DURATION,
    Field.NAME: AskedField.NAME,
    Field.STATUS: AskedField.STATUS,
    Field.STATUS_MESSAGE: AskedField.STATUS_MESSAGE,
    Field.KIND: AskedField.KIND,
    Field.SPAN_ID: AskedField.SPAN_ID,
    Field.EVENT_NAME: AskedField.EVENT_NAME,
    Field.LINK_TRACE_ID: AskedField.LINK_TRACE_ID,
    Field.LINK_SPAN_ID: AskedField.LINK_SPAN_ID,
    Field.INSTRUMENTATION_NAME: AskedField.SCOPE_NAME,
    Field.INSTRUMENTATION_VERSION: AskedField.SCOPE_VERSION,
}
_OF_PARTS = {
    Field.EVENT_NAME: AskedField.EVENT_NAME,
    Field.EVENT_TIME_SINCE_START: AskedField.EVENT_NAME,
    Field.LINK_TRACE_ID: AskedField.LINK_TRACE_ID,
    Field.LINK_SPAN_ID: AskedField.LINK_SPAN_ID,
}
ONLY_OF_TRACES = TRACE_FIELDS - {Field.NESTED_SET_PARENT}
WORDS = {Field.STATUS: ValueType.STATUS, Field.KIND: ValueType.KIND}


def bound_presence(operand: Attribute | Intrinsic) -> Bound:
    if isinstance(operand, Attribute):
        return bound_attribute(operand, Comparison.EXISTS, None)
    field = _OF_PARTS.get(operand.which)
    return Bound(_ask(field, Comparison.EXISTS, None), is_equal=True) if field else EVERYTHING


def bound_comparison(condition: Compare) -> Bound:
    constant = read_constant(condition.right)
    if constant is UNKNOWN:
        return _bound_operands(condition.left, condition.right)
    if constant is None:
        return NOTHING
    left = read_constant(condition.left)
    if left is not UNKNOWN:
        return OPEN
    if isinstance(condition.left, Attribute):
        return _bound_attribute_value(condition.left, condition.operator, constant)
    if isinstance(condition.left, Intrinsic):
        return _bound_intrinsic(condition.left.which, condition.operator, constant)
    return _bound_operands(condition.left)


def _bound_operands(*operands: Operand) -> Bound:
    """What is compared is there."""
    fields = [field for operand in operands for field in fields_of(operand)]
    return Bound(And(tuple(bound_presence(field).where for field in fields)), is_equal=False, is_usual=False)


def _bound_attribute_value(attribute: Attribute, sign: str, constant: Value) -> Bound:
    comparison = Comparison(sign)
    if isinstance(constant, Word) or (isinstance(constant, bool) and sign not in ("=", "!=")):
        return NOTHING
    if isinstance(constant, int) and abs(constant) >= 2**63:
        return Bound(bound_presence(attribute).where, is_equal=False, is_usual=False)
    return bound_attribute(attribute, comparison, constant)


def bound_attribute(attribute: Attribute, comparison: Comparison, value: Value) -> Bound:
    if attribute.scope is not Scope.ANY:
        return _bound_scoped(attribute.scope, attribute.key, comparison, value)
    of_span = _bound_scoped(Scope.SPAN, attribute.key, comparison, value)
    of_resource = _bound_scoped(Scope.RESOURCE, attribute.key, comparison, value)
    # What is on the span hides what is on the resource, but it is there all the same.
    return Bound(Or((of_span.where, of_resource.where)), is_equal=comparison is Comparison.EXISTS)


def _bound_scoped(scope: Scope, key: str, comparison: Comparison, value: Value) -> Bound:
    if scope is Scope.RESOURCE and key == SERVICE_NAME:
        return Bound(_ask(AskedField.SERVICE, comparison, value), is_equal=True)
    return Bound(_condition(_PLACES[scope], key, comparison, value), is_equal=True)


def _bound_intrinsic(field: Field, sign: str, constant: Value) -> Bound:
    if field in ONLY_OF_TRACES:
        return EVERYTHING
    if field is Field.NESTED_SET_PARENT:
        return _bound_parent(sign, constant)
    if field is Field.TRACE_ID:
        return _bound_trace_id(sign, constant)
    if field is Field.PARENT_ID:
        is_id = sign == "=" and isinstance(constant, str) and constant != ""
        return Bound(_ask(AskedField.PARENT_SPAN_ID, Comparison.EQUAL, constant), is_equal=True) if is_id else OPEN
    if field in WORDS:
        is_word = isinstance(constant, Word) and constant.type is WORDS[field] and sign in ("=", "!=")
        number = constant.number if is_word and isinstance(constant, Word) else None
        return NOTHING if number is None else Bound(_ask(_FIELDS[field], Comparison(sign), number), is_equal=True)
    if field is Field.EVENT_TIME_SINCE_START:
        return Bound(bound_presence(Intrinsic(field)).where, is_equal=False, is_usual=False)
    if field not in _FIELDS:
        return OPEN
    if isinstance(constant, Word | bool) or (is_number(constant) != (field is Field.DURATION)):
        return NOTHING
    return Bound(_ask(_FIELDS[field], Comparison(sign), constant), is_equal=True)


def _bound_parent(sign: str, constant: Value) -> Bound:
    if sign in ("=~", "!~") or not is_number(constant):
        return NOTHING
    of_others = is_decided_by_root(sign, constant)
    of_roots = make_comparison(sign)(-1, constant)
    if of_others is False:
        return Bound(IsRoot(), is_equal=True) if of_roots else NOTHING
    return EVERYTHING if of_others and of_roots else OPEN


def _bound_trace_id(sign: str, constant: Value) -> Bound:
    """A trace may have spans that were sent with the second half of its id: the whole trace is looked at later."""
    if sign != "=" or not isinstance(constant, str):
        return OPEN
    try:
        trace_id = bytes.fromhex(constant)
    except ValueError:
        return NOTHING
    if len(trace_id) != TRACE_ID_BYTES or trace_id.hex() != constant:
        return NOTHING
    ids = (trace_id,) if is_short(trace_id) else (trace_id, shorten(trace_id))
    return Bound(InTraces(ids), is_equal=True)


def _ask(field: AskedField, comparison: Comparison, value: Value) -> Expression:
    return _condition(Place.INTRINSIC, field, comparison, value)


def _condition(place: Place, key: str, comparison: Comparison, value: Value) -> Expression:
    if isinstance(value, str | int | float) or value is None:
        return Asked(place=place, key=key, comparison=comparison, value=value)
    return _ALWAYS
