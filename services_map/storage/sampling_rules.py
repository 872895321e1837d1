"""The table of rules for sampling, and what the load decided, as who tells services wants them."""

from hashlib import blake2b

from django.db.models import Q
from django.utils import timezone

from services_map.domain.sampling.strategy import Rule, RuleKind, Source
from services_map.models import SamplingRule
from traces.storage.guards import guarded


@guarded
def read_rules(project: int) -> list[Rule]:
    """By service and operation."""
    rows = SamplingRule.objects.filter(project_id=project).order_by("service", "operation")
    return [
        Rule(service=service, operation=operation, kind=RuleKind(kind), param=param, source=Source.RULE)
        for service, operation, kind, param in rows.values_list("service", "operation", "kind", "param")
    ]


@guarded
def write_rule(project: int, rule: Rule) -> None:
    """In place of the one for the same traces, if there is one."""
    row = SamplingRule(
        project_id=project,
        service=rule.service,
        operation=rule.operation,
        subject_hash=hash_subject(rule.service, rule.operation),
        kind=rule.kind,
        param=rule.param,
        changed_at=timezone.now(),
    )
    SamplingRule.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["project", "subject_hash"],
        update_fields=["kind", "param", "changed_at"],
    )


@guarded
def delete_rule(project: int, service: str, operation: str) -> bool:
    """Whether there was one."""
    found = SamplingRule.objects.filter(project_id=project, subject_hash=hash_subject(service, operation))
    return found.delete()[0] > 0


@guarded
def count_other_rules(project: int, rule: Rule) -> int:
    """Rules for other traces than those of `rule`."""
    same = Q(subject_hash=hash_subject(rule.service, rule.operation))
    return SamplingRule.objects.filter(~same, project_id=project).count()


def hash_subject(service: str, operation: str) -> bytes:
    """16 bytes for the traces of a service that begin with an operation."""
    named = blake2b(service.encode(), digest_size=16).digest() + operation.encode()
    return blake2b(named, digest_size=16).digest()


@guarded
def read_changes(project: int) -> dict[tuple[str, str], int]:
    """When the rule for each service and operation was last changed, in nanoseconds since 1970."""
    rows = SamplingRule.objects.filter(project_id=project).values_list("service", "operation", "changed_at")
    return {(service, operation): int(at.timestamp() * 1e9) for service, operation, at in rows}
