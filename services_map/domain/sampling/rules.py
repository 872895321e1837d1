"""What a rule may say. A rule is made by a person, who is told in a sentence what is wrong with it."""

import math
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from services_map.domain.errors import InvalidRule
from services_map.domain.sampling.strategy import Rule, RuleKind, Source

#: Characters of a name. Longer ones exist, but nobody writes a rule for them.
MAX_NAME_LENGTH: Final = 2_048
#: Rules of a project: all of them are read every few seconds.
MAX_RULES: Final = 10_000
#: Traces a second: of a process where its rate is limited, of an operation where its probability follows the load.
MAX_PER_SECOND: Final = 1_000_000
LEAST_TARGET_PER_SECOND: Final = 0.001

#: Rules by service and operation; both are empty where a rule is for all of them.
RuleBook: TypeAlias = Mapping[str, Mapping[str, Rule]]


def make_rule(service: str, operation: str, kind: RuleKind, param: float, source: Source = Source.RULE) -> Rule:
    """A rule that can be kept and told. Raises InvalidRule, which names the field at fault."""
    _check_name("service", service)
    _check_name("operation", operation)
    if not math.isfinite(param):
        raise InvalidRule("The value must be a number.", "param")
    if kind is RuleKind.PROBABILISTIC:
        _check_probability(param)
    elif kind is RuleKind.RATE_LIMITING:
        _check_rate(operation, param)
    elif not LEAST_TARGET_PER_SECOND <= param <= MAX_PER_SECOND:
        raise InvalidRule(
            f"An operation can aim at {LEAST_TARGET_PER_SECOND} to {MAX_PER_SECOND:,} traces a second.", "param"
        )
    return Rule(service=service, operation=operation, kind=kind, param=param, source=source)


def make_book(rules: Iterable[Rule]) -> RuleBook:
    """Of two rules for the same traces the last holds."""
    book: dict[str, dict[str, Rule]] = {}
    for rule in rules:
        book.setdefault(rule.service, {})[rule.operation] = rule
    return book


def is_any_adaptive(book: RuleBook) -> bool:
    """Whether some traces follow the load because a rule says so."""
    return any(rule.kind is RuleKind.ADAPTIVE for operations in book.values() for rule in operations.values())


def _check_name(field: str, name: str) -> None:
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidRule(f"The name of the {field} is longer than {MAX_NAME_LENGTH:,} characters.", field)
    if "\0" in name or not _is_unicode(name):
        raise InvalidRule(f"The name of the {field} has characters in it that no name has.", field)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_probability(param: float) -> None:
    if not 0 <= param <= 1:
        raise InvalidRule("A probability is a number from 0 to 1.", "param")


def _check_rate(operation: str, param: float) -> None:
    """Clients read whole numbers, and limit the rate of a whole process."""
    if operation:
        raise InvalidRule("Clients can limit the rate of a service, not of one operation: give a probability.", "kind")
    if param != int(param) or not 1 <= param <= MAX_PER_SECOND:
        raise InvalidRule(f"A rate is a whole number of traces a second from 1 to {MAX_PER_SECOND:,}.", "param")
