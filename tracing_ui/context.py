"""What every page's frame needs. No query: an error page without a database has the same frame."""

import time

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import ngettext

from traces.words import moment
from traces.zones import read_zone

THEMES = ("system", "light", "dark")


def shell(request: HttpRequest) -> dict[str, object]:
    """The theme and the time zone that the visitor chose (cookies), how long spans are kept (empty: for ever), and how
    large files may be.
    """
    theme = request.COOKIES.get("theme", "")
    zone = read_zone(request.COOKIES)
    return {
        "zone": zone,
        "zone_offset": moment(time.time_ns(), zone.info).offset,
        "theme": theme if theme in THEMES else "system",
        "themes": (("system", "◐"), ("light", "☀"), ("dark", "☾")),
        "import_max_bytes": settings.IMPORT_MAX_BYTES,
        "retention": _spell_hours(settings.RETENTION_HOURS),
    }


def _spell_hours(hours: int) -> str:
    """`36 hours`, `7 days`; empty for 0, which means for ever."""
    if not hours:
        return ""
    if hours >= 48 and hours % 24 == 0:
        return ngettext("%(number)d day", "%(number)d days", hours // 24) % {"number": hours // 24}
    return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
