"""Why a map is empty, and where there is something to see."""

from services_map.domain.levels import HOUR
from services_map.domain.summary import MapFigures
from services_map.map_form import MapForm
from services_map.storage.latest import find_latest_slot
from services_map.windows import spell_second
from traces import reading as traces_reading
from traces.domain.search_text import NS_PER_SECOND
from traces.storage.base import DEFAULT_PROJECT


def describe_nothing(form: MapForm, figures: MapFigures) -> dict[str, object]:
    """`is_new` where no span ever came; `last_ns` is the start of the last hour with spans, where that is known."""
    if figures.nodes:
        return {}
    if not traces_reading.list_services(DEFAULT_PROJECT):
        return {"is_new": True}
    last_s = find_latest_slot(DEFAULT_PROJECT)
    if last_s is None:
        return {}
    address = form.window_form.address(lookback="", start=spell_second(last_s), end=spell_second(last_s + HOUR))
    return {"last_ns": last_s * NS_PER_SECOND, "last_address": address}
