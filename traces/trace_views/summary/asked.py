"""What the address of a summary asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.http import urlencode

from traces.domain.query import Place
from traces.domain.search_text import MAX_TEXT_LENGTH
from traces.domain.summing.grouping import By
from traces.storage.base import AttributeKey
from traces.trace_views.attribute_words import read_key, write_key

NAME = "summary"
#: Figures that a summary can be sorted by. The largest come first, unless asked otherwise; names begin with A.
FIGURES = ("spans", "critical", "self", "total", "median", "p95", "max", "errors", "usual")
SORTS = ("name", *FIGURES)
_DEFAULT_SORT = "-critical"
_ATTRIBUTE = "attribute:"
#: Where every span has one attribute of a key, at most.
PLACES = (Place.SPAN, Place.RESOURCE, Place.SCOPE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`by` groups, `sort` is one of SORTS. `kept` are words of the address that links leave as they are."""

    by: By | AttributeKey
    sort: str
    is_descending: bool
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_word(self) -> str:
        """`service`, `attribute:span.http.route`"""
        return self.by.value if isinstance(self.by, By) else f"{_ATTRIBUTE}{self.key_word}"

    @property
    def key_word(self) -> str:
        """`span.http.route`; empty if not grouped by an attribute."""
        return "" if isinstance(self.by, By) else write_key(self.by)

    def address(self, **changes: str) -> str:
        """Of this view with other words; a `-` before a sort is descending."""
        sort = f"{'-' if self.is_descending else ''}{self.sort}"
        words = {"view": NAME, "by": self.by_word, "sort": sort, **self.kept, **changes}
        if words["sort"] == _DEFAULT_SORT:
            del words["sort"]
        return f"?{urlencode({name: word for name, word in words.items() if word})}"

    @property
    def by_name(self) -> str:
        """The address of the same sorted by the names of the groups."""
        return self.sorted_by("name")

    def sorted_by(self, sort: str) -> str:
        """The address of the same sorted by that; the other way round if it is already."""
        is_descending = not self.is_descending if sort == self.sort else sort != "name"
        return self.address(sort=f"{'-' if is_descending else ''}{sort}")


def read_asked(data: QueryDict) -> Asked:
    """What makes no sense is as if it were absent: by operation, what took most of the critical path first."""
    sort = data.get("sort", _DEFAULT_SORT)
    if sort.removeprefix("-") not in SORTS:
        sort = _DEFAULT_SORT
    return Asked(
        by=_read_by(data.get("by", "")),
        sort=sort.removeprefix("-"),
        is_descending=sort.startswith("-"),
        kept={name: word for name in ("clock", "span") if (word := data.get(name))},
    )


def _read_by(text: str) -> By | AttributeKey:
    """A key without a place is one of the span's own."""
    text = text.strip()
    if not text or len(text) > MAX_TEXT_LENGTH:
        return By.OPERATION
    if text in By._value2member_map_:
        return By(text)
    return read_key(text.removeprefix(_ATTRIBUTE), PLACES) or By.OPERATION
