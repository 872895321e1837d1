"""How far the roll-ups of a project are: what is not counted yet, and whether anything ever was."""

from dataclasses import dataclass

from traces import reading
from traces.storage.base import ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """`waiting` spans are stored and not counted, the oldest of them since `oldest_received_ns`."""

    waiting: int = 0
    oldest_received_ns: int | None = None
    has_spans: bool = True


def load_freshness(project: ProjectId, *, is_empty: bool) -> Freshness:
    """`is_empty`: nothing is to be shown, so that the reason is worth a look."""
    return Freshness(has_spans=not is_empty or reading.find_first_span(project) is not None)
