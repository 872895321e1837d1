"""The span that arrived first."""

from collections.abc import Iterable

from traces.domain.span import FirstSpan
from traces.storage.blocks import ROW_BITS
from traces.storage.layout import Tables
from traces.storage.names import NameBook
from traces.storage.rows import query


def find_first_span(among: Iterable[int], names: NameBook) -> FirstSpan | None:
    """In the first of the partitions `among` that has one; a block's first row stands for all that came with it."""
    for partition in among:
        tables = Tables(partition)
        blocks = query(
            f"SELECT id, received_ns FROM {tables.block} WHERE project = %s ORDER BY id LIMIT 1", [names.project]
        )
        for block, received_ns in blocks:
            rows = query(
                f"SELECT trace_id, operation FROM {tables.span} WHERE id >= %s ORDER BY id LIMIT 1",
                [block << ROW_BITS],
            )
            for trace_id, operation in rows:
                service = names.operations[operation].service.name
                return FirstSpan(trace_id=bytes(trace_id), service=service, received_ns=received_ns)
    return None
