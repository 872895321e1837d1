"""What retention spares: the spans of pinned traces. docs/adr/0016 says why so.

A partition that is to go and holds some is written anew with only these; the copy (`holds_pinned`) is passed over by
retention as long as all that it holds is pinned. Copies are few: small ones are joined.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
import zstandard
from google.protobuf.message import DecodeError

from traces.models import Partition
from traces.storage import partitions
from traces.storage.blocks import MAX_BLOCK_BYTES, MAX_BLOCK_SPANS, pack
from traces.storage.catalogue import Catalogue
from traces.storage.copying import Abandoned, Copy, Unreadable, count_spans
from traces.storage.engine import Engine
from traces.storage.leaver import keep_only
from traces.storage.merge import Listed, join_blocks, list_blocks, read_bodies
from traces.storage.pins import Pins, find_pinned_parts, read_pins
from traces.storage.rows import Part, PartitionGone

log = structlog.get_logger(__name__)
# A copy with fewer spans is written into the next one.
JOINED_BELOW_SPANS = 50_000
# By partition, then project.
Spared = Mapping[int, Mapping[int, Sequence[Part]]]


def holds_pinned(partition: int, pins: Pins) -> bool:
    """Whether it holds a span of a pinned trace. True is only sure while nobody can pin."""
    return bool(pins) and bool(find_pinned_parts(partition, pins))


def spare(expired: Iterable[Partition], engine: Engine, catalogue: Catalogue, now: datetime) -> bool:
    """Write closed partitions anew with only what is pinned, and earlier copies that hold something else by now.

    The old ones are out of use from `now` on, without what was spared. False where it is to be tried again: a writer
    or another worker is busy with one, or something was pinned meanwhile. Then all is as it was.
    """
    pins = read_pins()
    copies = list(partitions.in_use().filter(holds_pinned=True).order_by("pk"))
    stale = [copy for copy in copies if _has_others(copy, pins)]
    sources = [*expired, *stale]
    if not sources:
        return True
    small = [copy for copy in copies if copy not in stale and copy.span_count < JOINED_BELOW_SPANS]
    try:
        number = _write([*sources, *small], pins, engine, catalogue, now)
    except (Abandoned, Unreadable, PartitionGone) as problem:
        log.info("pinned traces are spared later", partitions=[each.pk for each in sources], reason=str(problem))
        return False
    log.info("pinned traces spared", partitions=[each.pk for each in sources], into=number)
    return True


def _has_others(copy: Partition, pins: Pins) -> bool:
    return _count(find_pinned_parts(copy.pk, pins)) < count_spans(copy.pk)


def _count(parts: Mapping[int, Sequence[Part]]) -> int:
    return sum(part.span_count for of_project in parts.values() for part in of_project)


def _write(sources: Sequence[Partition], pins: Pins, engine: Engine, catalogue: Catalogue, now: datetime) -> int:
    """The number of the copy that took their place. Raises Abandoned, Unreadable and PartitionGone."""
    if not all(source.holds_pinned or engine.freeze_partition(source.pk) for source in sources):
        raise Abandoned("A writer is still busy with one.")
    spared = {source.pk: find_pinned_parts(source.pk, pins) for source in sources}
    in_order = sorted(sources, key=lambda source: source.position)
    lost = _Lost()
    copy = Copy(sources, engine, holds_pinned=True)
    try:
        for project in sorted({project for parts in spared.values() for project in parts}):
            for portion in pack(_read(project, in_order, spared, lost), _measure, (MAX_BLOCK_SPANS, MAX_BLOCK_BYTES)):
                for block in join_blocks(project, portion, catalogue, engine.token_form):
                    copy.add(block, catalogue.attribute_keys(project, block.keys))
        copy.take_place(
            lambda: sum(map(_count, spared.values())) - lost.spans,
            now,
            dropped={source.pk: count_spans(source.pk) - _count(spared[source.pk]) for source in sources},
            check=lambda: _check_pins(pins, sources),
        )
    finally:
        copy.give_up()
    return copy.number


def _check_pins(pins: Pins, sources: Sequence[Partition]) -> None:
    """Nobody pins until the transaction ends. Raises Abandoned where somebody has pinned something in it meanwhile.

    What was let go meanwhile is in the copy; the next time it is stale.
    """
    partitions.take_turn()
    since = {project: ids - pins.get(project, frozenset()) for project, ids in read_pins().items()}
    if any(holds_pinned(source.pk, since) for source in sources):
        raise Abandoned("A trace was pinned meanwhile.")


class _Lost:
    """Counts spans whose blocks are damaged: they cannot be read now, or in a copy."""

    spans = 0


def _read(project: int, sources: Sequence[Partition], spared: Spared, lost: _Lost) -> Iterator[tuple[Listed, bytes]]:
    """The blocks that have spans of pinned traces, with nothing else in them, in the order in which they arrived."""
    for source in sources:
        spans_of: dict[int, int] = {}
        trace_ids = set()
        for part in spared[source.pk].get(project, ()):
            spans_of[part.block] = spans_of.get(part.block, 0) + part.span_count
            trace_ids.add(part.trace_id)
        for listed in list_blocks(source.pk, project) if spans_of else ():
            spans = spans_of.pop(listed.id, 0)
            if not spans:
                continue
            try:
                ((_, body),) = read_bodies(source.pk, [listed])
                kept = keep_only(body, trace_ids)
            except (zstandard.ZstdError, DecodeError) as problem:
                lost.spans += spans
                log.error("a damaged block of pinned traces goes", block=listed.id, problem=str(problem))
                continue
            cuts = {key: cut for key, cut in listed.cuts.items() if key[:16] in trace_ids}
            yield replace(listed, span_count=spans, cuts=cuts), kept
        # What is left has no body.
        lost.spans += sum(spans_of.values())


def _measure(item: tuple[Listed, bytes]) -> tuple[int, int]:
    listed, body = item
    return listed.span_count, len(body)
