"""What the load decided, for who tells services and for pages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services_map.domain.sampling.adaptive import OTHERS, Reason, Sampled
from services_map.domain.sampling.strategy import OperationDecision, Source
from services_map.sampling.reasons import explain
from services_map.storage import sampled_operations
from services_map.storage.sampled_operations import read_sampled
from traces.storage.base import ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """What the load decided by service: of its operations, those with the most traces first, and of all others.

    A service of which nothing is known is in neither.
    """

    operations: Mapping[str, list[OperationDecision]]
    others: Mapping[str, OperationDecision]


def load_adapted(project: ProjectId) -> Adapted:
    """For every service, in one statement. Raises StoreUnavailable."""
    return sort_out(read_sampled(project))


def load_sampled(project: ProjectId, service: str | None = None) -> list[Sampled]:
    """The figures behind that, of one service or all. Raises StoreUnavailable."""
    return read_sampled(project, service)


def count_by_reason() -> dict[Reason, int]:
    """How many operations have their probability for each reason, for metrics. Raises StoreUnavailable."""
    return sampled_operations.count_by_reason()


def sort_out(every: Iterable[Sampled]) -> Adapted:
    """By service, in words."""
    operations: dict[str, list[OperationDecision]] = defaultdict(list)
    others: dict[str, OperationDecision] = {}
    for each in every:
        decision = OperationDecision(
            operation=each.operation, probability=each.probability, source=Source.ADAPTIVE, reason=explain(each)
        )
        if each.operation == OTHERS:
            others[each.service] = decision
        else:
            operations[each.service].append(decision)
    return Adapted(operations=dict(operations), others=others)
