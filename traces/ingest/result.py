"""What a translation yields."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Translated:
    """Canonical OTLP of the spans that can be kept.

    `rejected` counts the others by reason; `cuts` says by trace id + span id what had to be changed in a kept one;
    `cut_counts` counts what was beyond each limit.
    """

    body: bytes
    span_count: int
    rejected: Counter[str] = field(default_factory=Counter)
    cuts: dict[bytes, str] = field(default_factory=dict)
    cut_counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_nothing_left(self) -> bool:
        """Whether there were spans and none can be kept."""
        return bool(self.rejected) and not self.span_count

    @property
    def message(self) -> str:
        """A sentence for `partial_success`; empty if there is nothing to say."""
        parts = [f"{_spans(count)} rejected: {reason}" for reason, count in self.rejected.most_common(3)]
        if self.cuts:
            parts.append(f"{_spans(len(self.cuts))} kept with changes: {next(iter(self.cuts.values()))}")
        return "; ".join(parts)


def _spans(count: int) -> str:
    return f"{count} span{'' if count == 1 else 's'}"
