"""What an axis counts: how its ticks are chosen, and how its values read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from traces import words

_LARGE = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_MINUTE_NS, _HOUR_NS, _DAY_NS = 60_000_000_000, 3_600_000_000_000, 86_400_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`spell` makes text of a value. A linear axis begins at 0 and ends at `least` or above, at `most` or below."""

    spell: Callable[[float], str]
    is_log: bool = False
    least: float = 0.0
    most: float = float("inf")
    #: Round numbers are multiples of it.
    unit: float = 1.0


def spell_duration(ns: float) -> str:
    """`4.31 ms`"""
    return words.duration(round(ns))


def spell_share(share: float) -> str:
    """`0 %`, `0.25 %`, `12 %`, `100 %`: two digits, never rounded to all or nothing."""
    if 0 < share < 0.0001:
        return "< 0.01 %"
    if 0.99 < share < 1:
        return f"{int(share * 1000) / 10:.1f} %"
    return f"{_two_digits(100 * share)} %"


def _two_digits(number: float) -> str:
    digits = 0 if number >= 9.95 else 1 if number >= 0.995 else 2
    text = f"{number:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def spell_number(number: float) -> str:
    """Three digits, all of them up to 100,000: `0.25`, `12.5`, `1,204`, `1.25M`."""
    if number >= 99_999.5:
        size, name = next((pair for pair in _LARGE if number >= 0.9995 * pair[0]), _LARGE[-1])
        return f"{number / size:.3g}{name}" if number < 1e18 else f"{number:.0e}"
    if number >= 99.95:
        return words.count(round(number))
    text = f"{number:.3g}"
    return text if "e" not in text else f"{number:.1e}"


#: Nanoseconds.
DURATION = Measure(spell=spell_duration, is_log=True)
#: 0 to 1.
SHARE = Measure(spell=spell_share, least=0.01, most=1.0)
#: Spans, or what they stand for.
COUNT = Measure(spell=spell_number, least=1.0)


def rate_measure(rates: Iterable[float | None]) -> Measure:
    """Of values a second: a second, a minute or an hour, whatever leaves the highest a number of one or more."""
    highest = max((rate for rate in rates if rate is not None), default=0.0)
    unit, name = next((pair for pair in ((1.0, "/s"), (1 / 60, "/min")) if highest >= pair[0]), (1 / 3600, "/h"))
    if not highest:
        unit, name = 1.0, "/s"
    return Measure(spell=lambda rate: spell_number(rate / unit) + name, least=unit, unit=unit)


def _nice_durations() -> tuple[int, ...]:
    small = [factor * 10**power for power in range(11) for factor in (1, 2, 5) if factor * 10**power <= 20_000_000_000]
    minutes = [number * _MINUTE_NS for number in (1, 2, 5, 10, 30)]
    hours = [number * _HOUR_NS for number in (1, 2, 6, 12)]
    days = [factor * 10**power * _DAY_NS for power in range(6) for factor in (1, 2, 5)]
    return tuple(small + minutes + hours + days)


#: 1, 2 and 5 of every power of ten up to 20 s, then minutes, hours and days that people say.
NICE_NS = _nice_durations()
#: The rounder of them, for axes that would have too many.
ROUND_NS = tuple(ns for ns in NICE_NS if str(ns).rstrip("0") == "1" and ns < _MINUTE_NS) + tuple(
    number * unit
    for number, unit in (
        (1, _MINUTE_NS), (10, _MINUTE_NS), (1, _HOUR_NS), (1, _DAY_NS), (10, _DAY_NS), (100, _DAY_NS), (1000, _DAY_NS)
    )
)  # fmt: skip
