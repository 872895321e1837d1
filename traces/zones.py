"""Time zones: which one a page shows its times in.

Two cookies say it. `zone` is what was chosen: `local` (or nothing) for the browser's own, `UTC`, or an IANA name;
`browser_zone` is what the browser says its own is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

LOCAL = "local"
UTC = "UTC"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Of the system's files, not of the earth.
_NOT_PLACES = frozenset({"Factory", "localtime"})


@dataclass(frozen=True, slots=True)
class Zone:
    """`choice` is `local`, `UTC` or an IANA name; `name` the IANA name (or `UTC`) that it comes down to."""

    choice: str
    name: str

    @property
    def info(self) -> tzinfo:
        return ZoneInfo(self.name)

    @property
    def place(self) -> str:
        """`Berlin`, `Buenos Aires`, `UTC`."""
        return self.name.rpartition("/")[2].replace("_", " ")


def read_zone(cookies: Mapping[str, str]) -> Zone:
    """The zone that a visitor's cookies ask for; UTC where the browser has not said its own, or nobody knows it."""
    choice = cookies.get("zone", "")
    if choice in _names():
        return Zone(choice, choice)
    own = cookies.get("browser_zone", "")
    return Zone(LOCAL, own if own in _names() else UTC)


def place_in_zone(text: str, zone: str) -> str:
    """A date and time with its offset added, where it has none: `2026-11-22T03:10` is `2026-11-22T03:10:00+01:00`.

    Other text stays as it is, and so does any in a zone that does not exist. What happens twice is the first time.
    """
    if zone not in _names() or not _DATE.match(text.strip()):
        return text
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return text if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)).isoformat()


def find_zone(text: str) -> str:
    """The name of the zone that was typed: `europe/berlin`, `Berlin`, `new york`; empty where none has that name."""
    wanted = "_".join(text.strip().casefold().split())
    names = sorted(_names(), key=lambda name: (len(name), name))
    whole = (name for name in names if name.casefold() == wanted)
    places = (name for name in names if name.casefold().rpartition("/")[2] == wanted)
    return next(whole, None) or next(places, "")


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_PLACES
