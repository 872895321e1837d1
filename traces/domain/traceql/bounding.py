"""What a store can look for: conditions that every span satisfies which a filter holds of.

A bound lets too much through, never too little. Of `a || b` something is known only if something is known of both; of
`!x` nothing, whatever is known of x, but where x compares what every span has. What only a whole trace knows bounds
nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from traces.domain.ids import TRACE_ID_BYTES, is_short, shorten
from traces.domain.query import (
    MAX_CONDITIONS,
    And,
    Comparison,
    Expression,
    InTraces,
    IsRoot,
    Or,
    Place,
    conditions,
)
from traces.domain.query import Condition as Asked
from traces.domain.query import Intrinsic as AskedField
from traces.domain.traceql.comparing import UNKNOWN, Value, Word, is_number, make_comparison
from traces.domain.traceql.judging import is_of_event, is_of_link
from traces.domain.traceql.mentioned import fields_of, list_fields
from traces.domain.traceql.normal import flip_constant, is_decided_by_root
from traces.domain.traceql.operands import SERVICE_NAME, read_constant
from traces.domain.traceql.tree import (
    TRACE_FIELDS,
    All,
    Attribute,
    Compare,
    Condition,
    Field,
    Filter,
    Intrinsic,
    Is,
    Literal,
    Missing,
    Not,
    Operand,
    Present,
    Scope,
    Some,
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
_EVERYTHING = Bound(_ALWAYS, is_equal=True)
_NOTHING = Bound(_NEVER, is_equal=True)
_UNKNOWN = Bound(_ALWAYS, is_equal=False, is_usual=False)

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
_ONLY_OF_TRACES = TRACE_FIELDS - {Field.NESTED_SET_PARENT}
_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "=~": "!~", "!~": "=~"}
_WORDS = {Field.STATUS: ValueType.STATUS, Field.KIND: ValueType.KIND}


def bound_filter(wanted: Filter) -> Bound:
    """The bound of a filter: one that a search takes, whatever the filter's size."""
    if wanted.condition is None:
        return _EVERYTHING
    bound = _bound(wanted.condition)
    where = _trim(bound.where)
    is_usual = bound.is_usual and where == bound.where
    # Conditions on one event (link) are bounded one by one: the same event must satisfy all.
    fields = list_fields(wanted)
    if sum(map(is_of_event, fields)) > 1 or sum(map(is_of_link, fields)) > 1:
        return Bound(where, is_equal=False, is_usual=is_usual)
    return Bound(where, is_equal=bound.is_equal and where == bound.where, is_usual=is_usual)


def _trim(where: Expression) -> Expression:
    """As many parts of a conjunction as a search may have conditions."""
    if sum(1 for _ in conditions(where)) <= MAX_CONDITIONS:
        return where
    kept: list[Expression] = []
    room = MAX_CONDITIONS
    for part in where.parts if isinstance(where, And) else ():
        size = sum(1 for _ in conditions(part))
        if size <= room:
            kept.append(part)
            room -= size
    return And(tuple(kept))


def _bound(condition: Condition) -> Bound:
    match condition:
        case All(parts):
            return _join(And, [_bound(part) for part in parts])
        case Some(parts):
            return _join(Or, [_bound(part) for part in parts])
        case Not(part):
            return _bound_negated(part)
        case Missing():
            return _UNKNOWN
        case Present(operand):
            return _bound_presence(operand)
        case Is(Literal(_, value)):
            return _EVERYTHING if value is True else _NOTHING
        case Is(Attribute() as attribute):
            bound = _bound_attribute(attribute, Comparison.EQUAL, True)
            return Bound(bound.where, is_equal=False)
        case Compare():
            return _bound_comparison(flip_constant(condition))
    return _UNKNOWN


def _bound_negated(condition: Condition) -> Bound:
    """What is bounded where the condition does not hold."""
    match condition:
        case All(parts):
            return _join(Or, [_bound_negated(part) for part in parts])
        case Some(parts):
            return _join(And, [_bound_negated(part) for part in parts])
        case Not(part):
            return _bound(part)
        case Is(Literal(_, value)):
            return _NOTHING if value is True else _EVERYTHING
        case Missing(operand) if not is_of_event(operand) and not is_of_link(operand):
            return _bound_presence(operand)
        case Compare() if _is_always_comparable(flip_constant(condition)):
            flipped = flip_constant(condition)
            return _bound_comparison(replace(flipped, operator=_OPPOSITES[flipped.operator]))
    return _UNKNOWN


def _is_always_comparable(condition: Compare) -> bool:
    """Whether every span has such a value, of the type of what it is compared with: then the opposite is `!x`."""
    constant = read_constant(condition.right)
    match condition.left:
        case Attribute(Scope.RESOURCE, key):
            return key == SERVICE_NAME and isinstance(constant, str)
        case Intrinsic(Field.NAME):
            return isinstance(constant, str)
        case Intrinsic(Field.DURATION):
            return is_number(constant)
        case Intrinsic(Field.STATUS | Field.KIND as which):
            is_word = isinstance(constant, Word) and constant.type is _WORDS[which]
            return is_word and condition.operator in ("=", "!=")
        case Intrinsic(which):
            return which in _ONLY_OF_TRACES
    return False


