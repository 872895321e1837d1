"""What must be true of a block and of a row for a span to satisfy a query: the way from a tree of conditions to SQL.

A `Need` is a necessary condition: it may let too much through, never too little. What it cannot decide is verified
on the decoded span.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

from traces.domain.attributes import AttributeValue
from traces.domain.deadline import check_time
from traces.domain.matching import compare
from traces.domain.query import And, Comparison, Condition, Expression, InTraces, Intrinsic, IsRoot, Or, Place
from traces.domain.span import Operation, StatusCode, clean_name
from traces.storage.blocks import ROW_BITS
from traces.storage.engine import AnyOf, Engine, Sql
from traces.storage.layout import Tables
from traces.storage.names import NameBook
from traces.storage.tokens import token_for_event_name, tokens_for_value

# Beyond this many ids in a condition it is left to verification.
_MAX_IDS = 20_000
_EXACT_INTRINSICS = {Intrinsic.SERVICE, Intrinsic.NAME, Intrinsic.KIND, Intrinsic.STATUS, Intrinsic.DURATION}
_INDEXED_INTRINSICS = {Intrinsic.EVENT_NAME, Intrinsic.LINK_TRACE_ID, Intrinsic.LINK_SPAN_ID}


@dataclass(frozen=True, slots=True)
class Always:
    """Nothing is known."""


@dataclass(frozen=True, slots=True)
class Never:
    """No span can satisfy it."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The span's `column` (operation, resource or scope) is one of these."""

    column: str
    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Keys:
    """The block holds one of these attribute keys."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The span has one of these tokens."""

    tokens: AnyOf


@dataclass(frozen=True, slots=True)
class Column:
    """The span's `column` compares with a number, or equals an id."""

    column: str
    comparison: Comparison
    value: int | bytes


@dataclass(frozen=True, slots=True)
class Links:
    """The span links to this trace (or span)."""

    column: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Root:
    """The span has no parent."""


