"""Nodes in an address: a service by its name, others as `database:orders`."""

from services_map.domain.calls.nodes import Node, NodeKind

_PREFIXES = {f"{kind.name.lower()}:": kind for kind in NodeKind}


def spell_node(node: Node) -> str:
    """A text that `parse_node` reads. A service whose name looks like another kind's gets its prefix too."""
    if node.kind is NodeKind.SERVICE and not node.name.startswith(tuple(_PREFIXES)):
        return node.name
    return f"{node.kind.name.lower()}:{node.name}"


def parse_node(text: str) -> Node | None:
    """The node of a text; None of an empty one."""
    for prefix, kind in _PREFIXES.items():
        if text.startswith(prefix):
            return Node(kind, text.removeprefix(prefix))
    return Node(NodeKind.SERVICE, text) if text else None
