"""Jaeger's file of strategies, as rules.

{"default_strategy": {"type": "probabilistic", "param": 0.5, "operation_strategies": […]},
 "service_strategies": [{"service": "shop", "type": "probabilistic" | "ratelimiting", "param": 0.8,
                         "operation_strategies": [{"operation": "GET /", "type": "probabilistic", "param": 0.2}]}]}

Read as Jaeger reads it: keys in any case, unknown ones passed over, null for what is not given. A strategy that cannot
be followed is left out, with a note; what is no such file at all is refused as a whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

import orjson

from services_map.domain.errors import InvalidRule
from services_map.domain.sampling.rules import MAX_RULES, RuleBook, make_book, make_rule
from services_map.domain.sampling.strategy import Rule, RuleKind, Source
from traces.domain.errors import TracingError

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
_MAX_NOTES: Final = 20
_KINDS: Final = {"probabilistic": RuleKind.PROBABILISTIC, "ratelimiting": RuleKind.RATE_LIMITING}
# What JSON calls them.
_TYPES: Final[dict[type, str]] = {str: "a text", float: "a number", list: "a list", dict: "an object"}

_Object: TypeAlias = dict[str, object]
_Wanted = TypeVar("_Wanted", str, float, list[object], _Object)


class StrategiesRejected(TracingError):
    """The text is no file of strategies: none of it can be followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOfStrategies:
    """What the file decides. `notes` are sentences on what it says and cannot mean."""

    book: RuleBook
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Notes:
    kept: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, sentence: str) -> None:
        if len(self.kept) < _MAX_NOTES:
            self.kept.append(sentence)
        else:
            self.more += 1

    def finish(self) -> tuple[str, ...]:
        return (*self.kept, f"{self.more:,} more strategies are left out.") if self.more else tuple(self.kept)


def parse_strategies(text: bytes) -> FileOfStrategies:
    """Raises StrategiesRejected, which says what is wrong and where."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise StrategiesRejected(f"It is not JSON: {problem}.") from None
    notes, rules = _Notes(), []
    for rule in _read_document(_take(document, dict, "The file"), notes):
        rules.append(rule)
        if len(rules) > MAX_RULES:
            raise StrategiesRejected(f"It has more than {MAX_RULES:,} strategies.")
    return FileOfStrategies(book=make_book(rules), notes=notes.finish())


def _read_document(document: _Object, notes: _Notes) -> Iterator[Rule]:
    keys = _fold(document)
    if (default := keys.get("default_strategy")) is not None:
        yield from _read_strategy("", _fold(_take(default, dict, "default_strategy")), "default_strategy", notes)
    for service, (place, strategy) in _read_services(keys, notes).items():
        yield from _read_strategy(service, strategy, place, notes)


def _read_services(keys: _Object, notes: _Notes) -> dict[str, tuple[str, _Object]]:
    """Where the strategy of each service stands, and itself."""
    services: dict[str, tuple[str, _Object]] = {}
    for at, item in enumerate(_find(keys, "service_strategies", list, "service_strategies") or []):
        place = f"service_strategies[{at}]"
        strategy = _fold(_take(item, dict, place))
        service = _find(strategy, "service", str, f"{place}.service") or ""
        if not service:
            notes.add(f"{place} names no service.")
            continue
        if service in services:
            notes.add(f"{services[service][0]} is of the same service as {place}, which holds.")
        services[service] = place, strategy
    return services


def _read_strategy(service: str, strategy: _Object, place: str, notes: _Notes) -> Iterator[Rule]:
    """Of a service, or of all. One of operations alone has no type of its own."""
    operations = _find(strategy, "operation_strategies", list, f"{place}.operation_strategies") or []
    if strategy.get("type") is not None or strategy.get("param") is not None or not operations:
        yield from _read_rule(service, "", strategy, place, notes)
    for at, item in enumerate(operations):
        inner = f"{place}.operation_strategies[{at}]"
        found = _fold(_take(item, dict, inner))
        if operation := _find(found, "operation", str, f"{inner}.operation") or "":
            yield from _read_rule(service, operation, found, inner, notes)
        else:
            notes.add(f"{inner} names no operation.")


def _read_rule(service: str, operation: str, found: _Object, place: str, notes: _Notes) -> Iterator[Rule]:
    """One rule, or none and a note."""
    type_ = _find(found, "type", str, f"{place}.type") or ""
    param = _find(found, "param", float, f"{place}.param") or 0.0
    kind = _KINDS.get(type_)
    if kind is None:
        notes.add(f"{place}.type must be “probabilistic” or “ratelimiting”.")
        return
    if kind is RuleKind.RATE_LIMITING and param > 0:
        # Clients read whole numbers; Jaeger makes 0 of a fraction.
        param = max(1.0, float(param // 1))
    try:
        yield make_rule(service, operation, kind, param, Source.FILE)
    except InvalidRule as problem:
        notes.add(f"{place}: {problem}")


def _fold(found: _Object) -> _Object:
    return {key.lower(): value for key, value in found.items()}


def _find(found: _Object, key: str, wanted: type[_Wanted], place: str) -> _Wanted | None:
    """None if it is not there, or null. Raises StrategiesRejected if it is of another type."""
    value = found.get(key)
    return None if value is None else _take(value, wanted, place)


def _take(value: object, wanted: type[_Wanted], place: str) -> _Wanted:
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)  # type: ignore[return-value]
    if not isinstance(value, wanted):
        raise StrategiesRejected(f"{place} must be {_TYPES[wanted]}.")
    return value
