"""What the address of a table asks for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.http import urlencode

from traces.domain.search_text import MAX_TEXT_LENGTH
from traces.storage.base import AttributeKey
from traces.trace_views.attribute_words import read_key, write_key

NAME = "table"
PAGE_ROWS = 100
#: What every table has, by the names that sort it; "row" is the order of the waterfall.
BUILT_IN = ("service", "name", "kind", "status", "start", "duration", "self", "critical")
MAX_COLUMNS = 8
_DEFAULT_SORT = "-duration"
_FIRST_LONGEST = ("duration", "self", "critical", "status")
# Of the page around the view: links take them along.
_KEPT = ("clock", "span", "results")
_COMMA = re.compile(r"(?<!\\),")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`columns` are added to those of every table; `sort` is the name of a column; `skip` rows come before."""

    columns: Sequence[AttributeKey]
    sort: str
    is_descending: bool
    skip: int = 0
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def sort_word(self) -> str:
        """`-duration`"""
        return f"{'-' if self.is_descending else ''}{self.sort}"

    @property
    def columns_word(self) -> str:
        """`span.http.route,resource.host.name`"""
        return write_columns(self.columns)

    @property
    def hidden(self) -> dict[str, str]:
        """What a form must say so that all but the columns stays."""
        return {"view": NAME, "sort": self.sort_word, **self.kept}

    def address(self, **changes: str) -> str:
        """Of this view with other words, from its first row on."""
        words = {"view": NAME, "sort": self.sort_word, "columns": self.columns_word, **self.kept, **changes}
        if words["sort"] == _DEFAULT_SORT:
            del words["sort"]
        return f"?{urlencode({name: word for name, word in words.items() if word})}"

    def sorted_by(self, sort: str) -> str:
        """The address of the same sorted by that; the other way round if it is already."""
        is_descending = not self.is_descending if sort == self.sort else sort in _FIRST_LONGEST
        return self.address(sort=f"{'-' if is_descending else ''}{sort}")

    def without(self, column: AttributeKey) -> str:
        """The address of the same without one of its columns."""
        sort = {} if self.sort != write_key(column) else {"sort": _DEFAULT_SORT}
        return self.address(columns=write_columns([each for each in self.columns if each != column]), **sort)


def write_columns(keys: Sequence[AttributeKey]) -> str:
    return ",".join(write_key(key).replace(",", "\\,") for key in keys)


def read_columns(data: QueryDict) -> list[AttributeKey]:
    """MAX_COLUMNS different ones at most. In a key `,` is written `\\,`."""
    words = [word for text in data.getlist("columns") for word in _COMMA.split(text[:MAX_TEXT_LENGTH])]
    keys = dict.fromkeys(key for word in words if (key := read_key(word.replace("\\,", ","))))
    return list(keys)[:MAX_COLUMNS]


def read_asked(data: QueryDict) -> Asked:
    """What makes no sense is as if it were absent: the longest spans first."""
    columns = read_columns(data)
    sort, skip = data.get("sort", ""), data.get("skip", "")
    if sort.removeprefix("-") not in {"row", *BUILT_IN, *map(write_key, columns)}:
        sort = _DEFAULT_SORT
    return Asked(
        columns=columns,
        sort=sort.removeprefix("-"),
        is_descending=sort.startswith("-"),
        skip=int(skip) if skip.isascii() and skip.isdecimal() and len(skip) < 10 else 0,
        kept={name: str(data[name]) for name in _KEPT if data.get(name)},
    )
