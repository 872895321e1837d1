"""Looks a file through without changing anything."""

from typing import BinaryIO

from django.conf import settings

from traces.domain.errors import PayloadRejected
from traces.ingest.files.opening import open_plain
from traces.ingest.files.outcome import Preview
from traces.ingest.files.progress import Progress, no_progress, part_of
from traces.ingest.files.reading import iterate_portions
from traces.ingest.files.tally import Tally

__all__ = ["Progress", "look_through", "preview_file"]

# Of the time that a packed file takes.
_UNPACKING = 0.1


def preview_file(file: BinaryIO, name: str, on_progress: Progress = no_progress) -> Preview:
    """What a file of traces holds: all of it is read, in a stream; `file` can seek, `name` is only for sentences.

    Raises PayloadRejected for a file that is no file of traces, is broken, or holds no span that can be kept, and
    PayloadTooLarge for one of more than IMPORT_MAX_BYTES, packed or unpacked. Both say so in a sentence for people.
    """
    with open_plain(file, settings.IMPORT_MAX_BYTES, part_of(on_progress, 0, _UNPACKING)) as (plain, size):
        return look_through(plain, size, name, part_of(on_progress, _UNPACKING if plain is not file else 0, 1))


def look_through(plain: BinaryIO, size: int, name: str, on_progress: Progress) -> Preview:
    """The same of a file that is unpacked."""
    tally = Tally()
    for portion in iterate_portions(plain, size, name, on_progress):
        tally.add(portion)
    preview = tally.preview()
    if not preview.span_count:
        if not preview.problems:
            raise PayloadRejected("It holds no spans.")
        first = str(preview.problems[0]).rstrip(".")
        raise PayloadRejected(f"No span in it can be kept. {first}.")
    return preview
