"""What the signs of the map mean, with the numbers from which on they are set."""

from django.utils.translation import gettext

from services_map.domain.map.health import LEAST_CALLS, LEAST_SLOWDOWN, MANY_SHARE, SOME_SHARE
from services_map.pages.map.drawing.drawing import LABELLED
from services_map.pages.map.drawing.shades import FASTER, MUCH_SLOWER, Colour
from services_map.pages.map.drawing.shapes import Shape, shape_of
from services_map.pages.map.drawing.wording import KIND_WORDS, spell_ratio

_RATES = ("< 1/s", "1–8/s", "8–64/s", "64–512/s", "> 512/s")
_WIDTHS = tuple(enumerate(_RATES, 1))


def describe_legend(colour: Colour) -> dict[str, object]:
    """For the template of the legend."""
    shapes: list[tuple[Shape, str]] = [(shape_of(kind), str(words)) for kind, words in KIND_WORDS.items()]
    return {"shapes": shapes, "widths": _WIDTHS, "shades": _list_shades(colour), "rules": _say_rules()}


def _list_shades(colour: Colour) -> list[tuple[str, str, str]]:
    """CSS class, sign, words."""
    if colour is Colour.RATE:
        return [(f"rate-{step}", "", words) for step, words in _WIDTHS]
    if colour is Colour.P95:
        return [
            ("", "", gettext("about as before")),
            ("slower", "▲", gettext("%(times)s and more") % {"times": spell_ratio(LEAST_SLOWDOWN)}),
            ("much-slower", "▲", gettext("%(times)s and more") % {"times": spell_ratio(MUCH_SLOWER)}),
            ("faster", "", gettext("%(times)s and less") % {"times": spell_ratio(FASTER)}),
        ]
    some, many = (f"{share * 100:g} %" for share in (SOME_SHARE, MANY_SHARE))
    return [
        ("", "", gettext("up to %(share)s fail, or no more than before") % {"share": some}),
        ("some", "!", gettext("more than %(share)s, and more than before") % {"share": some}),
        ("many", "✕", gettext("more than %(share)s, and more than before") % {"share": many}),
    ]


def _say_rules() -> str:
    words = gettext(
        "Errors and times are judged against the window before, where there were at least %(calls)s calls in it, and"
        " marked only where 95 of 100 times it is not chance. “p95 %(example)s” before an arrowhead: so many times the"
        " p95 of the window before. The %(labelled)s busiest links say calls a second, errors and p95."
    )
    return words % {"calls": LEAST_CALLS, "example": spell_ratio(3.1), "labelled": LABELLED}
