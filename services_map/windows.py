"""The window of a page: how far back, or from when to when, in the words of the search form."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext

from traces.domain.errors import InvalidQuery
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND, SearchWords, build_query
from traces.domain.span import clean_name
from traces.forms import LOOKBACKS
from traces.words import iso
from traces.zones import place_in_zone

DEFAULT_LOOKBACK = "1h"
# Roll-ups are kept longer than spans are searched.
LABELS = LOOKBACKS | {"30d": "Last 30 days", "90d": "Last 90 days", "365d": "Last 365 days"}
LONGEST_NS = 3_653 * 86_400 * NS_PER_SECOND
_WORDS = ("lookback", "start", "end")
# Where somebody was in a list: it has no meaning in another window.
_PLACES = {"cursor", "page"}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookback:
    """A choice of the form."""

    label: str
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowForm:
    """What an address asks for at `now_ns`.

    `values` are lookback, start and end as in the address. `window` can always be used: it ends at `now_ns` at the
    latest, unless all of it is in the future; where `error` says that the words cannot be read, it is the last hour.
    `others` are the other parameters of the address.
    """

    values: Mapping[str, str]
    window: Window
    now_ns: int
    error: str = ""
    carried: Mapping[str, str] = field(default_factory=dict)
    others: tuple[tuple[str, str], ...] = ()

    @property
    def is_relative(self) -> bool:
        """Whether the same address means another window in a while."""
        return not any(
            text and not text.startswith(("now", "-")) for text in (self.values["start"], self.values["end"])
        )

    @property
    def is_future(self) -> bool:
        """Whether nothing of the window has come yet."""
        return self.window.start_ns > self.now_ns

    @property
    def label(self) -> str:
        """`Last hour`, `Last 90m`; empty between a start and an end."""
        if self.carried.get("start") or self.carried.get("end"):
            return ""
        lookback = self.carried.get("lookback", DEFAULT_LOOKBACK)
        return LABELS.get(lookback) or gettext("Last %(time)s") % {"time": lookback}

    @property
    def before(self) -> Window:
        """The equally long window just before."""
        start_ns, end_ns = self.window.start_ns, self.window.end_ns
        return Window(start_ns=2 * start_ns - end_ns, end_ns=start_ns)

    def address(self, **changes: str) -> str:
        """The query string of this page with `changes` (empty: without it); a default is left out."""
        values = [(name, value) for name, value in self.others if name not in changes]
        values += ({**self.carried, **changes}).items()
        return "?" + urlencode([(name, value) for name, value in values if _is_said(name, value)])

    def link(self, **fields: str) -> str:
        """The query string of another page for the same window, with its own `fields`."""
        return replace(self, others=()).address(**fields)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What a form of this page keeps in hidden fields."""
        values = [*self.others, *self.carried.items()]
        return [(name, value) for name, value in values if _is_said(name, value)]

    @property
    def lookbacks(self) -> list[Lookback]:
        return [
            Lookback(label=label, address=self._back(lookback), is_chosen=self.label == label)
            for lookback, label in LABELS.items()
        ]

    @property
    def previous(self) -> str:
        """The address of the equally long window before; empty before 1970."""
        start_s, length_s = self._seconds()
        return self._between(start_s - length_s, start_s) if start_s >= length_s else ""

    @property
    def next(self) -> str:
        """The address of the equally long window after: the latest, where that almost reaches now; empty after it."""
        start_s, length_s = self._seconds()
        end_s = start_s + 2 * length_s
        if self.window.end_ns >= self.now_ns:
            return ""
        if (end_s + length_s // 20) * NS_PER_SECOND >= self.now_ns:
            return self._back(spell_lookback(length_s))
        return self._between(start_s + length_s, end_s)

    @property
    def frozen(self) -> str:
        """The address of this very window, now and later."""
        start_s, length_s = self._seconds()
        return self._between(start_s, start_s + length_s)

    def around(self, moment: Window) -> str:
        """The address of the equally long window that ends with `moment`."""
        _, length_s = self._seconds()
        end_s = -(-moment.end_ns // NS_PER_SECOND)
        return self._between(max(0, end_s - length_s), end_s)

    def _seconds(self) -> tuple[int, int]:
        """Start and length in whole seconds."""
        length_s = math.ceil((self.window.end_ns - self.window.start_ns) // 1_000 / 1_000_000)
        return self.window.start_ns // NS_PER_SECOND, max(1, length_s)

    def _between(self, start_s: int, end_s: int) -> str:
        return self.address(lookback="", start=spell_second(start_s), end=spell_second(end_s))

    def _back(self, lookback: str) -> str:
        return self.address(lookback=lookback, start="", end="")


def read_window(data: QueryDict, now_ns: int) -> WindowForm:
    """The window that an address asks for at `now_ns`; the last hour where it names none. Never raises.

    Dates without an offset are in the zone that the address names, else in UTC; `values` has them with the offset.
    """
    values = {name: clean_name(data.get(name, "")).strip() for name in _WORDS}
    if values["lookback"] in ("", "custom"):
        values["lookback"] = DEFAULT_LOOKBACK
    for name in ("start", "end"):
        values[name] = place_in_zone(values[name], data.get("zone", ""))
    form = WindowForm(
        values=values,
        window=build_query(SearchWords(lookback=DEFAULT_LOOKBACK), now_ns).window,
        now_ns=now_ns,
        others=_list_others(data),
    )
    try:
        words = SearchWords(lookback=values["lookback"], start=values["start"], end=values["end"])
        asked = build_query(words, now_ns).window
    except InvalidQuery as problem:
        return replace(form, error=str(problem))
    window, error = _limit(asked, now_ns)
    return replace(form, window=window, error=error, carried=_carry(values))


def _list_others(data: QueryDict) -> tuple[tuple[str, str], ...]:
    names = [name for name in data if name not in _PLACES and name not in _WORDS and name != "zone"]
    return tuple((clean_name(name), clean_name(value)) for name in names for value in data.getlist(name) if value)


def _carry(values: Mapping[str, str]) -> Mapping[str, str]:
    """The words that another address needs; how far back says nothing beside a start."""
    return {**values, "lookback": ""} if values["start"] else values


def _is_said(name: str, value: str) -> bool:
    return bool(value) and (name, value) != ("lookback", DEFAULT_LOOKBACK)


def _limit(asked: Window, now_ns: int) -> tuple[Window, str]:
    """What can be shown of a window, and a sentence where that is less than was asked."""
    if asked.start_ns > now_ns:
        return asked, gettext("This window is in the future: there is nothing in it yet.")
    end_ns = min(asked.end_ns, now_ns + 1)
    if end_ns - asked.start_ns <= LONGEST_NS:
        return Window(start_ns=asked.start_ns, end_ns=end_ns), ""
    return (
        Window(start_ns=end_ns - LONGEST_NS, end_ns=end_ns),
        gettext("A window is ten years at most: these are the last ten of it."),
    )


def spell_lookback(seconds: int) -> str:
    """A length of time in the largest unit that divides it: `90m`, `1d`, `24h` where that is a choice of the form."""
    spelled = [f"{seconds // size}{unit}" for size, unit in _UNITS if seconds % size == 0]
    return next((text for text in spelled if text in LABELS), spelled[0])


def spell_second(second: int) -> str:
    """`2026-11-22T03:10:00Z`"""
    return f"{iso(second * NS_PER_SECOND)[:19]}Z"
