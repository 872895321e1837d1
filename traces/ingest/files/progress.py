"""How far the work on a file is."""

from collections.abc import Callable

# Told what is done and the whole, in bytes of the file or a part of them. It may raise to stop the work.
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Tells nobody."""


def part_of(on_progress: Progress, low: float, high: float) -> Progress:
    """For a step of the work that goes from the share `low` to the share `high` of it."""
    return lambda done, total: on_progress(int(total * low + done * (high - low)), total)
