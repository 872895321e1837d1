"""Lists of rows as texts: `3,17-20`."""

from collections.abc import Iterable


def spell_rows(rows: Iterable[int]) -> str:
    """Ascending rows; those that follow each other are a range."""
    spelled: list[str] = []
    first = last = -2
    for row in rows:
        if row != last + 1:
            if first >= 0:
                spelled.append(_spell_range(first, last))
            first = row
        last = row
    if first >= 0:
        spelled.append(_spell_range(first, last))
    return ",".join(spelled)


def _spell_range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
