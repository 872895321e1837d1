"""Looks a file through without changing anything."""

from collections.abc import Callable
from typing import BinaryIO

from traces.ingest.files.outcome import Preview

# Told the bytes that are read and the bytes of the file, every few hundred kilobytes. It may raise to stop.
Progress = Callable[[int, int], None]


def preview_file(file: BinaryIO, name: str, on_progress: Progress = lambda done, total: None) -> Preview:
    """What a file of traces holds: all of it is read, in a stream; `file` can seek, `name` is only for sentences.

    Raises PayloadRejected for a file that is no file of traces, is broken, or holds no span that can be kept, and
    PayloadTooLarge for one of more than IMPORT_MAX_BYTES, packed or unpacked. Both say so in a sentence for people.
    """
    raise NotImplementedError
