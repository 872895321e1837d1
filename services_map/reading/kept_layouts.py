"""Layouts of the map that were drawn before: the same topology is drawn the same, another as nearly so as it can."""

import json
import logging
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

from django.db import DatabaseError, transaction

from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.map.layout import Layout, Point, lay_out
from services_map.models import MapLayout
from traces.storage.base import ProjectId

logger = logging.getLogger(__name__)

Pair = tuple[Node, Node]
Order = Mapping[Node, tuple[int, int]]

# Another number here draws every map anew.
_VERSION = 1
# So many topologies are kept for each project: maps of other windows, which come back.
_KEPT = 16


def load_layout(project: ProjectId, nodes: Sequence[Node], pairs: Sequence[Pair], is_whole: bool) -> Layout:
    """Where the nodes stand. Maps of everything (`is_whole`) are remembered; parts follow the latest of those."""
    topology = name_topology(nodes, pairs)
    if not is_whole:
        latest = (
            MapLayout.objects.filter(project_id=project).order_by("-id").values_list("topology_hash", "layout").first()
        )
        return _lay_out_part(topology, tuple(nodes), tuple(pairs), bytes(latest[1]) if latest else b"")
    kept = MapLayout.objects.filter(project_id=project, topology_hash=topology).values_list("layout", flat=True).first()
    if kept is not None:
        return unpack(bytes(kept))
    latest_layout = (
        MapLayout.objects.filter(project_id=project).order_by("-id").values_list("layout", flat=True).first()
    )
    layout = lay_out(nodes, pairs, unpack(bytes(latest_layout)).order if latest_layout else {})
    _keep(project, topology, layout)
    return layout


@lru_cache(maxsize=64)
def _lay_out_part(topology: bytes, nodes: tuple[Node, ...], pairs: tuple[Pair, ...], latest: bytes) -> Layout:
    return lay_out(nodes, pairs, unpack(latest).order if latest else {})


def _keep(project: ProjectId, topology: bytes, layout: Layout) -> None:
    """A map is shown even where it cannot be remembered; of two at once the first is."""
    try:
        with transaction.atomic():
            MapLayout.objects.bulk_create(
                [MapLayout(project_id=project, topology_hash=topology, layout=pack(layout))], ignore_conflicts=True
            )
            old = MapLayout.objects.filter(project_id=project).order_by("-id").values_list("id", flat=True)[_KEPT:]
            MapLayout.objects.filter(id__in=list(old)).delete()
    except DatabaseError:
        logger.warning("The layout of the map was not remembered.", exc_info=True)


def name_topology(nodes: Iterable[Node], pairs: Iterable[Pair]) -> bytes:
    """16 bytes for who is there and who calls whom, in whatever order they come."""
    spelled = json.dumps(
        [_VERSION, sorted(map(_spell, nodes)), sorted([*_spell(a), *_spell(b)] for a, b in pairs)], ensure_ascii=True
    )
    return blake2b(spelled.encode(), digest_size=16).digest()


def _spell(node: Node) -> tuple[int, str]:
    return int(node.kind), node.name


def pack(layout: Layout) -> bytes:
    """A layout for `unpack`."""
    nodes = list(layout.positions)
    number = {node: at for at, node in enumerate(nodes)}
    facts = {
        "nodes": [[*_spell(node), *layout.positions[node], *layout.order[node]] for node in nodes],
        "routes": [
            [
                number[caller],
                number[callee],
                int((caller, callee) in layout.backward),
                *(v for point in route for v in point),
            ]
            for (caller, callee), route in layout.routes.items()
        ],
        "size": [layout.width, layout.height],
    }
    return zlib.compress(json.dumps(facts, separators=(",", ":")).encode(), 6)


@lru_cache(maxsize=32)
def unpack(packed: bytes) -> Layout:
    """The layout that `pack` packed."""
    facts = json.loads(zlib.decompress(packed))
    nodes = [Node(NodeKind(kind), name) for kind, name, *_ in facts["nodes"]]
    routes = {
        (nodes[caller], nodes[callee]): tuple(Point(x, y) for x, y in zip(places[::2], places[1::2], strict=True))
        for caller, callee, _, *places in facts["routes"]
    }
    return Layout(
        positions={node: Point(x, y) for node, (_, _, x, y, _, _) in zip(nodes, facts["nodes"], strict=True)},
        order={node: (layer, at) for node, (_, _, _, _, layer, at) in zip(nodes, facts["nodes"], strict=True)},
        routes=routes,
        backward=frozenset((nodes[a], nodes[b]) for a, b, is_backward, *_ in facts["routes"] if is_backward),
        width=facts["size"][0],
        height=facts["size"][1],
        is_rearranged=False,
    )
