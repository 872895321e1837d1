"""A reader of trace columns, written from docs/api.md and not from the code that makes them."""

import json
import struct
from dataclasses import dataclass
from typing import Any

_CODES = {"u16": "H", "u32": "I", "u64": "Q", "f64": "d", "id": "8s"}
_BY_ROW = ("start", "duration", "depth", "operation", "flags")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block taken apart: its header, the entries and the type of each column."""

    header: dict[str, Any]
    columns: dict[str, list[Any]]
    types: dict[str, str]

    def flag(self, bit: int) -> list[int]:
        """The rows where a bit of `flags` is set."""
        return [row for row, flags in enumerate(self.columns["flags"]) if flags >> bit & 1]

    def operation(self, row: int) -> tuple[str, str, str]:
        """Service, name and kind of the span in a row."""
        service, name, kind = self.header["operations"][self.columns["operation"][row]]
        return self.header["services"][service]["name"], name, kind

    def repeats(self) -> list[tuple[int, int]]:
        """The first row and the number of members of each repeat."""
        return list(zip(self.columns["repeat_row"], self.columns["repeat_count"], strict=True))

    def child_count(self, row: int) -> int:
        """The rows after it that are one deeper, up to the next that is not deeper."""
        depths, count = self.columns["depth"], 0
        for depth in depths[row + 1 :]:
            if depth <= depths[row]:
                break
            count += depth == depths[row] + 1
        return count


def read_block(block: bytes) -> Block:
    """Raises AssertionError where a block is not as documented."""
    assert block[:4] == b"TCB1"
    (length,) = struct.unpack_from("<I", block, 4)
    header = json.loads(block[8 : 8 + length])
    base = pad(8 + length)
    used = [(0, 8 + length)]
    columns, types = {}, {}
    for column in header["columns"]:
        layout = f"<{column['count']}{_CODES[column['type']]}"
        if column["type"] == "id":
            layout = "<" + "8s" * column["count"]
        offset = base + column["offset"]
        assert offset % 8 == 0
        columns[column["name"]] = list(struct.unpack_from(layout, block, offset))
        types[column["name"]] = column["type"]
        used.append((offset, offset + struct.calcsize(layout)))
    check_gaps(block, used)
    assert {len(columns[name]) for name in _BY_ROW} == {header["span_count"]}
    return Block(header=header, columns=columns, types=types)


def check_gaps(block: bytes, used: list[tuple[int, int]]) -> None:
    """What is used follows one after another, with nothing but zeros up to the next multiple of eight."""
    for (_, end), (following, _) in zip(used, [*used[1:], (len(block), 0)], strict=True):
        assert following == pad(end)
        assert not any(block[end:following])


def pad(position: int) -> int:
    return (position + 7) // 8 * 8
