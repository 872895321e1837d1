"""The letters of every service can be read on its colour, in both themes (WCAG 2.2, 1.4.3)."""

import re

import pytest

from tests.modules import STATIC

TOKEN = re.compile(r"--([\w-]+): (?:light-dark\((#\w+), (#\w+)\)|(#\w+));")
CHIP = re.compile(r"\.c(\d+) \{ --c: var\(--(s\d+)\); --on: var\(--(on-\w+)\); \}")
SLOTS = 12


def read_tokens() -> dict[str, tuple[str, str]]:
    """Colours in the light and in the dark theme."""
    found = TOKEN.findall((STATIC / "css" / "tokens.css").read_text())
    return {name: (both, both) if both else (light, dark) for name, light, dark, both in found}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_letters_can_be_read_on_the_colour_of_every_service(theme: int) -> None:
    tokens = read_tokens()
    chips = CHIP.findall((STATIC / "css" / "components" / "chip.css").read_text())
    assert [int(slot) for slot, _, _ in chips] == list(range(SLOTS))
    poor = {slot: contrast(tokens[colour][theme], tokens[on][theme]) for slot, colour, on in chips}
    assert {slot: ratio for slot, ratio in poor.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_what_is_drawn_in_charts_stands_out_from_the_background(theme: int) -> None:
    """WCAG 2.2, 1.4.11; the steps of a heatmap go one way, away from the background."""
    tokens = read_tokens()
    background = tokens["bg"][theme]
    tones = [name for name in tokens if name.startswith("chart-") and name[6] != "h"]
    poor = {name: contrast(tokens[name][theme], background) for name in tones}
    assert len(poor) >= 5
    assert {name: ratio for name, ratio in poor.items() if ratio < 3} == {}
    steps = [contrast(tokens[f"chart-h{step}"][theme], background) for step in range(1, 8)]
    assert steps == sorted(steps)
    assert steps[0] > 1.15
    assert steps[-1] > 7


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000", "#fff", 21.0), ("#767676", "#ffffff", 4.54)])
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
