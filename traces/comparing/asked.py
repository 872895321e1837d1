"""What an address asks to be compared: two traces, named in any way, and how they are shown."""

import re
from dataclasses import dataclass, replace
from typing import Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from traces import omnibox, reading
from traces.domain.errors import InvalidId, TraceNotFound
from traces.domain.trace import Trace
from traces.storage.base import ProjectId
from traces.usual_times import get_usual_times

# In place of an id: a trace of the same operation that takes as long as most.
MEDIAN: Final = "median"
CHANGED: Final = "changed"
ALL: Final = "all"
LINKED: Final = "linked"
OWN: Final = "own"

# As our own addresses have it.
_WRITTEN = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`a` and `b` as somebody named them. `show` is CHANGED, ALL or empty, `scale` LINKED or OWN, `first` a line.

    `is_typical`: A is said to be a trace that was chosen as the median.
    """

    a: str
    b: str
    show: str = ""
    scale: str = LINKED
    first: int = 0
    is_typical: bool = False

    def address(self, **changed: str | int | bool) -> str:
        """The page with something else asked."""
        other = replace(self, **changed)  # type: ignore[arg-type]
        words = {
            "a": other.a,
            "b": other.b,
            "chosen": MEDIAN if other.is_typical else "",
            "show": other.show,
            "scale": "" if other.scale == LINKED else other.scale,
            "first": str(other.first or ""),
        }
        return f"{reverse('traces:compare')}?{urlencode({name: word for name, word in words.items() if word})}"

    def swapped(self) -> str:
        """The page the other way round."""
        return self.address(a=self.b, b=self.a, first=0, is_typical=False)


def read_asked(data: QueryDict) -> Asked:
    """Of the traces that are checked in a list (`t`) the lower one, which is older, is A. What makes no sense is left
    out.
    """
    a, b = data.get("a", "").strip(), data.get("b", "").strip()
    checked = data.getlist("t")
    if len(checked) == 2 and not (a or b):
        b, a = checked
    first = data.get("first", "")
    return Asked(
        a=a,
        b=b,
        show=data.get("show", "") if data.get("show") in (CHANGED, ALL) else "",
        scale=OWN if data.get("scale") == OWN else LINKED,
        first=int(first) if first.isascii() and first.isdecimal() and len(first) < 10 else 0,
        is_typical=data.get("chosen") == MEDIAN,
    )


def find_trace_id(project: ProjectId, text: str) -> bytes:
    """The trace that a text names in any way the box at the top understands, kept or not. Raises InvalidId."""
    if _WRITTEN.match(text) and text.strip("0"):
        return bytes.fromhex(text)
    if len(text) > omnibox.MAX_CHARS:
        raise InvalidId(f"“{text[:80]}…” is too long for an id.")
    found = omnibox.find_trace(project, text)
    if found is None:
        raise InvalidId(f"“{text[:80]}” is not a trace id.")
    return found.trace_id


def choose_typical(project: ProjectId, trace: Trace) -> bytes | None:
    """The id of a trace with the operation of this one's main root that took about as long as most. May be its own.

    Raises StoreUnavailable.
    """
    found = get_usual_times().find_typical_trace(project, trace.root.span.operation, trace.end_ns)
    if found is not None:
        try:
            reading.find_version(project, found)
        except TraceNotFound:
            return None
    return found
