"""Exact rows of roll-ups for tests: a few calls, at every level at once, as rolling up would have counted them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import F

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.domain.latency.buckets import BUCKETS_A_ROW, buckets_of
from services_map.domain.latency.cells import CELL, EXAMPLE, FAILED, WEIGHT, WEIGHT_UNIT, make_key, read_cells
from services_map.domain.latency.levels import LEVELS, align_down
from services_map.models import LatencyHistogram, MapLink, MapNode, RollUpState, ServiceVersion, Subject
from tests.builders import make_span, write_spans
from traces.models import Operation, Service
from traces.storage.base import DEFAULT_PROJECT, ProjectId
from traces.storage.catalogue import fingerprint

Row = tuple[int, int, int, int, int, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`count` spans that are alike; each stands for `weight` calls. In a link `is_root` means that it is unpaired."""

    duration_ns: int
    count: int = 1
    is_failed: bool = False
    is_entry: bool = True
    is_root: bool = False
    version: int = 0
    weight: float = 1.0
    #: What it is an example of; without one it is none.
    trace_id: bytes = b""
    span_id: bytes = bytes(8)


def write_calls(
    kind: Subject,
    subject: int,
    start_s: int,
    *calls: Call,
    levels: Sequence[int] = LEVELS,
    project: ProjectId = DEFAULT_PROJECT,
) -> None:
    """Adds calls that started in a second to the rows of the slots that it lies in."""
    for level_s in levels:
        _add(project, kind, level_s, subject, align_down(start_s, level_s), calls)
    raise_generation(project)


def raise_generation(project: int) -> None:
    """Says that roll-ups have changed, as whoever writes them does."""
    RollUpState.objects.get_or_create(project_id=project)
    RollUpState.objects.filter(pk=project).update(generation=F("generation") + 1)


def _add(project: int, kind: Subject, level_s: int, subject: int, slot_s: int, calls: Sequence[Call]) -> None:
    place: dict[str, Any] = {
        "project_id": project,
        "subject_kind": kind,
        "level_s": level_s,
        "subject": subject,
        "start_s": slot_s,
    }
    old = LatencyHistogram.objects.filter(**place).first()
    buckets = buckets_of(np.array([call.duration_ns for call in calls]))
    sums: dict[int, tuple[int, float]] = {}
    if old:
        kept = read_cells(bytes(old.cells), bytes(old.weights))
        sums = {
            int(key): (int(count), float(weight))
            for key, count, weight in zip(kept.keys, kept.counts, kept.weights, strict=True)
        }
    for call, bucket in zip(calls, buckets, strict=True):
        status = call.is_failed * 2
        key = make_key(call.version, status, is_root=call.is_root, is_entry=call.is_entry, bucket=int(bucket))
        count, weight = sums.get(key, (0, 0.0))
        sums[key] = (count + call.count, weight + call.count * call.weight)
    cells, weights = _pack(sums)
    examples = (bytes(old.examples) if old else b"") + _pack_examples(calls, buckets)
    LatencyHistogram.objects.update_or_create(
        **place, defaults={"cells": cells, "weights": weights, "examples": examples}
    )


def _pack(sums: Mapping[int, tuple[int, float]]) -> tuple[bytes, bytes]:
    packed = np.array([(key, count) for key, (count, _) in sorted(sums.items())], CELL)
    units = np.array([round(weight * WEIGHT_UNIT) for _, (_, weight) in sorted(sums.items())], WEIGHT)
    is_plain = all(count == weight for count, weight in sums.values())
    return packed.tobytes(), b"" if is_plain else units.tobytes()


def _pack_examples(calls: Sequence[Call], buckets: Iterable[int]) -> bytes:
    packed = b""
    for call, bucket in zip(calls, buckets, strict=True):
        if call.trace_id:
            key = int(bucket) // BUCKETS_A_ROW | call.is_failed * FAILED
            packed += key.to_bytes(2, "little") + call.duration_ns.to_bytes(8, "little") + call.trace_id + call.span_id
    assert len(packed) % EXAMPLE.itemsize == 0
    return packed


def learn_operation(service: str, name: str = "GET /", kind: int = 2) -> tuple[int, int]:
    """The ids of a service and of an operation of it, by way of a span that the store takes."""
    write_spans(make_span(name=name, kind=kind), service=service)
    service_id = Service.objects.get(name=service).pk
    return service_id, Operation.objects.get(service=service_id, name=name, kind=kind).pk


def add_node(node: Node, project: ProjectId = DEFAULT_PROJECT) -> int:
    """The id of a node, new or old."""
    hash_ = fingerprint(node.name.encode())
    found, _ = MapNode.objects.get_or_create(
        project_id=project, kind=node.kind, name_hash=hash_, defaults={"name": node.name}
    )
    return found.pk


def add_link(edge: Edge, project: ProjectId = DEFAULT_PROJECT) -> int:
    """The id of a link, new or old."""
    caller, callee = add_node(edge.caller, project), add_node(edge.callee, project)
    found, _ = MapLink.objects.get_or_create(caller_id=caller, callee_id=callee, connection=edge.connection)
    return found.pk


def calls_edge(caller: str, callee: str) -> Edge:
    """A call from one service to another."""
    return Edge(Node(NodeKind.SERVICE, caller), Node(NodeKind.SERVICE, callee), Connection.CALL)


def add_version(
    service_id: int, number: int, version: str, first_ns: int, last_ns: int, project: ProjectId = DEFAULT_PROJECT
) -> None:
    """A version that spans of the service came with."""
    ServiceVersion.objects.create(
        project_id=project,
        service=service_id,
        number=number,
        version=version,
        version_hash=fingerprint(version.encode()),
        first_start_ns=first_ns,
        last_start_ns=last_ns,
    )


def insert_rows(rows: Iterable[Row]) -> None:
    """Many rows (project, subject kind, level, subject, start, cells, weights, examples) in the database's own way."""
    columns = "project_id, subject_kind, level_s, subject, start_s, cells, weights, examples"
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY latency_histogram ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            connection.connection.executemany(
                f"INSERT INTO latency_histogram ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows
            )
