"""Text of a known width: SVG neither wraps nor cuts, and a server has no fonts to measure with."""

import unicodedata

# Shares of the font size, on the wide side: system fonts differ.
_NARROW = frozenset("iljtfrI.,:;'|!()[]/ -")
_WIDE = frozenset("mwMWQO@%&")
_USUAL_EM, _NARROW_EM, _WIDE_EM, _FULL_EM = 0.57, 0.36, 0.88, 1.05


def measure_px(text: str, size_px: float) -> float:
    """About how wide a text is."""
    return size_px * sum(map(_width_em, text))


def cut_to_fit(text: str, room_px: float, size_px: float) -> str:
    """The text, or as much of its beginning as fits, with an ellipsis."""
    if measure_px(text, size_px) <= room_px:
        return text
    room_em = room_px / size_px - 0.9
    kept = 0
    for char in text:
        room_em -= _width_em(char)
        if room_em < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def _width_em(char: str) -> float:
    if char in _NARROW:
        return _NARROW_EM
    if char in _WIDE:
        return _WIDE_EM
    if unicodedata.combining(char):
        return 0.0
    if char.isascii():
        return _USUAL_EM if not char.isupper() else 0.72
    return _FULL_EM if unicodedata.east_asian_width(char) in "WF" else 0.72
