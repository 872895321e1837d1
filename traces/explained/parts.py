"""A sentence of parts, some of which lead to spans. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import Formatter

from django.urls import reverse
from django.utils.http import urlencode

from traces.domain.clock import Clock
from traces.domain.trace import Trace
from traces.words import named

# A link marks so many rows of a trace; no reader looks at more.
MAX_ROWS = 2_000
_MAX_NAME_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Text, which leads somewhere if it has an `address`; `rows` is `3` or `3,17-20`, counted from 0.

    `rows_from` is where they are asked for that are more than `rows` can say; else empty.
    """

    text: str
    address: str = ""
    rows: str = ""
    rows_from: str = ""

    @property
    def is_one_row(self) -> bool:
        return self.rows.isdecimal()


Parts = tuple[Part, ...]


def compose(template: str, **values: "str | Part | Parts") -> Parts:
    """The parts of a translated template: `{who} took {time}.`"""
    return tuple(_compose(template, values))


def _compose(template: str, values: "dict[str, str | Part | Parts]") -> Iterator[Part]:
    for text, name, _, _ in Formatter().parse(template):
        if text:
            yield Part(text=text)
        if name is None:
            continue
        value = values[name]
        if isinstance(value, str):
            yield Part(text=value)
        elif isinstance(value, Part):
            yield value
        else:
            yield from value


def link(trace: Trace, text: str, rows: Sequence[int]) -> Part:
    """Leads to the first of these rows, and marks all of them."""
    return Part(text=text, address=find_address(trace, rows[0]), rows=write_rows(rows))


def find_address(trace: Trace, row: int) -> str:
    """The trace's page with that row selected, as a link on it says it."""
    clock = "&clock=sent" if trace.clock is Clock.SENT else ""
    return f"?span={trace.rows.find_own_id(row).hex()}{clock}#span"


def find_rows_address(trace: Trace, row: int, by: str) -> str:
    """Where the rows on the path are asked for that are of a row's `service` or `operation`."""
    words = {"by": by, "row": str(row), "only": "critical", "clock": trace.clock.value}
    return f"{reverse('traces:summary_rows', args=[trace.trace_id.hex()])}?{urlencode(words)}"


def write_rows(rows: Sequence[int]) -> str:
    """`3,17-20`: the first MAX_ROWS of them, in order."""
    runs = groupby(enumerate(sorted(rows)[:MAX_ROWS]), key=lambda pair: pair[1] - pair[0])
    return ",".join(_write_run([row for _, row in run]) for _, run in runs)


def _write_run(rows: Sequence[int]) -> str:
    return str(rows[0]) if len(rows) == 1 else f"{rows[0]}-{rows[-1]}"


def name_operation(trace: Trace, row: int) -> str:
    """`checkout › POST /cart`"""
    operation = trace.rows.operation(row)
    return f"{cut(operation.service.name)} › {cut(operation.name)}"


def cut(name: str) -> str:
    """A name within a sentence."""
    return named(name if len(name) <= _MAX_NAME_CHARS else f"{name[:_MAX_NAME_CHARS]}…")


def link_operation(trace: Trace, row: int, rows: Sequence[int] = (), callee: int | None = None) -> Part:
    """The name of a row's operation; leads to it, and marks `rows` if there are others. `POST → shipping` of a call
    whose `callee` is in that service.
    """
    name = name_operation(trace, row)
    if callee is not None:
        name += f" → {cut(trace.rows.operation(callee).service.name)}"
    return Part(text=name, address=find_address(trace, row), rows=write_rows(rows or (row,)))
