"""How somebody looks at the map."""

from dataclasses import dataclass

from services_map.domain.calls.nodes import Node
from services_map.pages.map.drawing.shades import Colour
from services_map.pages.map.form import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What it is coloured by, which names have the text that is looked for, and what is selected."""

    colour: Colour
    find: str
    selection: Selection
    node: Node | None = None
    link: tuple[Node, Node] | None = None

    def finds(self, node: Node) -> bool:
        return bool(self.find) and self.find.casefold() in node.name.casefold()
