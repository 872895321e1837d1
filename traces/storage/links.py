"""The spans that link to a trace."""

from collections.abc import Sequence

from traces.domain.links import SpanLink
from traces.storage.blocks import ROW_BITS
from traces.storage.layout import Tables
from traces.storage.rows import PARTITIONS_A_STATEMENT, chunked, query


def find_links_to(project: int, trace_ids: Sequence[bytes], among: Sequence[int], limit: int) -> list[SpanLink]:
    """At most `limit` distinct links to a trace, which may have several ids, in `among`: those of the
    first partition first, newest first.
    """
    found: dict[SpanLink, None] = {}
    for numbers in chunked(among, PARTITIONS_A_STATEMENT):
        sql = " UNION ALL ".join(_links_sql(place, number, len(trace_ids)) for place, number in enumerate(numbers))
        rows = query(f"{sql} ORDER BY place, newest DESC", [project, *trace_ids, limit] * len(numbers))
        for _, _, source_trace_id, span_id, linked_span_id in rows:
            link = SpanLink(
                trace_id=bytes(source_trace_id), span_id=bytes(span_id), linked_span_id=bytes(linked_span_id)
            )
            found.setdefault(link)
        if len(found) >= limit:
            break
    return list(found)[:limit]


def _links_sql(place: int, partition: int, id_count: int) -> str:
    """A span that arrived twice links once. Whose a link is only its block knows."""
    tables = Tables(partition)
    places = ", ".join(["%s"] * id_count)
    return (
        f"SELECT {place} AS place, newest, trace_id, span_id, linked_span_id FROM ("
        "SELECT max(span.id) AS newest, span.trace_id, span.span_id, link.linked_span_id"
        f" FROM {tables.span_link} link JOIN {tables.span} span ON span.id = link.span"
        f" JOIN {tables.block} block ON block.id = span.id >> {ROW_BITS} AND block.project = %s"
        f" WHERE link.linked_trace_id IN ({places}) GROUP BY span.trace_id, span.span_id, link.linked_span_id"
        f" ORDER BY newest DESC LIMIT %s) of_{partition}"
    )
