"""What an address asks the map to show. Every control of the page is an address with something changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from django.http import QueryDict
from django.utils.http import urlencode

from services_map.domain.calls.node_keys import parse_node, spell_node
from services_map.domain.calls.nodes import Node
from services_map.domain.map.map_view import Direction
from services_map.pages.map.drawing.shades import Colour
from services_map.windows import WindowForm, read_window
from traces.domain.span import clean_name

Word = TypeVar("Word", bound=StrEnum)

MAX_HOPS: Final = 3
_DEFAULT_HOPS = 1
# What is looked at: another map has it not.
_SELECTION = {"node": "", "caller": "", "callee": ""}

_FILTERS = dict.fromkeys(("focus", "hops", "direction", "show", "expand", "groups", "rare", "find"), "")


@dataclass(frozen=True, slots=True)
class Selection:
    """Addresses of the same map with something selected; `closed` is that with nothing."""

    closed: str

    def node(self, node: Node) -> str:
        return self._with(node=spell_node(node))

    def link(self, caller: Node, callee: Node) -> str:
        return self._with(caller=spell_node(caller), callee=spell_node(callee))

    def _with(self, **words: str) -> str:
        joint = "&" if len(self.closed) > 1 else ""
        return f"{self.closed}{joint}{urlencode(words)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapForm:
    """By their names in the address: `focus=NAME&hops=2&direction=callers`, `show=unhealthy`, `expand=GROUP` (often),
    `groups=off`, `rare=on`, `colour=p95`, `find=TEXT`, `view=table`, `sort=p95`, `live=on`. The card is about
    `node=NAME`, or `caller=NAME` and `callee=NAME`. Names are as in `node_keys`; unknown words are the default.
    """

    window_form: WindowForm
    focus: Node | None
    hops: int
    direction: Direction
    only_unhealthy: bool
    expanded: tuple[str, ...]
    are_groups_off: bool
    shows_rare: bool
    colour: Colour
    find: str
    is_table: bool
    sort: str
    is_live: bool
    node: Node | None
    link: tuple[Node, Node] | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out or opened: the map as everybody sees it first."""
        return not (self.focus or self.only_unhealthy or self.expanded or self.are_groups_off or self.shows_rare)

    def address(self, **changes: str | Sequence[str]) -> str:
        """The query string of this page with `changes`; empty ones are left out."""
        others = [pair for pair in self.window_form.others if pair[0] not in changes]
        for name, value in changes.items():
            others += [(name, each) for each in ([value] if isinstance(value, str) else value) if each]
        return replace(self.window_form, others=tuple(others)).address()

    @property
    def selection(self) -> "Selection":
        return Selection(self.closed)

    def focus_on(self, node: Node, hops: int = _DEFAULT_HOPS) -> str:
        """The surroundings of a node, and nothing else; what is unhealthy is then of no interest."""
        said = str(hops) if hops != _DEFAULT_HOPS else ""
        return self.address(**_SELECTION, focus=spell_node(node), hops=said, show="")

    @property
    def closed(self) -> str:
        return self.address(**_SELECTION)

    @property
    def whole(self) -> str:
        return self.address(
            **_SELECTION, focus="", hops="", direction="", show="", expand="", groups="", rare="", find=""
        )


def read_map_form(data: QueryDict, now_ns: int) -> MapForm:
    """What an address asks for. Never raises."""
    hops = data.get("hops", "")
    caller, callee = _read_node(data, "caller"), _read_node(data, "callee")
    return MapForm(
        window_form=read_window(data, now_ns),
        focus=_read_node(data, "focus"),
        hops=int(hops) if hops in ("1", "2", "3") else _DEFAULT_HOPS,
        direction=_read_word(data, "direction", Direction) or Direction.BOTH,
        only_unhealthy=data.get("show") == "unhealthy",
        expanded=tuple(clean_name(name) for name in data.getlist("expand") if name),
        are_groups_off=data.get("groups") == "off",
        shows_rare=data.get("rare") == "on",
        colour=_read_word(data, "colour", Colour) or Colour.ERRORS,
        find=clean_name(data.get("find", "")).strip(),
        is_table=data.get("view") == "table",
        sort=data.get("sort", ""),
        is_live=data.get("live") == "on",
        node=_read_node(data, "node"),
        link=(caller, callee) if caller and callee else None,
    )


def _read_node(data: QueryDict, name: str) -> Node | None:
    return parse_node(clean_name(data.get(name, "")))


def _read_word(data: QueryDict, name: str, words: type[Word]) -> Word | None:
    return next((word for word in words if word.value == data.get(name)), None)
