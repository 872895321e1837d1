"""Imports a file: looked through as a whole, then handed on to the collector in portions."""

from typing import BinaryIO

from django.conf import settings

from traces.domain.errors import StoreUnavailable
from traces.ingest.files.opening import open_plain
from traces.ingest.files.outcome import BrokenOff, Preview, Problem, Report
from traces.ingest.files.preview import look_through
from traces.ingest.files.progress import Progress, no_progress, part_of
from traces.ingest.files.reading import iterate_portions
from traces.ingest.files.sending import send_portion
from traces.ingest.files.tally import Problems

# Of the time that it takes.
_UNPACKED, _LOOKED_THROUGH = 0.05, 0.4


def import_file(
    file: BinaryIO,
    name: str,
    *,
    shift_ns: int = 0,
    ends_ns: int | None = None,
    on_progress: Progress = no_progress,
) -> Report:
    """Look a file through, then have the collector commit its spans, every time in them moved by `shift_ns`, or so that
    the latest span ends at `ends_ns`.

    Raises PayloadRejected and PayloadTooLarge as `preview_file` does, before anything is sent. Raises BrokenOff
    if the collector does not take the spans even after several attempts; the sentence says how many it has, and the
    file can be imported again. Raises StoreUnavailable if there is no room to unpack it.
    """
    with open_plain(file, settings.IMPORT_MAX_BYTES, part_of(on_progress, 0, _UNPACKED)) as (plain, size):
        begin = _UNPACKED if plain is not file else 0
        preview = look_through(plain, size, name, part_of(on_progress, begin, _LOOKED_THROUGH))
        if ends_ns is not None:
            shift_ns = shift_to_now(preview, ends_ns)
        return _send_all(plain, size, name, preview, shift_ns, part_of(on_progress, _LOOKED_THROUGH, 1))


def shift_to_now(preview: Preview, now_ns: int) -> int:
    """The nanoseconds to add so that the file's latest span ends now; 0 if no span says when it was."""
    return now_ns - preview.end_ns if preview.end_ns else 0


def _send_all(plain: BinaryIO, size: int, name: str, preview: Preview, shift_ns: int, on_progress: Progress) -> Report:
    problems, sent, stored = Problems(), 0, 0
    for portion in iterate_portions(plain, size, name, on_progress):
        problems.add(portion.problems)
        try:
            handed = send_portion(portion, shift_ns)
        except StoreUnavailable as problem:
            raise BrokenOff(problem, stored, preview.span_count) from None
        if handed.message:
            problems.add([Problem(where="", reason=handed.message)])
        sent += portion.span_count
        stored += portion.span_count - handed.rejected
    return Report(
        preview=preview,
        spans_sent=sent,
        spans_stored=stored,
        problems=tuple(problems.first),
        problem_count=problems.count,
    )
