"""Which of many names was meant by what somebody typed. Pure."""

import re
from collections.abc import Iterable
from enum import IntEnum


class Fit(IntEnum):
    """How a name fits, best first. Up to WORD it is likely that it was meant."""

    WHOLE = 0
    START = 1
    WORD = 2
    PART = 3
    LETTERS = 4


def rank(text: str, names: Iterable[str], worst: Fit = Fit.LETTERS) -> list[tuple[Fit, str]]:
    """The names that fit, best first, then short ones first. Case does not matter; nothing fits empty text."""
    wanted = text.strip().casefold()
    found = ((fit_of(wanted, name.casefold()), name) for name in names) if wanted else ()
    kept = [(fit, name) for fit, name in found if fit is not None and fit <= worst]
    return sorted(kept, key=lambda pair: (pair[0], len(pair[1]), pair[1]))


def fit_of(wanted: str, name: str) -> Fit | None:
    """How `name` fits, both in one case: `chk` by its letters in that order to `checkout`."""
    position = name.find(wanted)
    if position == 0:
        return Fit.WHOLE if name == wanted else Fit.START
    if position > 0:
        return Fit.WORD if re.search(rf"[\W_]{re.escape(wanted)}", name) else Fit.PART
    letters = iter(name)
    return Fit.LETTERS if all(letter in letters for letter in wanted) else None
