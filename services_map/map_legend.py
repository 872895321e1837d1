"""What the signs of the map mean, with the numbers from which on they are set."""

from django.utils.translation import gettext

from services_map.map_drawing.shades import Colour
from services_map.map_drawing.shapes import Shape, shape_of
from services_map.map_drawing.wording import KIND_WORDS

_WIDTHS = ((1, "< 1/s"), (2, "1/s"), (3, "2/s"), (4, "4/s"), (5, "≥ 8/s"))


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
            ("slower", "▲", gettext("×1.5 and more")),
            ("much-slower", "▲", gettext("×3 and more")),
            ("faster", "", gettext("×0.67 and less")),
        ]
    return [
        ("", "", gettext("up to 1 % fail")),
        ("some", "!", gettext("more than 1 %")),
        ("many", "✕", gettext("more than 5 %")),
    ]


def _say_rules() -> str:
    return gettext(
        "Errors and times are judged against the window before, where there were enough calls in it, and only marked"
        " where chance does not explain them. “p95 ×3.1” before an arrowhead: the p95 is 3.1 times what it was. "
        "The ten busiest links say calls a second, errors and p95."
    )
