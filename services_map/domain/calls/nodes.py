"""What a dependency map is made of: who calls, who is called, and how."""

from enum import IntEnum
from typing import NamedTuple


class NodeKind(IntEnum):
    """What stands at an end of a link."""

    SERVICE = 0
    DATABASE = 1
    QUEUE = 2
    #: Called by name, but sends no spans here.
    EXTERNAL = 3
    #: Whoever calls from outside; its only node is named `user`.
    USER = 4
    #: Several nodes drawn as one (see `groups`); no link that is kept has it.
    GROUP = 5


class Connection(IntEnum):
    """How a link connects."""

    CALL = 0
    MESSAGE = 1
    QUERY = 2


class Node(NamedTuple):
    """An end of links; equal nodes are the same one."""

    kind: NodeKind
    name: str


class Edge(NamedTuple):
    """A link: everything that `caller` asks of `callee` in one way."""

    caller: Node
    callee: Node
    connection: Connection


USER = Node(NodeKind.USER, "user")
