"""Which row a span id stands in. Made when it is first asked for: drawing a trace needs no ids."""

from collections.abc import Sequence


class RowIndex:
    """Safe to use from several threads: at worst two of them make the same."""

    __slots__ = ("_first_rows", "_order", "_span_ids")

    def __init__(self, span_ids: Sequence[bytes], order: Sequence[int]) -> None:
        """`order[row]` is the index in `span_ids` of the span in that row."""
        self._span_ids = span_ids
        self._order = order
        self._first_rows: dict[bytes, int] | None = None

    def find(self, span_id: bytes) -> list[int]:
        """The rows of the spans of that id: none, one, or several where it is shared."""
        if self._first_rows is None:
            self._first_rows = self._list_first_rows()
        first = self._first_rows.get(span_id)
        if first is None:
            return []
        if len(self._first_rows) == len(self._order):
            return [first]
        return [row for row, index in enumerate(self._order) if self._span_ids[index] == span_id]

    def _list_first_rows(self) -> dict[bytes, int]:
        rows: dict[bytes, int] = {}
        for row, span_id in enumerate(map(self._span_ids.__getitem__, self._order)):
            rows.setdefault(span_id, row)
        return rows
