"""Traces that cross a link of the map."""

from collections.abc import Sequence

from services_map.domain.cells import Example
from traces.domain.query import Window
from traces.storage.base import ProjectId

#: So many a card lists.
MAX_EXAMPLES = 10


def find_link_examples(project: ProjectId, window: Window, links: Sequence[int]) -> list[Example]:
    """Calls that were counted for these links in a window, at most one a trace: failed ones first, then the longest."""
    return []


def pick(examples: Sequence[Example], most: int = MAX_EXAMPLES) -> list[Example]:
    """At most one a trace, failed ones first, then the longest."""
    ranked = sorted(examples, key=lambda each: (not each.is_error, -each.duration_ns, each.trace_id, each.span_id))
    by_trace: dict[bytes, Example] = {}
    for example in ranked:
        by_trace.setdefault(example.trace_id, example)
    return list(by_trace.values())[:most]
