"""The views of a trace: who draws one registers it when the product starts, in whichever package it is at home."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from traces.domain.trace import Trace

WATERFALL = "waterfall"
# In the order of their tabs; the keys 1 to 7 lead to them.
NAMES = (WATERFALL, "flame", "graph", "table", "summary", "events", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceView:
    """`title` may be lazy. `template` draws it as a fragment from `shown`, which `make_context` makes.

    That reads parameters of the request. What makes no sense in those is left out or said in a sentence of the
    fragment; StoreUnavailable may be raised.
    """

    name: str
    title: Promise | str
    template: str
    make_context: Callable[[HttpRequest, Trace], Mapping[str, object]]


_views: dict[str, TraceView] = {}


def register(view: TraceView) -> None:
    """Under its name, which is one of NAMES."""
    if view.name not in NAMES[1:]:
        raise ValueError(f"{view.name} is no name of a view")
    _views[view.name] = view


def list_views() -> list[TraceView]:
    """All but the waterfall, in the order of their tabs."""
    return [_views[name] for name in NAMES if name in _views]


def find_view(name: str) -> TraceView | None:
    """None for the waterfall, and for what there is not."""
    return _views.get(name)
