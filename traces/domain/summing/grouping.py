"""Which group each row of a trace belongs to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from traces.domain.attributes import AttributeValue, format_value, type_name
from traces.domain.columns import picker
from traces.domain.span import Operation, Service, kind_name, status_name
from traces.domain.trace_rows import TraceRows


class By(StrEnum):
    """What every span has."""

    SERVICE = "service"
    OPERATION = "operation"
    KIND = "kind"
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a group is called. `operation` is set for one of operations, `service` for that and for one of services.

    `type_name` tells values of attributes apart that read the same; `is_absent` is the group of what has no value.
    """

    text: str
    service: Service | None = None
    operation: Operation | None = None
    type_name: str = ""
    is_absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """`numbers[row]` is the group of a row; `find_label` says what a number stands for."""

    numbers: Sequence[int]
    find_label: Callable[[int], Label]


def group_by(rows: TraceRows, by: By) -> Grouping:
    """O(n)."""
    spans, in_order = rows.spans, picker(rows.order)
    if by is By.STATUS:
        return Grouping(numbers=in_order(spans.statuses), find_label=lambda code: Label(text=status_name(code)))
    operation_ids: Sequence[int] = in_order(spans.operation_ids)
    labels = {id_: _label(operation, by) for id_, operation in spans.operations.items()}
    # Operations of one label are one group: that of the first of them.
    firsts: dict[Label, int] = {}
    groups = {id_: firsts.setdefault(label, id_) for id_, label in labels.items()}
    return Grouping(numbers=[groups[id_] for id_ in operation_ids], find_label=labels.__getitem__)


def group_by_value(distinct: Sequence[AttributeValue], numbers: Sequence[int]) -> Grouping:
    """By an attribute: the row's value is `distinct[numbers[row]]`; it has none where the number is negative."""

    def find_label(number: int) -> Label:
        if number < 0:
            return Label(text="", is_absent=True)
        return Label(text=format_value(distinct[number]), type_name=type_name(distinct[number]))

    return Grouping(numbers=numbers, find_label=find_label)


def _label(operation: Operation, by: By) -> Label:
    if by is By.KIND:
        return Label(text=kind_name(operation.kind))
    if by is By.SERVICE:
        return Label(text=operation.service.name, service=operation.service)
    return Label(text=operation.name, service=operation.service, operation=operation)
