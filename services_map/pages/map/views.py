"""The dependency map: the page, and the pieces of it that are asked for later."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from services_map import reading
from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.errors import ServiceNotFound
from services_map.domain.map.health import judge
from services_map.domain.map.map_view import MapView, ShownEdge, ShownNode, choose
from services_map.domain.summary import MapFigures
from services_map.pages.map.card import (
    Fact,
    LinkCard,
    NodeCard,
    draw_facts,
    draw_link_card,
    draw_node_card,
    search_address,
)
from services_map.pages.map.controls import list_controls, list_more, say_what_is_shown
from services_map.pages.map.drawing.drawing import draw_map
from services_map.pages.map.drawing.look import Look
from services_map.pages.map.form import MapForm, read_map_form
from services_map.pages.map.legend import describe_legend
from services_map.pages.map.nothing import describe_nothing, say_lag
from services_map.pages.map.table import list_headings, list_rows
from services_map.reading.cards import find_link_examples, load_link_series
from services_map.reading.kept_layouts import load_layout
from traces.span_views import fragment
from traces.storage.base import DEFAULT_PROJECT
from traces.views import page


@page
def show_map(request: HttpRequest) -> HttpResponse:
    """The map of a window, or its table; beside it what the address selects."""
    form = read_map_form(request.GET, time.time_ns())
    figures, view = _load(form)
    context = {
        **_draw(form, figures, view),
        **_card(form, figures, view),
        **describe_legend(form.colour),
        "controls": list_controls(form, view),
        "view": view,
        "names": sorted({node.name for node in figures.nodes}),
    }
    is_refused = form.window_form.error and not form.window_form.carried
    return render(request, "services_map/map.html", context, status=400 if is_refused else 200)


@fragment
def show_drawing(request: HttpRequest) -> HttpResponse:
    """The drawing or the table alone, as it is now."""
    form = read_map_form(request.GET, time.time_ns())
    response = render(request, "services_map/_drawn.html", _draw(form, *_load(form)))
    response["Cache-Control"] = "no-store"
    return response


@fragment
def show_card(request: HttpRequest) -> HttpResponse:
    """The card of the node or link that the address selects, alone."""
    form = read_map_form(request.GET, time.time_ns())
    response = render(request, "services_map/_card.html", _card(form, *_load(form)))
    response["Cache-Control"] = "private, no-cache"
    return response


def _load(form: MapForm) -> tuple[MapFigures, MapView]:
    figures = reading.load_links(
        DEFAULT_PROJECT, form.window_form.window, form.window_form.before, form.window_form.now_ns
    )
    view = choose(
        figures,
        focus=form.focus,
        hops=form.hops,
        direction=form.direction,
        only_unhealthy=form.only_unhealthy,
        opened=form.expanded,
        is_grouped=False if form.are_groups_off else None,
        show_rare=form.shows_rare,
    )
    return figures, view


def _draw(form: MapForm, figures: MapFigures, view: MapView) -> dict[str, object]:
    context: dict[str, object] = {
        "form": form,
        "window_form": form.window_form,
        "figures": figures,
        "said": say_what_is_shown(form, view, figures),
        "lag": say_lag(form),
        "more": list_more(form, view),
    }
    if not view.nodes:
        return context if figures.nodes else {**context, **describe_nothing(form)}
    if form.is_table:
        edges = [*view.edges, *view.loops.values()]
        return {**context, "headings": list_headings(form), "rows": list_rows(edges, form)}
    pairs = [(edge.caller, edge.callee) for edge in view.edges]
    look = Look(colour=form.colour, find=form.find, selection=form.selection, node=form.node, link=form.link)
    layout = load_layout(DEFAULT_PROJECT, [shown.node for shown in view.nodes], pairs, form.is_whole)
    return {**context, "drawing": draw_map(view, layout, figures.slots, look)}


def _card(form: MapForm, figures: MapFigures, view: MapView) -> dict[str, object]:
    card: NodeCard | LinkCard | None = None
    searches = ""
    if form.link:
        card = _link_card(form, form.link, figures, view)
    elif form.node:
        card = _node_card(form, form.node, figures, view)
        searches = search_address(form, form.node.name) if form.node.kind is NodeKind.SERVICE else ""
    return {"form": form, "window_form": form.window_form, "card": card, "search_address": searches}


def _node_card(form: MapForm, node: Node, figures: MapFigures, view: MapView) -> NodeCard:
    shown = next((each for each in view.nodes if each.node == node), None)
    edges = [edge for edge in (*view.edges, *view.loops.values()) if node in (edge.caller, edge.callee)]
    facts = _load_facts(form, shown, edges) if shown else []
    return draw_node_card(node, shown, edges, facts, figures.slots, form)


def _load_facts(form: MapForm, shown: ShownNode, edges: list[ShownEdge]) -> list[Fact]:
    """Of a service by its own spans, where it sends any; of others as those who call them see them."""
    asked, node = form.window_form, shown.node
    if shown.figures is None:
        return []
    if node.kind is NodeKind.SERVICE:
        try:
            own = reading.load_subject(DEFAULT_PROJECT, asked.window, asked.before, node.name, now_ns=asked.now_ns)
        except ServiceNotFound:
            # It is called and sends no spans: its callers know how it runs.
            pass
        else:
            return draw_facts(own.figures, own.before, judge(own.figures, own.before), own.series)
    links = [number for edge in edges if edge.callee == node for number in edge.link_ids]
    has_series = links and node.kind is not NodeKind.GROUP
    series = load_link_series(DEFAULT_PROJECT, asked.window, links, asked.now_ns) if has_series else None
    return draw_facts(shown.figures, shown.before, shown.health, series)


def _link_card(form: MapForm, pair: tuple[Node, Node], figures: MapFigures, view: MapView) -> LinkCard:
    edge = next((each for each in (*view.edges, *view.loops.values()) if (each.caller, each.callee) == pair), None)
    if edge is None:
        return draw_link_card(pair, None, None, [], figures.slots, form)
    window, now_ns = form.window_form.window, form.window_form.now_ns
    series = load_link_series(DEFAULT_PROJECT, window, edge.link_ids, now_ns)
    examples = find_link_examples(DEFAULT_PROJECT, window, edge.link_ids, now_ns)
    return draw_link_card(pair, edge, series, examples, figures.slots, form)
