"""Rules for sampling, as a page makes them."""

from services_map.domain.errors import InvalidRule
from services_map.domain.sampling.rules import MAX_RULES, make_rule
from services_map.domain.sampling.strategy import Rule, RuleKind
from services_map.sampling.decided import get_decided
from services_map.storage import sampling_rules
from traces.storage import get_store
from traces.storage.base import ProjectId


def list_rules(project: ProjectId) -> list[Rule]:
    """By service and operation; those of the file are not among them."""
    return sampling_rules.read_rules(project)


def set_rule(project: ProjectId, service: str, operation: str, kind: RuleKind, param: float) -> Rule:
    """Keep a rule, in place of the one for the same traces. Raises InvalidRule, which names the field at fault.

    An empty service is every service, an empty operation all operations. This process follows it at once, others within
    `DECIDED_SECONDS`.
    """
    rule = make_rule(service, operation, kind, param)
    with get_store().writing():
        if sampling_rules.count_other_rules(project, rule) >= MAX_RULES:
            raise InvalidRule(f"There are {MAX_RULES:,} rules already: remove one first.", "service")
        sampling_rules.write_rule(project, rule)
    get_decided(project).forget()
    return rule


def remove_rule(project: ProjectId, service: str, operation: str) -> bool:
    """Whether there was one."""
    with get_store().writing():
        was_there = sampling_rules.delete_rule(project, service, operation)
    get_decided(project).forget()
    return was_there


def list_changes(project: ProjectId) -> dict[tuple[str, str], int]:
    """When the rule for each service and operation was last changed, in nanoseconds since 1970."""
    return sampling_rules.read_changes(project)
