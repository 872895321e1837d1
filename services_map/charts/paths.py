"""Paths of SVG from points, in as few characters as a pixel needs."""

from collections.abc import Iterable, Sequence

#: Units of a drawing from its left edge to its right one.
WIDTH = 600
#: Pixels from its upper edge to its lower one.
HEIGHT = 160

Point = tuple[float, float]


def write(value: float) -> str:
    """One digit behind the point, if any: a tenth of a pixel."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def percent(share: float) -> str:
    """A share of the width for an attribute of SVG, without its sign."""
    return f"{100 * share:.2f}".rstrip("0").rstrip(".")


def split_runs(points: Iterable[Point | None]) -> list[list[Point]]:
    """What stands between gaps (None)."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def polyline(points: Iterable[Point | None]) -> str:
    """A line through points with gaps at None. A point alone is none of it: `dots` has it."""
    return "".join(_trace(run) for run in split_runs(points) if len(run) > 1)


def dots(points: Iterable[Point | None]) -> str:
    """Points between two gaps, as lines of no length: round caps make them dots."""
    return "".join(f"M{write(run[0][0])} {write(run[0][1])}h0" for run in split_runs(points) if len(run) == 1)


def _trace(run: Sequence[Point]) -> str:
    first, *rest = (f"{write(x)} {write(y)}" for x, y in run)
    return f"M{first}L{' '.join(rest)}"


def area(upper: Sequence[Point], lower: Sequence[Point]) -> str:
    """What lies between two lines; empty for nothing."""
    if not upper:
        return ""
    corners = " ".join(f"{write(x)} {write(y)}" for x, y in (*upper, *reversed(lower)))
    return f"M{corners}z"
