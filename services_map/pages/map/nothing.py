"""Why a map is empty, and how far its figures lag behind what has arrived."""

from django.utils.translation import ngettext

from services_map.pages.map.form import MapForm
from services_map.reading.freshness import load_last_counted
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from traces.words import ago, count

# Spans are counted every few seconds: only what waits longer is worth a word.
_USUAL_LAG_NS = 60_000_000_000


def describe_nothing(form: MapForm) -> dict[str, object]:
    """What was counted last, and the address of the time around it."""
    last = load_last_counted(DEFAULT_PROJECT, form.window_form.now_ns)
    return {"last": last, "last_address": form.window_form.around(last.newest) if last.newest else ""}


def say_lag(form: MapForm) -> str:
    """A sentence where spans of the window may wait to be counted, else nothing."""
    if not form.window_form.is_relative:
        return ""
    waiting, now_ns = get_store().read_backlog(DEFAULT_PROJECT), form.window_form.now_ns
    oldest_ns = waiting.oldest_received_ns
    if oldest_ns is None or now_ns - oldest_ns < _USUAL_LAG_NS:
        return ""
    words = ngettext(
        "%(number)s span came %(since)s and is not counted yet: figures lag behind.",
        "%(number)s spans are not counted yet, the first came %(since)s: figures lag behind.",
        waiting.spans,
    )
    return words % {"number": count(waiting.spans), "since": ago(oldest_ns, now_ns)}
