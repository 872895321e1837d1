"""Which names somebody may have meant who wrote one that does not exist."""

from collections.abc import Collection
from difflib import get_close_matches
from itertools import islice
from typing import Final

from traces.domain.ranking import Fit, rank

MAX_NEAR: Final = 5
# Comparing letter by letter takes some 10 µs a name.
_MOST_COMPARED: Final = 2_000
_MAX_CHARS: Final = 200


def find_near(text: str, names: Collection[str]) -> list[str]:
    """Names that contain the text, then those that are written nearly like it; at most MAX_NEAR."""
    text = text[:_MAX_CHARS]
    parts = [name for _, name in rank(text, dict.fromkeys(names), Fit.PART)[:MAX_NEAR]]
    alike = get_close_matches(text, list(islice(dict.fromkeys(names), _MOST_COMPARED)), MAX_NEAR)
    return list(dict.fromkeys([*parts, *alike]))[:MAX_NEAR]
