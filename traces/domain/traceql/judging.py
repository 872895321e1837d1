"""What a filter means: whether it holds of a span, as far as the span is known.

A verdict is None where it depends on what is not known, so that one and the same filter judges columns, decoded spans
and whole traces. Of a span that is known completely it is true or false.

* A missing value satisfies no comparison; `= nil` is absent, `!= nil` present. A condition that is false is true
  negated: `!(.a = 1)` holds where .a is missing.
* `.x` is the span's attribute, else its resource's. `resource.service.name` is the service that a span is filed under.
* One event (link) satisfies all conditions on events (links). Where there is none, each is false, `= nil` too.
* Names, ids, status, kind, duration and texts are always there. A trace without a root has "" as its root's names,
  a span without a parent "" as its parent's id and -1 as its parent's number.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from traces.domain.deadline import check_time
from traces.domain.span import Event, Link
from traces.domain.traceql.comparing import UNKNOWN, Value, Verdict, make_comparison, make_match
from traces.domain.traceql.mentioned import list_fields
from traces.domain.traceql.normal import flip_constant, is_decided_by_root
from traces.domain.traceql.operands import EVENT_FIELDS, LINK_FIELDS, Read, make_reader, read_constant
from traces.domain.traceql.subject import Subject
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

Judge: TypeAlias = Callable[[Subject], Verdict]


def make_judge(wanted: Filter) -> Judge:
    """The filter as a function. Raises InvalidQuery for a regular expression that is none."""
    if wanted.condition is None:
        return lambda _: True
    test = _make_test(wanted.condition)
    fields = list_fields(wanted)
    if any(is_of_event(each) for each in fields):
        test = _for_one_event(test)
    if any(is_of_link(each) for each in fields):
        test = _for_one_link(test)
    return test


def is_of_event(field: Attribute | Intrinsic) -> bool:
    return field.scope is Scope.EVENT if isinstance(field, Attribute) else field.which in EVENT_FIELDS


def is_of_link(field: Attribute | Intrinsic) -> bool:
    return field.scope is Scope.LINK if isinstance(field, Attribute) else field.which in LINK_FIELDS


def _for_one_event(test: Judge) -> Judge:
    def judge(subject: Subject) -> Verdict:
        if subject.span is None or not subject.span.events:
            return test(subject)
        return _some(_judge_with_event(test, subject, event) for event in subject.span.events)

    return judge


def _judge_with_event(test: Judge, subject: Subject, event: Event) -> Verdict:
    subject.event = event
    try:
        return test(subject)
    finally:
        subject.event = None


def _for_one_link(test: Judge) -> Judge:
    def judge(subject: Subject) -> Verdict:
        if subject.span is None or not subject.span.links:
            return test(subject)
        return _some(_judge_with_link(test, subject, link) for link in subject.span.links)

    return judge


def _judge_with_link(test: Judge, subject: Subject, link: Link) -> Verdict:
    # A span may have as many events for each link, and as many conditions for each of those.
    check_time()
    subject.link = link
    try:
        return test(subject)
    finally:
        subject.link = None


def _some(verdicts: Iterable[Verdict]) -> Verdict:
    """True if one is, None if one may be."""
    together: Verdict = False
    for verdict in verdicts:
        if verdict:
            return True
        if verdict is None:
            together = None
    return together


def _make_test(condition: Condition) -> Judge:
    match condition:
        case All(parts):
            return _all_of([_make_test(part) for part in parts])
        case Some(parts):
            return _some_of([_make_test(part) for part in parts])
        case Not(part):
            return _not(_make_test(part))
        case Compare():
            return _compare(flip_constant(condition))
        case Present(operand):
            return _present(make_reader(operand))
        case Missing(operand):
            return _missing(operand)
        case Is(operand):
            return _is_true(make_reader(operand))


def _all_of(tests: list[Judge]) -> Judge:
    def judge(subject: Subject) -> Verdict:
        together: Verdict = True
        for test in tests:
            verdict = test(subject)
            if verdict is False:
                return False
            if verdict is None:
                together = None
        return together

    return judge


def _some_of(tests: list[Judge]) -> Judge:
    return lambda subject: _some(test(subject) for test in tests)


def _not(test: Judge) -> Judge:
    def judge(subject: Subject) -> Verdict:
        verdict = test(subject)
        return None if verdict is None else not verdict

    return judge


def _present(read: Read) -> Judge:
    def judge(subject: Subject) -> Verdict:
        value = read(subject)
        return None if value is UNKNOWN else value is not None

    return judge


def _missing(operand: Attribute | Intrinsic) -> Judge:
    is_present = _present(make_reader(operand))
    if is_of_event(operand):
        return lambda subject: _without(subject, subject.event, is_present)
    if is_of_link(operand):
        return lambda subject: _without(subject, subject.link, is_present)
    return _not(is_present)


def _without(subject: Subject, holder: Event | Link | None, is_present: Judge) -> Verdict:
    if holder is None:
        return None if subject.span is None else False
    return not is_present(subject)


def _is_true(read: Read) -> Judge:
    def judge(subject: Subject) -> Verdict:
        value = read(subject)
        return None if value is UNKNOWN else value is True

    return judge


def _compare(condition: Compare) -> Judge:
    left = make_reader(condition.left)
    if condition.operator in ("=~", "!~"):
        return _match(left, condition)
    compare = make_comparison(condition.operator)
    right = make_reader(condition.right)
    constant = read_constant(condition.right)
    if constant is UNKNOWN:
        return lambda subject: compare(left(subject), right(subject))
    if condition.left == Intrinsic(Field.NESTED_SET_PARENT):
        return _compare_parent(left, compare, constant, is_decided_by_root(condition.operator, constant))
    return lambda subject: compare(left(subject), constant)


def _match(read: Read, condition: Compare) -> Judge:
    if not isinstance(condition.right, Literal) or not isinstance(condition.right.value, str):
        return lambda _: False
    match_value = make_match(condition.operator, condition.right.value)
    return lambda subject: match_value(read(subject))


def _compare_parent(
    read: Read, compare: Callable[[Value, Value], Verdict], constant: Value, of_others: Verdict
) -> Judge:
    """The number is -1 for a root and none below 0 for all others, which may be all that matters."""

    def judge(subject: Subject) -> Verdict:
        value = read(subject)
        if value is not UNKNOWN:
            return compare(value, constant)
        return None if subject.row is None else of_others

    return judge