def _join(form: Callable[[tuple[Expression, ...]], Expression], bounds: list[Bound]) -> Bound:
    return Bound(
        form(tuple(bound.where for bound in bounds)),
        is_equal=all(bound.is_equal for bound in bounds),
        is_usual=all(bound.is_usual for bound in bounds),
    )


def _bound_presence(operand: Attribute | Intrinsic) -> Bound:
    if isinstance(operand, Attribute):
        return _bound_attribute(operand, Comparison.EXISTS, None)
    field = _OF_PARTS.get(operand.which)
    return Bound(_ask(field, Comparison.EXISTS, None), is_equal=True) if field else _EVERYTHING


def _bound_comparison(condition: Compare) -> Bound:
    constant = read_constant(condition.right)
    if constant is UNKNOWN:
        return _bound_operands(condition.left, condition.right)
    if constant is None:
        return _NOTHING
    left = read_constant(condition.left)
    if left is not UNKNOWN:
        return _UNKNOWN
    if isinstance(condition.left, Attribute):
        return _bound_attribute_value(condition.left, condition.operator, constant)
    if isinstance(condition.left, Intrinsic):
        return _bound_intrinsic(condition.left.which, condition.operator, constant)
    return _bound_operands(condition.left)


def _bound_operands(*operands: Operand) -> Bound:
    """What is compared is there."""
    fields = [field for operand in operands for field in fields_of(operand)]
    return Bound(And(tuple(_bound_presence(field).where for field in fields)), is_equal=False, is_usual=False)


def _bound_attribute_value(attribute: Attribute, sign: str, constant: Value) -> Bound:
    comparison = Comparison(sign)
    if isinstance(constant, Word) or (isinstance(constant, bool) and sign not in ("=", "!=")):
        return _NOTHING
    if isinstance(constant, int) and abs(constant) >= 2**63:
        return Bound(_bound_presence(attribute).where, is_equal=False, is_usual=False)
    return _bound_attribute(attribute, comparison, constant)


def _bound_attribute(attribute: Attribute, comparison: Comparison, value: Value) -> Bound:
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
    if field in _ONLY_OF_TRACES:
        return _EVERYTHING
    if field is Field.NESTED_SET_PARENT:
        return _bound_parent(sign, constant)
    if field is Field.TRACE_ID:
        return _bound_trace_id(sign, constant)
    if field is Field.PARENT_ID:
        is_id = sign == "=" and isinstance(constant, str) and constant != ""
        return Bound(_ask(AskedField.PARENT_SPAN_ID, Comparison.EQUAL, constant), is_equal=True) if is_id else _UNKNOWN
    if field in _WORDS:
        is_word = isinstance(constant, Word) and constant.type is _WORDS[field] and sign in ("=", "!=")
        number = constant.number if is_word and isinstance(constant, Word) else None
        return _NOTHING if number is None else Bound(_ask(_FIELDS[field], Comparison(sign), number), is_equal=True)
    if field is Field.EVENT_TIME_SINCE_START:
        return Bound(_bound_presence(Intrinsic(field)).where, is_equal=False, is_usual=False)
    if field not in _FIELDS:
        return _UNKNOWN
    if isinstance(constant, Word | bool) or (is_number(constant) != (field is Field.DURATION)):
        return _NOTHING
    return Bound(_ask(_FIELDS[field], Comparison(sign), constant), is_equal=True)


def _bound_parent(sign: str, constant: Value) -> Bound:
    if sign in ("=~", "!~") or not is_number(constant):
        return _NOTHING
    of_others = is_decided_by_root(sign, constant)
    of_roots = make_comparison(sign)(-1, constant)
    if of_others is False:
        return Bound(IsRoot(), is_equal=True) if of_roots else _NOTHING
    return _EVERYTHING if of_others and of_roots else _UNKNOWN


def _bound_trace_id(sign: str, constant: Value) -> Bound:
    """A trace may have spans that were sent with the second half of its id: the whole trace is looked at later."""
    if sign != "=" or not isinstance(constant, str):
        return _UNKNOWN
    try:
        trace_id = bytes.fromhex(constant)
    except ValueError:
        return _NOTHING
    if len(trace_id) != TRACE_ID_BYTES or trace_id.hex() != constant:
        return _NOTHING
    ids = (trace_id,) if is_short(trace_id) else (trace_id, shorten(trace_id))
    return Bound(InTraces(ids), is_equal=True)


def _ask(field: AskedField, comparison: Comparison, value: Value) -> Expression:
    return _condition(Place.INTRINSIC, field, comparison, value)


def _condition(place: Place, key: str, comparison: Comparison, value: Value) -> Expression:
    if isinstance(value, str | int | float) or value is None:
        return Asked(place=place, key=key, comparison=comparison, value=value)
    return _ALWAYS
