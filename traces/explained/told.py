"""What sentences about a trace are made from. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from traces.domain.explaining.main_path import MainPath
from traces.domain.span import Span
from traces.domain.trace import Trace
from traces.explained.parts import Part, Parts, compose, link_operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What sentences are made from. `spans` are those that were read whole, by row; a sentence can do without."""

    trace: Trace
    path: MainPath
    spans: Mapping[int, Span]

    def share(self, part_ns: int) -> str:
        """`61 %`"""
        return f"{100 * self.path.share(part_ns):.0f} %"

    def time(self) -> Parts:
        """`the time`; where another root is the longest, of which."""
        if self.path.root == self.trace.root_row:
            return (Part(text=_("the time")),)
        return compose(_("the time of {root}"), root=link_operation(self.trace, self.path.root))
