"""The controls of the map, all of them addresses, and the sentences above it."""

from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from services_map.domain.map.map_view import Direction, MapView
from services_map.domain.summary import MapFigures
from services_map.pages.map.drawing.shades import Colour
from services_map.pages.map.form import MAX_HOPS, MapForm
from traces.words import count


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An address in words; `is_chosen` where the page is that already."""

    words: str
    address: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """By what they change."""

    shown: list[Way]
    colours: list[Way]
    forms: list[Way]
    live: Way
    hops: list[Way]
    directions: list[Way]


def list_controls(form: MapForm, view: MapView) -> Controls:
    """Everything that can be changed with a click. What is selected stays so only where it is still shown."""
    unhealthy = ngettext("Unhealthy only (%(number)s)", "Unhealthy only (%(number)s)", view.unhealthy_links)
    shown = [
        Way(words=gettext("All"), address=form.whole, is_chosen=not (form.only_unhealthy or form.focus)),
        Way(
            words=unhealthy % {"number": count(view.unhealthy_links)},
            address=form.address(show="unhealthy", focus="", hops="", direction=""),
            is_chosen=form.only_unhealthy,
        ),
    ]
    return Controls(
        shown=shown,
        colours=_list_colours(form),
        forms=[
            Way(words=gettext("Map"), address=form.address(view="", sort=""), is_chosen=not form.is_table),
            Way(words=gettext("As a table"), address=form.address(view="table"), is_chosen=form.is_table),
        ],
        live=Way(
            words=gettext("Live"), address=form.address(live="" if form.is_live else "on"), is_chosen=form.is_live
        ),
        hops=_list_hops(form),
        directions=_list_directions(form),
    )


def _list_colours(form: MapForm) -> list[Way]:
    words = {Colour.ERRORS: gettext("Errors"), Colour.P95: gettext("p95 change"), Colour.RATE: gettext("Rate")}
    return [
        Way(
            words=text,
            address=form.address(colour="" if colour is Colour.ERRORS else colour.value),
            is_chosen=colour is form.colour,
        )
        for colour, text in words.items()
    ]


def _list_hops(form: MapForm) -> list[Way]:
    return [
        Way(words=str(hops), address=form.address(hops="" if hops == 1 else str(hops)), is_chosen=hops == form.hops)
        for hops in range(1, MAX_HOPS + 1)
    ]


def _list_directions(form: MapForm) -> list[Way]:
    words = {
        Direction.BOTH: gettext("both ways"),
        Direction.CALLERS: gettext("callers"),
        Direction.CALLEES: gettext("callees"),
    }
    return [
        Way(
            words=text,
            address=form.address(direction="" if direction is Direction.BOTH else direction.value),
            is_chosen=direction is form.direction,
        )
        for direction, text in words.items()
    ]


def say_what_is_shown(form: MapForm, view: MapView, figures: MapFigures) -> list[str]:
    """How much there is, what is left out, and how far the numbers can be trusted."""
    nodes, links = len(view.nodes), len(view.edges) + len(view.loops)
    said = [
        ngettext("%(number)s node", "%(number)s nodes", nodes) % {"number": count(nodes)},
        ngettext("%(number)s link", "%(number)s links", links) % {"number": count(links)},
    ]
    if view.hidden_nodes:
        left_out = ngettext("%(number)s node left out", "%(number)s nodes left out", view.hidden_nodes)
        said.append(left_out % {"number": count(view.hidden_nodes)})
    if not links and nodes:
        said.append(gettext("no calls between them were seen"))
    if form.find:
        found = sum(form.find.casefold() in shown.node.name.casefold() for shown in view.nodes)
        said.append(ngettext("%(number)s found", "%(number)s found", found) % {"number": count(found)})
    if any(link.figures.is_weighted for link in figures.links):
        said.append(gettext("estimated from sampled spans"))
    return said


def list_more(form: MapForm, view: MapView) -> list[Way]:
    """Ways to what is left out or folded."""
    more = []
    if view.rare_links:
        words = ngettext("%(number)s rare link: show it", "%(number)s rare links: show them", view.rare_links)
        more.append(Way(words=words % {"number": count(view.rare_links)}, address=form.address(rare="on")))
    elif form.shows_rare:
        more.append(Way(words=gettext("Leave rare links out"), address=form.address(rare="")))
    if view.is_grouped:
        more.append(Way(words=gettext("Every node by itself"), address=form.address(groups="off", expand="")))
    elif form.are_groups_off:
        more.append(Way(words=gettext("In groups"), address=form.address(groups="")))
    if form.expanded and not form.are_groups_off:
        more.append(Way(words=gettext("Close all groups"), address=form.address(expand="")))
    return more
