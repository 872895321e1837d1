"""The resolutions of roll-ups: every span is counted at all of them at once, so that a window is a plain sum."""

from typing import Final

MINUTE: Final = 60
TEN_MINUTES: Final = 600
HOUR: Final = 3_600
DAY: Final = 86_400
#: In seconds; each divides the next.
LEVELS: Final = (MINUTE, TEN_MINUTES, HOUR, DAY)


def align_down(moment_s: int, level_s: int) -> int:
    """The start of the slot (UTC) that a moment falls into, both in seconds since 1970."""
    return moment_s - moment_s % level_s


def align_up(moment_s: int, level_s: int) -> int:
    """The first start of a slot that is not before a moment."""
    return -(-moment_s // level_s) * level_s
