"""Rows in memory: what was read last, within a number of bytes."""

from services_map.domain.latency.joined_rows import JoinedRows, join_rows
from services_map.reading.rows_cache import RowsCache


def make_rows(cells: int) -> JoinedRows:
    return join_rows([(1, 60, bytes(8 * cells), b"")])


def test_what_was_asked_for_last_stays() -> None:
    cache = RowsCache(12_000)
    reads: list[str] = []

    def load(name: str, cells: int = 400) -> JoinedRows:
        def read() -> JoinedRows:
            reads.append(name)
            return make_rows(cells)

        return cache.load((name,), read)

    load("a")
    assert load("a") is load("a")
    load("b")
    load("c")
    load("a")
    assert reads == ["a", "b", "c"]
    load("d")
    load("a")
    load("b")
    assert reads == ["a", "b", "c", "d", "b"]


def test_what_is_larger_than_all_may_be_is_not_kept() -> None:
    cache = RowsCache(1_000)
    first, again = (cache.load(("large",), lambda: make_rows(1_000)) for _ in range(2))
    assert first is not again
    none = RowsCache(0)
    assert none.load(("a",), lambda: make_rows(1)) is not none.load(("a",), lambda: make_rows(1))


def test_weights_of_rows_are_those_of_their_spans_where_none_are_kept() -> None:
    plain, sampled = (1, 0, bytes([1, 0, 0, 0, 7, 0, 0, 0]), b""), (2, 0, bytes([1, 0, 0, 0, 2, 0, 0, 0]), b"")
    assert join_rows([plain, sampled]).weights is None
    joined = join_rows([plain, (*sampled[:3], (5 * 65_536).to_bytes(8, "little"))])
    assert joined.weights is not None
    assert (joined.sizes.tolist(), joined.weights.tolist()) == ([1, 1], [7.0, 5.0])
