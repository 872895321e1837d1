"""What a page is about, a service or one of its operations, and how its spans are searched for."""

from collections.abc import Iterable
from dataclasses import dataclass

from traces.domain.query import And, Comparison, Condition, Expression, Intrinsic, Literal, Or, Place
from traces.domain.span import SpanFlag, SpanKind, SpanOutline, StatusCode

_MINUTE_NS = 60_000_000_000
#: Of these every span is a request to its service.
ENTRY_KINDS = (SpanKind.SERVER, SpanKind.CONSUMER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A service, or its operation of that name; of one kind, of one version. None is any.

    With `only_entries` its spans are requests to the service only; `has_entry_kinds` is False for a service whose only
    requests are spans of other kinds without a parent.
    """

    service: str
    operation: str | None = None
    kind: int | None = None
    version: str | None = None
    only_entries: bool = False
    has_entry_kinds: bool = True

    def includes(self, span: SpanOutline) -> bool:
        """Whether a span counts for it. What an outline does not say, the version, is not looked at."""
        return (
            span.operation.service.name == self.service
            and self.operation in (None, span.operation.name)
            and self.kind in (None, span.operation.kind)
            and (not self.only_entries or is_entry(span))
        )


def is_entry(span: SpanOutline) -> bool:
    """Whether a span is a request to its service: what `cells.ENTRY` says in roll-ups."""
    is_remote = span.parent_span_id is None or span.flags & SpanFlag.PARENT_IS_REMOTE
    return bool(span.operation.kind in ENTRY_KINDS or is_remote)


def make_expression(
    subject: Subject, durations_ns: tuple[int, int] | None = None, *, only_failed: bool = False
) -> Expression:
    """Spans of the subject, of these durations (both inclusive). Some of them may be no entries."""
    parts: list[Expression] = [_equal(Intrinsic.SERVICE, subject.service)]
    if subject.operation is not None:
        parts.append(_equal(Intrinsic.NAME, subject.operation))
    if subject.kind is not None:
        parts.append(_equal(Intrinsic.KIND, subject.kind))
    elif subject.operation is None and subject.only_entries and subject.has_entry_kinds:
        parts.append(Or(tuple(_equal(Intrinsic.KIND, kind.value) for kind in ENTRY_KINDS)))
    if subject.version is not None:
        parts.append(
            Condition(place=Place.RESOURCE, key="service.version", comparison=Comparison.EQUAL, value=subject.version)
        )
    if only_failed:
        parts.append(_equal(Intrinsic.STATUS, StatusCode.ERROR.value))
    if durations_ns:
        for comparison, limit_ns in zip(
            (Comparison.GREATER_OR_EQUAL, Comparison.LESS_OR_EQUAL), durations_ns, strict=True
        ):
            parts.append(_intrinsic(Intrinsic.DURATION, comparison, limit_ns))
    return And(tuple(parts))


def _equal(intrinsic: Intrinsic, value: Literal) -> Condition:
    return _intrinsic(intrinsic, Comparison.EQUAL, value)


def _intrinsic(intrinsic: Intrinsic, comparison: Comparison, value: Literal) -> Condition:
    return Condition(place=Place.INTRINSIC, key=intrinsic, comparison=comparison, value=value)


def keep_one_a_minute(starts_ns: Iterable[int]) -> list[int]:
    """The indexes of those that are the first in their minute: one incident does not fill a list."""
    seen: set[int] = set()
    kept = []
    for index, start_ns in enumerate(starts_ns):
        minute = start_ns // _MINUTE_NS
        if minute not in seen:
            seen.add(minute)
            kept.append(index)
    return kept
