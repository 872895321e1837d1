"""The latest refused request of each door and kind."""

from collections.abc import Sequence

from traces.domain.refusal import Refusal, RefusalKind
from traces.models import Refusal as RefusalRow

_IDENTITY = ["door", "kind"]
_FACTS = ["answer", "target", "reason", "refused_ns"]


def write_refusals(refusals: Sequence[Refusal]) -> None:
    """In place of the earlier ones of the same door and kind."""
    rows = [RefusalRow(**{name: getattr(refusal, name) for name in (*_IDENTITY, *_FACTS)}) for refusal in refusals]
    RefusalRow.objects.bulk_create(rows, update_conflicts=True, unique_fields=_IDENTITY, update_fields=_FACTS)


def list_refusals() -> list[Refusal]:
    """The latest first."""
    rows = RefusalRow.objects.order_by("-refused_ns", "pk").values(*_IDENTITY, *_FACTS)
    return [Refusal(**{**row, "kind": RefusalKind(row["kind"])}) for row in rows]
