"""Which group each row of a trace belongs to."""

from collections.abc import Mapping, Sequence
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
    """`numbers[row]` is the group of a row, `labels` says what the numbers stand for, and may know others."""

    numbers: Sequence[int]
    labels: Mapping[int, Label]


def group_by(rows: TraceRows, by: By) -> Grouping:
    """O(n)."""
    spans, in_order = rows.spans, picker(rows.order)
    if by is By.STATUS:
        statuses: Sequence[int] = in_order(spans.statuses)
        return Grouping(numbers=statuses, labels={code: Label(text=status_name(code)) for code in set(statuses)})
    operation_ids: Sequence[int] = in_order(spans.operation_ids)
    labels = {id_: _label(operation, by) for id_, operation in spans.operations.items()}
    # Operations of one label are one group: that of the first of them.
    firsts: dict[Label, int] = {}
    groups = {id_: firsts.setdefault(label, id_) for id_, label in labels.items()}
    return Grouping(numbers=[groups[id_] for id_ in operation_ids], labels=labels)


def group_by_value(distinct: Sequence[AttributeValue], numbers: Sequence[int]) -> Grouping:
    """By an attribute: the row's value is `distinct[numbers[row]]`; it has none where the number is negative."""
    labels = {
        number: Label(text=format_value(value), type_name=type_name(value)) for number, value in enumerate(distinct)
    }
    return Grouping(numbers=numbers, labels=labels | {-1: Label(text="", is_absent=True)})


def _label(operation: Operation, by: By) -> Label:
    if by is By.KIND:
        return Label(text=kind_name(operation.kind))
    if by is By.SERVICE:
        return Label(text=operation.service.name, service=operation.service)
    return Label(text=operation.name, service=operation.service, operation=operation)
