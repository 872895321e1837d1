"""The table of what is known of operations whose sampling follows the load."""

from collections.abc import Collection, Iterable
from typing import Final

import msgspec
from django.db.models import Count, F

from services_map.domain.sampling.adaptive import Reason, Sampled, Told
from services_map.models import SampledOperation, SamplingState
from services_map.storage.sampling_rules import hash_subject
from traces.storage.guards import guarded

_ROWS_A_STATEMENT: Final = 500
_CHANGED: Final = (
    "probability",
    "arriving_per_second",
    "sent_per_second",
    "target_per_second",
    "error_share",
    "reason",
    "told",
    "seen_s",
    "measured_s",
)
_COLUMNS: Final = ("service", "operation", *_CHANGED[1:])
_Packed = list[tuple[int, float]]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode
#: Service and operation.
Name = tuple[str, str]


@guarded
def read_sampled(project: int, service: str | None = None) -> list[Sampled]:
    """Of a service, or of all; by service, of each the operations with the most traces first."""
    rows = SampledOperation.objects.filter(project_id=project)
    if service is not None:
        rows = rows.filter(service=service)
    ordered = rows.order_by("service", "-arriving_per_second", "operation")
    return [_make(*values) for values in ordered.values_list(*_COLUMNS)]


def _make(
    service: str,
    operation: str,
    arriving_per_second: float,
    sent_per_second: float,
    target_per_second: float,
    error_share: float,
    reason: int,
    told: bytes,
    seen_s: int,
    measured_s: int,
) -> Sampled:
    return Sampled(
        service=service,
        operation=operation,
        arriving_per_second=arriving_per_second,
        sent_per_second=sent_per_second,
        target_per_second=target_per_second,
        error_share=error_share,
        reason=Reason(reason),
        told=tuple(Told(since_s=since_s, probability=probability) for since_s, probability in _decode(bytes(told))),
        seen_s=seen_s,
        measured_s=measured_s,
    )


@guarded
def count_by_reason() -> dict[Reason, int]:
    """How many operations of all projects have their probability for each reason."""
    counted = SampledOperation.objects.values_list("reason").annotate(count=Count("pk"))
    return {Reason(reason): count for reason, count in counted}


@guarded
def read_state(project: int) -> tuple[int, int]:
    """The generation of what is known, and when it was written, in seconds since 1970; both 0 before the first time."""
    found = SamplingState.objects.filter(pk=project).values_list("generation", "adapted_s").first()
    return found or (0, 0)


@guarded
def write_sampled(
    project: int, changed: Iterable[Sampled], forgotten: Collection[Name], *, generation: int, now_s: int
) -> bool:
    """Keep what is known, inside a transaction. False, and nothing is written, if `generation` is not the latest."""
    SamplingState.objects.get_or_create(project_id=project)
    state = SamplingState.objects.filter(pk=project, generation=generation)
    if not state.update(generation=F("generation") + 1, adapted_s=now_s):
        return False
    hashes = [hash_subject(*name) for name in forgotten]
    for first in range(0, len(hashes), _ROWS_A_STATEMENT):
        some = hashes[first : first + _ROWS_A_STATEMENT]
        SampledOperation.objects.filter(project_id=project, subject_hash__in=some).delete()
    SampledOperation.objects.bulk_create(
        [_row(project, each) for each in changed],
        batch_size=_ROWS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=["project", "subject_hash"],
        update_fields=_CHANGED,
    )
    return True


def _row(project: int, each: Sampled) -> SampledOperation:
    return SampledOperation(
        project_id=project,
        service=each.service,
        operation=each.operation,
        subject_hash=hash_subject(each.service, each.operation),
        probability=each.probability,
        arriving_per_second=each.arriving_per_second,
        sent_per_second=each.sent_per_second,
        target_per_second=each.target_per_second,
        error_share=each.error_share,
        reason=each.reason.value,
        told=_encode([(told.since_s, told.probability) for told in each.told]),
        seen_s=each.seen_s,
        measured_s=each.measured_s,
    )
