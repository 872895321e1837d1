"""The spans that wait for a partner, in the database."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import xxhash
from django.db import connection

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.domain.calls.pairing import Call, End
from services_map.models import OpenEnd

_KEYS_A_STATEMENT: Final = 500
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def key_of(trace_id: bytes) -> int:
    """What stands for a trace in `open_end`: 64 bits; who reads compares the whole id."""
    return xxhash.xxh3_64_intdigest(trace_id) - 2**63


def read_waiting(project: int, trace_ids: Iterable[bytes]) -> list[End]:
    """The ends whose partner is looked for in one of these traces."""
    keys = sorted({key_of(trace_id) for trace_id in trace_ids})
    ends = []
    for first in range(0, len(keys), _KEYS_A_STATEMENT):
        some = keys[first : first + _KEYS_A_STATEMENT]
        ends += _read(f"trace_key IN ({', '.join(['%s'] * len(some))})", [project, *some])
    return ends


def read_due(project: int, now_s: int, most: int) -> list[End]:
    """Ends that are not settled and have waited long enough, those that waited longest first."""
    return _read("NOT is_settled AND due_s <= %s ORDER BY due_s LIMIT %s", [project, now_s, most])


def _read(condition: str, values: Sequence[int]) -> list[End]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, is_settled, body FROM open_end WHERE project_id = %s AND {condition}", values)
        return [_unpack(row, bool(is_settled), bytes(body)) for row, is_settled, body in cursor.fetchall()]


def write_ends(project: int, kept: Iterable[End], done: Iterable[int], due_s: int) -> None:
    """Add ends that begin to wait (until `due_s`), change those that waited, forget those that are done."""
    new, changed = [], []
    for end in kept:
        if end.row is None:
            new.append((project, key_of(_place(end)), due_s, end.is_settled, _pack(end)))
        else:
            changed.append((end.is_settled, _pack(end), end.row))
    with connection.cursor() as cursor:
        if new:
            cursor.executemany(
                "INSERT INTO open_end (project_id, trace_key, due_s, is_settled, body) VALUES (%s, %s, %s, %s, %s)", new
            )
        if changed:
            cursor.executemany("UPDATE open_end SET is_settled = %s, body = %s WHERE id = %s", changed)
        if gone := [(row,) for row in done]:
            cursor.executemany("DELETE FROM open_end WHERE id = %s", gone)


def forget_settled(before_s: int, most: int) -> int:
    """Forget at most `most` settled ends that were due before; how many. Their partner will not be recognised."""
    old = OpenEnd.objects.filter(is_settled=True, due_s__lt=before_s).values("pk")[:most]
    return OpenEnd.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]


def list_projects() -> list[int]:
    """The projects that have ends which are not settled."""
    return list(OpenEnd.objects.filter(is_settled=False).values_list("project_id", flat=True).distinct())


def forget_all(project: int) -> None:
    """Forget every end of a project."""
    OpenEnd.objects.filter(project_id=project).delete()


def _place(end: End) -> bytes:
    """The trace in which its partner is looked for: its own, or for a consumer without a parent the one it links to."""
    return end.trace_id if end.parent_id or not end.links else end.links[0][0]


def _pack(end: End) -> bytes:
    peer = (end.peer.kind.value, end.peer.name) if end.peer else None
    return _encode(
        (
            end.trace_id, end.span_id, end.parent_id, end.service.name, end.kind, end.start_ns, end.duration_ns,
            end.is_error, end.units, peer, end.fetches, end.is_local, end.links, end.waiting,
            _pack_call(end.called), _pack_call(end.unpaired), end.is_answered,
        )
    )  # fmt: skip


def _unpack(row: int, is_settled: bool, body: bytes) -> End:
    (
        trace_id, span_id, parent_id, service, kind, start_ns, duration_ns, is_error, units, peer, fetches, is_local,
        links, waiting, called, unpaired, is_answered,
    ) = _decode(body)  # fmt: skip
    return End(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=parent_id,
        service=Node(NodeKind.SERVICE, service),
        kind=kind,
        start_ns=start_ns,
        duration_ns=duration_ns,
        is_error=is_error,
        units=units,
        peer=Node(NodeKind(peer[0]), peer[1]) if peer else None,
        fetches=fetches,
        is_local=is_local,
        links=tuple((linked_trace, linked_span) for linked_trace, linked_span in links),
        waiting=waiting,
        called=_unpack_call(called, trace_id, span_id),
        unpaired=_unpack_call(unpaired, trace_id, span_id),
        is_answered=is_answered,
        is_settled=is_settled,
        row=row,
    )


def _pack_call(call: Call | None) -> tuple[object, ...] | None:
    if call is None:
        return None
    edge = call.edge
    return (
        edge.caller.kind.value, edge.caller.name, edge.callee.kind.value, edge.callee.name, edge.connection.value,
        call.start_ns, call.duration_ns, call.is_error, call.units, call.is_unpaired,
    )  # fmt: skip


def _unpack_call(packed: Sequence[Any] | None, trace_id: bytes, span_id: bytes) -> Call | None:
    if packed is None:
        return None
    caller_kind, caller, callee_kind, callee, connection_, start_ns, duration_ns, is_error, units, is_unpaired = packed
    edge = Edge(Node(NodeKind(caller_kind), caller), Node(NodeKind(callee_kind), callee), Connection(connection_))
    return Call(
        edge=edge, start_ns=start_ns, duration_ns=duration_ns, is_error=is_error, units=units, is_unpaired=is_unpaired,
        trace_id=trace_id, span_id=span_id,
    )  # fmt: skip