@dataclass(frozen=True, slots=True)
class Traces:
    """The span is of one of these traces of a project."""

    project: int
    trace_ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple["Need", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Need", ...]


Need: TypeAlias = Union[Always, Never, Ids, Keys, Tokens, Column, Links, Root, Traces, Both, Either]


def is_exact(expression: Expression) -> bool:
    """Whether the columns of a span decide the expression, without decoding it."""
    if isinstance(expression, Condition):
        return expression.place is Place.INTRINSIC and expression.key in _EXACT_INTRINSICS
    return isinstance(expression, IsRoot | InTraces) or all(is_exact(part) for part in expression.parts)


def is_sure(expression: Expression) -> bool:
    """Whether a span with everything that `needs_of` asks for satisfies the expression, but for equal hashes."""
    if isinstance(expression, Condition):
        if expression.place is not Place.INTRINSIC:
            return expression.comparison is Comparison.EQUAL
        return is_exact(expression) or (
            expression.comparison is Comparison.EQUAL and expression.key in _INDEXED_INTRINSICS
        )
    return isinstance(expression, IsRoot | InTraces) or all(is_sure(part) for part in expression.parts)


def needs_of(expression: Expression, names: NameBook) -> Need:
    """The need of a tree of conditions in a project."""
    if isinstance(expression, And):
        return both(needs_of(part, names) for part in expression.parts)
    if isinstance(expression, Or):
        return either(needs_of(part, names) for part in expression.parts)
    if isinstance(expression, IsRoot):
        return Root()
    if isinstance(expression, InTraces):
        return Traces(names.project, expression.trace_ids) if expression.trace_ids else Never()
    # Each looks through all names of the project.
    check_time()
    if expression.place is Place.INTRINSIC:
        return _need_of_intrinsic(expression, names)
    if expression.place is Place.ANY:
        places = (Place.SPAN, Place.RESOURCE, Place.SCOPE, Place.EVENT, Place.LINK)
        return either(_need_of_attribute(expression, place, names) for place in places)
    return _need_of_attribute(expression, expression.place, names)


def both(needs: Iterable[Need]) -> Need:
    flat = (part for need in needs for part in (need.parts if isinstance(need, Both) else (need,)))
    parts = _intersect(need for need in flat if not isinstance(need, Always))
    if any(isinstance(part, Never) for part in parts):
        return Never()
    return parts[0] if len(parts) == 1 else Both(parts) if parts else Always()


def _intersect(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The same needs, with one set of ids a column."""
    ids: dict[str, frozenset[int]] = {}
    others: list[Need] = []
    for need in needs:
        if isinstance(need, Ids):
            ids[need.column] = ids.get(need.column, need.ids) & need.ids
        else:
            others.append(need)
    return (*(Ids(column, found) if found else Never() for column, found in ids.items()), *others)


def either(needs: Iterable[Need]) -> Need:
    parts = tuple(need for need in needs if not isinstance(need, Never))
    if any(isinstance(part, Always) for part in parts):
        return Always()
    tokens = [part.tokens for part in parts if isinstance(part, Tokens)]
    if len(tokens) > 1:
        others = (part for part in parts if not isinstance(part, Tokens))
        parts = (Tokens(tuple(dict.fromkeys(token for group in tokens for token in group))), *others)
    return parts[0] if len(parts) == 1 else Either(parts) if parts else Never()


def split_tokens(need: Need) -> tuple[list[AnyOf], Need]:
    """The tokens that a span must have all of, and what else must be true of it."""
    parts = need.parts if isinstance(need, Both) else (need,)
    tokens = [part.tokens for part in parts if isinstance(part, Tokens)]
    return tokens, both(part for part in parts if not isinstance(part, Tokens))


def rows_sql(need: Need, engine: Engine, partition: int, rows: tuple[int, int]) -> Sql:
    """A condition on spans whose row id is in a range, half-open; "1=1" where nothing can be said."""
    tables = Tables(partition)
    if isinstance(need, Never):
        return "1=0", []
    if isinstance(need, Ids):
        return f"{need.column} IN ({_numbers(need.ids)})", []
    if isinstance(need, Column):
        return f"{need.column} {need.comparison} %s", [need.value]
    if isinstance(need, Tokens):
        return engine.spans_with_tokens(partition, [need.tokens], rows)
    if isinstance(need, Links):
        return f"id IN (SELECT span FROM {tables.span_link} WHERE {need.column} = %s)", [need.value]
    if isinstance(need, Root):
        return "parent_span_id IS NULL", []
    if isinstance(need, Traces):
        return f"trace_id IN ({_places(need.trace_ids)})", list(need.trace_ids)
    if isinstance(need, Both | Either):
        return _combine(need, lambda part: rows_sql(part, engine, partition, rows))
    return "1=1", []


def blocks_sql(need: Need, engine: Engine, partition: int) -> Sql:
    """A condition on the rows of `block` in a partition; "1=1" where nothing can be said."""
    tables = Tables(partition)
    if isinstance(need, Never):
        return "1=0", []
    if isinstance(need, Ids):
        lookup = getattr(tables, f"{need.column}_block")
        return f"id IN (SELECT block FROM {lookup} WHERE {need.column} IN ({_numbers(need.ids)}))", []
    if isinstance(need, Keys):
        return f"id IN (SELECT block FROM {tables.key_block} WHERE attribute_key IN ({_numbers(need.ids)}))", []
    if isinstance(need, Tokens):
        return engine.blocks_with_tokens(partition, [need.tokens])
    if isinstance(need, Links):
        return f"id IN (SELECT span >> {ROW_BITS} FROM {tables.span_link} WHERE {need.column} = %s)", [need.value]
    if isinstance(need, Traces):
        condition = f"project = %s AND trace_id IN ({_places(need.trace_ids)})"
        return f"id IN (SELECT block FROM {tables.trace_part} WHERE {condition})", [need.project, *need.trace_ids]
    if isinstance(need, Column):
        return _block_bound(need)
    if isinstance(need, Both):
        return _all_of(need, engine, partition)
    if isinstance(need, Either):
        return _combine(need, lambda part: blocks_sql(part, engine, partition))
    return "1=1", []


def _all_of(need: Both, engine: Engine, partition: int) -> Sql:
    """Tokens that must meet on one span are asked for together; the longest of an operation counts for itself."""
    tokens = [part.tokens for part in need.parts if isinstance(part, Tokens)]
    others = [part for part in need.parts if not isinstance(part, Tokens)]
    conditions = [blocks_sql(part, engine, partition) for part in others]
    conditions += [_slow_operations(part, others, partition) for part in others if isinstance(part, Ids)]
    if tokens:
        conditions.append(engine.blocks_with_tokens(partition, tokens))
    return _join(conditions, " AND ")


def _slow_operations(ids: Ids, needs: Sequence[Need], partition: int) -> Sql:
    """Blocks where one of the operations itself was slow (or failed) enough, not just any span."""
    bounds = [_block_bound(need) for need in needs if isinstance(need, Column)]
    bounds = [bound for bound in bounds if bound[0] != "1=1"]
    if ids.column != "operation" or not bounds:
        return "1=1", []
    condition, values = _join(bounds, " AND ")
    table = Tables(partition).operation_block
    return f"id IN (SELECT block FROM {table} WHERE operation IN ({_numbers(ids.ids)}) AND {condition})", values


def _block_bound(need: Column) -> Sql:
    if need.column == "duration_ns" and need.comparison in (
        Comparison.GREATER, Comparison.GREATER_OR_EQUAL, Comparison.EQUAL,
    ):  # fmt: skip
        comparison = ">" if need.comparison is Comparison.GREATER else ">="
        return f"max_duration_ns {comparison} %s", [need.value]
    if need.column == "status" and need.comparison is Comparison.EQUAL and need.value == StatusCode.ERROR:
        return "error_count > 0", []
    return "1=1", []


def _combine(need: Both | Either, sql_of: Callable[[Need], Sql]) -> Sql:
    return _join([sql_of(part) for part in need.parts], " AND " if isinstance(need, Both) else " OR ")


def _join(conditions: list[Sql], word: str) -> Sql:
    text = word.join(condition for condition, _ in conditions)
    return f"({text})", [value for _, values in conditions for value in values]


def _numbers(ids: frozenset[int]) -> str:
    """Ids of our own tables as literals: a statement takes more of them than parameters."""
    return ",".join(map(str, sorted(ids)))


def _places(values: Sequence[object]) -> str:
    return ",".join(["%s"] * len(values))


def _ids(column: str, ids: Iterable[int], total: int) -> Need:
    found = frozenset(ids)
    if (len(found) == total and total) or len(found) > _MAX_IDS:
        return Always()
    return Ids(column, found) if found else Never()


def _need_of_intrinsic(condition: Condition, names: NameBook) -> Need:
    intrinsic = Intrinsic(condition.key)
    if intrinsic in (Intrinsic.SERVICE, Intrinsic.NAME, Intrinsic.KIND):
        part_of: dict[Intrinsic, Callable[[Operation], AttributeValue]] = {
            Intrinsic.SERVICE: lambda operation: operation.service.name,
            Intrinsic.NAME: lambda operation: operation.name,
            Intrinsic.KIND: lambda operation: operation.kind,
        }
        take = part_of[intrinsic]
        found = (pk for pk, operation in names.operations.items() if compare(take(operation), condition))
        return _exact_ids(found)
    if intrinsic in (Intrinsic.STATUS, Intrinsic.DURATION):
        return _need_of_number("status" if intrinsic is Intrinsic.STATUS else "duration_ns", condition)
    if intrinsic in (Intrinsic.SCOPE_NAME, Intrinsic.SCOPE_VERSION):
        attribute = "name" if intrinsic is Intrinsic.SCOPE_NAME else "version"
        found = (pk for pk, scope in names.scopes.items() if compare(getattr(scope, attribute), condition))
        return _ids("scope", found, len(names.scopes))
    if condition.comparison is Comparison.EQUAL and isinstance(condition.value, str):
        return _need_of_equal_text(intrinsic, condition.value, names)
    return Always()


def _exact_ids(ids: Iterable[int]) -> Need:
    """Like `_ids`, for columns that decide alone: the set is never given up."""
    found = frozenset(ids)
    return Ids("operation", found) if found else Never()


_IDS: dict[Intrinsic, Callable[[bytes], Need]] = {
    Intrinsic.SPAN_ID: lambda value: Column("span_id", Comparison.EQUAL, value),
    Intrinsic.LINK_TRACE_ID: lambda value: Links("linked_trace_id", value),
    Intrinsic.LINK_SPAN_ID: lambda value: Links("linked_span_id", value),
}


def _need_of_equal_text(intrinsic: Intrinsic, text: str, names: NameBook) -> Need:
    if intrinsic is Intrinsic.EVENT_NAME and "\ufffd" not in text:
        return Tokens((token_for_event_name(names.seed, text.encode("utf-8", "replace")),))
    if intrinsic in _IDS:
        try:
            return _IDS[intrinsic](bytes.fromhex(text)) if text == text.lower() else Never()
        except ValueError:
            return Never()
    return Always()


def _need_of_number(column: str, condition: Condition) -> Need:
    value = condition.value
    if condition.comparison is Comparison.EXISTS:
        return Always()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Never()
    return _compare_with_integer(column, condition.comparison, value)


def _compare_with_integer(column: str, comparison: Comparison, value: int | float) -> Need:
    """The same comparison with a whole number that the column's type can hold."""
    if abs(value) >= 2**63:
        is_below = (value > 0) == (comparison in (Comparison.LESS, Comparison.LESS_OR_EQUAL))
        return (
            Always()
            if comparison is Comparison.NOT_EQUAL or (is_below and comparison is not Comparison.EQUAL)
            else Never()
        )
    whole = math.floor(value)
    if whole == value:
        return Column(column, comparison, whole)
    if comparison in (Comparison.EQUAL, Comparison.NOT_EQUAL):
        return Never() if comparison is Comparison.EQUAL else Always()
    is_above = comparison in (Comparison.GREATER, Comparison.GREATER_OR_EQUAL)
    return Column(column, Comparison.GREATER if is_above else Comparison.LESS_OR_EQUAL, whole)


def _need_of_attribute(condition: Condition, place: Place, names: NameBook) -> Need:
    if place is Place.RESOURCE:
        resources = names.resources.items()
        found = (pk for pk, resource in resources if _has(resource.attributes, condition))
        return _ids("resource", found, len(names.resources))
    if place is Place.SCOPE:
        found = (pk for pk, scope in names.scopes.items() if _has(scope.attributes, condition))
        return _ids("scope", found, len(names.scopes))
    key = names.key_ids.get((place, clean_name(condition.key)))
    if key is None and names.lists_all_keys:
        return Never()
    if condition.comparison is Comparison.EQUAL:
        tokens = tokens_for_value(names.seed, place, condition.key, condition.value)
        return Tokens(tuple(tokens)) if tokens else Never()
    return Keys(frozenset([key])) if key is not None and names.lists_all_keys else Always()


def _has(attributes: dict[str, AttributeValue], condition: Condition) -> bool:
    return condition.key in attributes and compare(attributes[condition.key], condition)
