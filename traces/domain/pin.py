"""Pinned traces: retention spares them, and a note says why."""

from dataclasses import dataclass

from traces.domain.errors import InvalidQuery, TracingError
from traces.domain.links import TraceFacts

MAX_NOTE_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """That a trace is pinned: since when, and the note, which may be empty."""

    trace_id: bytes
    note: str
    pinned_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelvedTrace:
    """A pin and what its trace is; `facts` is None where its spans could not be kept: their blocks were damaged."""

    pin: Pin
    facts: TraceFacts | None


class TooManyPins(TracingError):
    """No further trace can be pinned before another is let go."""


def parse_note(text: str) -> str:
    """A note as it is kept: a line, without white space around it. Raises InvalidQuery."""
    note = " ".join(text.split())
    if len(note) > MAX_NOTE_CHARS:
        raise InvalidQuery(f"A note has at most {MAX_NOTE_CHARS} characters.", "note")
    if "\x00" in note or any("\ud800" <= character <= "\udfff" for character in note):
        raise InvalidQuery("The note contains a character that cannot be kept.", "note")
    return note
