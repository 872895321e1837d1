"""What the cards of the map ask for beside its figures: how links ran, and traces that cross them."""

from collections.abc import Sequence

from services_map.domain.latency import summing
from services_map.domain.latency.cells import Example
from services_map.domain.summary import Series
from services_map.models import Subject
from services_map.reading.frame import open_frame
from services_map.storage.joined_rows import read_examples_of
from traces.domain.query import Window
from traces.storage.base import ProjectId

#: So many examples a card lists.
MAX_EXAMPLES = 10


def load_link_series(project: ProjectId, window: Window, links: Sequence[int], now_ns: int | None = None) -> Series:
    """How the calls of these links together ran, slot by slot."""
    frame = open_frame(project, window, now_ns=now_ns)
    cells = summing.tally(frame.load_slots(Subject.LINK, sorted(links)), [sorted(links)])
    return summing.make_series(cells, frame.slots)[0]


def find_link_examples(
    project: ProjectId, window: Window, links: Sequence[int], now_ns: int | None = None
) -> list[Example]:
    """Calls that were counted for these links in a window, at most one a trace: failed ones first, then the longest."""
    frame = open_frame(project, window, now_ns=now_ns)
    return pick_examples(read_examples_of(project, Subject.LINK, links, [frame.slots.piece]))


def pick_examples(examples: Sequence[Example], most: int = MAX_EXAMPLES) -> list[Example]:
    """At most one a trace, failed ones first, then the longest."""
    ranked = sorted(examples, key=lambda each: (not each.is_error, -each.duration_ns, each.trace_id, each.span_id))
    by_trace: dict[bytes, Example] = {}
    for example in ranked:
        by_trace.setdefault(example.trace_id, example)
    return list(by_trace.values())[:most]
