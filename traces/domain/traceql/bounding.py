"""What a store can look for: conditions that every span satisfies which a filter holds of.

A bound lets too much through, never too little. Of `a || b` something is known only if something is known of both; of
`!x` nothing, whatever is known of x, but where x compares what every span has. What only a whole trace knows bounds
nothing.
"""

from collections.abc import Callable
from dataclasses import replace

from traces.domain.query import MAX_CONDITIONS, And, Comparison, Expression, Or, conditions
from traces.domain.traceql.bounding_values import (
    EVERYTHING,
    NOTHING,
    ONLY_OF_TRACES,
    OPEN,
    WORDS,
    Bound,
    bound_attribute,
    bound_comparison,
    bound_presence,
)
from traces.domain.traceql.comparing import UNKNOWN, Word, is_number
from traces.domain.traceql.judging import is_of_event, is_of_link
from traces.domain.traceql.mentioned import list_fields
from traces.domain.traceql.normal import flip_constant
from traces.domain.traceql.operands import SERVICE_NAME, read_constant
from traces.domain.traceql.tree import (
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
    Present,
    Scope,
    Some,
)

_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "=~": "!~", "!~": "=~"}


def bound_filter(wanted: Filter) -> Bound:
    """The bound of a filter: one that a search takes, whatever the filter's size."""
    if wanted.condition is None:
        return EVERYTHING
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
            return OPEN
        case Present(operand):
            return bound_presence(operand)
        case Is(Literal(_, value)):
            return EVERYTHING if value is True else NOTHING
        case Is(Attribute() as attribute):
            bound = bound_attribute(attribute, Comparison.EQUAL, True)
            return Bound(bound.where, is_equal=False)
        case Compare():
            return bound_comparison(flip_constant(condition))
    return OPEN


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
            return NOTHING if value is True else EVERYTHING
        case Missing(operand) if not is_of_event(operand) and not is_of_link(operand):
            return bound_presence(operand)
        case Compare() if _is_always_comparable(flip_constant(condition)):
            flipped = flip_constant(condition)
            return bound_comparison(replace(flipped, operator=_OPPOSITES[flipped.operator]))
    return OPEN


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
            is_word = isinstance(constant, Word) and constant.type is WORDS[which]
            return is_word and condition.operator in ("=", "!=")
        case Intrinsic(which):
            return which in ONLY_OF_TRACES and constant is not UNKNOWN and constant is not None
    return False


def _join(form: Callable[[tuple[Expression, ...]], Expression], bounds: list[Bound]) -> Bound:
    return Bound(
        form(tuple(bound.where for bound in bounds)),
        is_equal=all(bound.is_equal for bound in bounds),
        is_usual=all(bound.is_usual for bound in bounds),
    )
