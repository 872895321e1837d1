"""Sorting the rows of a trace by a column."""

from collections.abc import Mapping, Sequence
from math import isnan

from traces.domain.attributes import AttributeValue, format_value
from traces.domain.span import Operation
from traces.domain.values import ABSENT, Values

_NUMBER, _NAN, _BOOLEAN, _TEXT, _EMPTY = range(5)


def sort_rows(keys: Sequence[int], is_descending: bool) -> list[int]:
    """The rows in the order of their keys, those of equal keys from above; those whose key is ABSENT are last."""
    if ABSENT not in keys:
        return sorted(range(len(keys)), key=keys.__getitem__, reverse=is_descending)
    present = [row for row, key in enumerate(keys) if key != ABSENT]
    absent = [row for row, key in enumerate(keys) if key == ABSENT]
    return sorted(present, key=keys.__getitem__, reverse=is_descending) + absent


def rank_values(values: Values) -> Values:
    """The same with `distinct` in order, so that a number is a rank: numbers by size, then NaN, false, true, texts
    without regard to case, at last the empty value.
    """
    order = sorted(range(len(values.distinct)), key=lambda number: _key(values.distinct[number]))
    rank_of = {number: rank for rank, number in enumerate(order)} | {ABSENT: ABSENT}
    numbers = values.numbers[:]
    numbers[:] = type(numbers)(numbers.typecode, map(rank_of.__getitem__, values.numbers))
    return Values(distinct=[values.distinct[number] for number in order], numbers=numbers)


def _key(value: AttributeValue) -> tuple[int, float, str, str]:
    if isinstance(value, bool):
        return _BOOLEAN, value, "", ""
    if isinstance(value, int | float):
        return (_NAN, 0, "", "") if isnan(value) else (_NUMBER, value, type(value).__name__, "")
    text = format_value(value)
    return _EMPTY if value is None else _TEXT, 0, text.casefold(), text


def rank_operations(operations: Mapping[int, Operation], used: set[int], by_service: bool) -> dict[int, int]:
    """Ranks of those operations that are used, by id: by name, or by the name of the service. Equal names share one."""
    names = {id_: operations[id_].service.name if by_service else operations[id_].name for id_ in used}
    ordered = sorted(set(names.values()), key=lambda name: (name.casefold(), name))
    ranks = {name: rank for rank, name in enumerate(ordered)}
    return {id_: ranks[name] for id_, name in names.items()}
