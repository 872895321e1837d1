"""Imports a file: looked through as a whole, then handed on to the collector in batches."""

from typing import BinaryIO

from traces.ingest.files.outcome import Preview, Report
from traces.ingest.files.preview import Progress


def import_file(
    file: BinaryIO, name: str, *, shift_ns: int = 0, on_progress: Progress = lambda done, total: None
) -> Report:
    """Look a file through, then have the collector commit its spans, every time in them moved by `shift_ns`.

    Progress counts the file's bytes twice: once for the look, once for the sending. Raises PayloadRejected and
    PayloadTooLarge as `preview_file` does, before anything is sent. Raises StoreUnavailable if the collector does not
    take the spans even after several attempts; the sentence says how many it has, and the file can be imported again.
    """
    raise NotImplementedError


def shift_to_now(preview: Preview, now_ns: int) -> int:
    """The nanoseconds to add so that the file's latest span ends now; 0 if no span says when it was."""
    return now_ns - preview.end_ns if preview.end_ns else 0
