"""The search form: Jaeger's field names in the address, our words inside."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from django.http import QueryDict
from django.utils.http import urlencode

from traces.domain.errors import InvalidQuery
from traces.domain.query import TraceQuery
from traces.domain.search_text import SearchWords, build_query
from traces.domain.span import clean_name
from traces.zones import place_in_zone

LOOKBACKS = {
    "5m": "Last 5 minutes",
    "15m": "Last 15 minutes",
    "1h": "Last hour",
    "3h": "Last 3 hours",
    "6h": "Last 6 hours",
    "12h": "Last 12 hours",
    "24h": "Last 24 hours",
    "2d": "Last 2 days",
    "7d": "Last 7 days",
}
LIMITS = (20, 50, 100, 200)
# Jaeger's name in the address → the field of SearchWords.
WORDS = {
    "service": "service",
    "operation": "operation",
    "kind": "kind",
    "status": "status",
    "tags": "attributes",
    "minDuration": "min_duration",
    "maxDuration": "max_duration",
    "minTraceDuration": "min_trace_duration",
    "maxTraceDuration": "max_trace_duration",
    "lookback": "lookback",
    "start": "start",
    "end": "end",
    "limit": "limit",
    "cursor": "cursor",
}
_NAMES = {word: name for name, word in WORDS.items()}
_DEFAULTS = {item.name: str(item.default) for item in fields(SearchWords)}
_WINDOW = {"lookback", "start", "end"}
_NOT_CONDITIONS = _WINDOW | {"limit", "cursor"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchForm:
    """What was asked, by the names in the address. `query` is None where `errors` says why, by field."""

    values: Mapping[str, str]
    query: TraceQuery | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_between(self) -> bool:
        """Whether the window is a start and an end instead of a time back from now."""
        return bool(self.values["start"] or self.values["end"])

    @property
    def has_conditions(self) -> bool:
        """Whether anything but the window narrows the search."""
        return any(value for name, value in self.values.items() if name not in _NOT_CONDITIONS)

    @property
    def has_rare_fields(self) -> bool:
        """Whether a field of the folded part of the form is in use, or wrong."""
        rare = ("minTraceDuration", "maxTraceDuration", "start", "end", "limit")
        return any(name in self.errors or self.values[name] != _DEFAULTS[WORDS[name]] for name in rare)

    def address(self, **changes: str) -> str:
        """The query string of this search with `changes`; values that mean the default are left out."""
        values = {**self.values, **changes}
        return "?" + urlencode({name: value for name, value in values.items() if value != _DEFAULTS[WORDS[name]]})

    @property
    def first_page(self) -> str:
        return self.address(cursor="")

    @property
    def last_day(self) -> str:
        return self.address(lookback="24h", start="", end="", cursor="")

    @property
    def last_week(self) -> str:
        return self.address(lookback="7d", start="", end="", cursor="")

    @property
    def without_conditions(self) -> str:
        return self.address(**{name: "" for name in WORDS if name not in _NOT_CONDITIONS}, cursor="")


def read_search(data: QueryDict, now_ns: int) -> SearchForm:
    """The search that an address asks for at `now_ns`. Never raises: what cannot be read is in `errors`.

    Dates without an offset are in the zone that the address names, else in UTC; `values` has them with the offset, so
    that an address made from them means the same to everybody.
    """
    values = {name: clean_name(data.get(name, "")).strip() for name in WORDS}
    values["limit"] = values["limit"] or _DEFAULTS["limit"]
    if values["lookback"] in ("", "custom"):
        values["lookback"] = _DEFAULTS["lookback"]
    for name in ("start", "end"):
        values[name] = place_in_zone(values[name], data.get("zone", ""))
    form = SearchForm(values=values)
    try:
        return replace(form, query=build_query(_words(values), now_ns))
    except InvalidQuery as problem:
        # A condition names its attribute's key: all of those stand in one field.
        return replace(form, errors={_NAMES.get(problem.field, "tags"): str(problem)})


def _words(values: Mapping[str, str]) -> SearchWords:
    texts = {word: values[name] for name, word in WORDS.items() if name != "limit"}
    try:
        limit = int(values["limit"])
    except ValueError:
        raise InvalidQuery("The limit is a whole number.", "limit") from None
    return SearchWords(**texts, limit=limit)
