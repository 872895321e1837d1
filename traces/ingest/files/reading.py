"""A file of traces as a stream of portions, whatever its form: found out from its content, not from its name."""

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from traces.domain.errors import PayloadRejected
from traces.ingest.files.cursor import WINDOW_BYTES, Cursor, NotJson
from traces.ingest.files.frames import Frame, SpanText
from traces.ingest.files.outcome import Problem
from traces.ingest.files.portion import Portion
from traces.ingest.files.progress import Progress
from traces.ingest.files.walk import Found, Walk
from traces.ingest.files.wrong_files import refuse_other_json, refuse_what_is_not_json

_HEAD_BYTES = 4096
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Spans of one frame that are translated together.
_MAX_RUN_SPANS = 500
_MAX_RUN_BYTES = 256 * 1024


def iterate_portions(file: BinaryIO, size: int, name: str, on_progress: Progress) -> Iterator[Portion]:
    """All spans of an unpacked file, in its order. Raises PayloadRejected, maybe after portions: the file is wrong."""
    file.seek(0)
    start = len(_BYTE_ORDER_MARK) if file.read(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK else 0
    first = Cursor(file, start, size)
    first.peek()
    file.seek(first.at)
    refuse_what_is_not_json(file.read(_HEAD_BYTES), name)
    walk = Walk()
    if _has_lines(file, start, size):
        yield from _gather(_walk_lines(walk, file, start, size, on_progress))
    else:
        yield from _gather(_walk_documents(walk, file, start, size, on_progress))
    if not walk.has_spans:
        refuse_other_json(walk.other_names)


def _gather(found: Iterable[Found]) -> Iterator[Portion]:
    """Spans that stand in the same frame, one after the other, are translated together; problems keep the order."""
    portion = Portion()
    for run in _runs(found):
        if isinstance(run, Problem):
            portion.problems.append(run)
        else:
            frame, spans = run
            frame.add(spans, portion)
            portion.read_bytes += sum(len(span.text) for span in spans)
        if portion.is_full:
            yield portion
            portion = Portion()
    yield portion


def _runs(found: Iterable[Found]) -> Iterator[tuple[Frame, list[SpanText]] | Problem]:
    around: Frame | None = None
    run, run_bytes = list[SpanText](), 0
    for each in found:
        frame, span = (None, None) if isinstance(each, Problem) else each
        if around and (frame is not around or len(run) >= _MAX_RUN_SPANS or run_bytes >= _MAX_RUN_BYTES):
            yield around, run
            run, run_bytes = [], 0
        around = frame
        if span:
            run.append(span)
            run_bytes += len(span.text)
        elif isinstance(each, Problem):
            yield each
    if around:
        yield around, run


def _walk_documents(walk: Walk, file: BinaryIO, start: int, size: int, on_progress: Progress) -> Iterator[Found]:
    """One value, or several one after the other."""
    cursor = Cursor(file, start, size, lambda at: on_progress(at, size))
    try:
        while cursor.peek() >= 0:
            yield from walk.find_spans(cursor)
    except NotJson as problem:
        raise PayloadRejected(f"It is not JSON: {problem}.") from None
    on_progress(size, size)


def _walk_lines(walk: Walk, file: BinaryIO, start: int, size: int, on_progress: Progress) -> Iterator[Found]:
    """A value a line: one that is wrong costs the others nothing."""
    at = told = start
    for line, cursor, end in _iterate_lines(file, start, size):
        try:
            yield from walk.find_spans(cursor, line)
            if cursor.peek() >= 0:
                yield Problem(where=f"line {line:,}", reason="there is more in it than one value")
        except NotJson as problem:
            yield walk.miss_line(line, str(problem))
        at = end
        if at - told >= WINDOW_BYTES:
            on_progress(at, size)
            told = at
    on_progress(size, size)


def _iterate_lines(file: BinaryIO, start: int, size: int) -> Iterator[tuple[int, Cursor, int]]:
    """The number of each line that is not blank, a cursor for it, and where it ends.

    A short line is read at once, a long one where it lies.
    """
    at, number = start, 0
    file.seek(at)
    while line := file.readline(WINDOW_BYTES):
        number += 1
        end = at + len(line)
        is_whole = line.endswith(b"\n") or end >= size
        if is_whole and not line.isspace():
            yield number, Cursor(io.BytesIO(line), 0, len(line)), end
        elif not is_whole:
            end = _find_line_end(file, at, size)
            yield number, Cursor(file, at, end), end
            file.seek(end)
        at = end


def _has_lines(file: BinaryIO, start: int, size: int) -> bool:
    """Whether the first line is a value and is not the only one."""
    end = _find_line_end(file, start, size)
    if Cursor(file, end, size).peek() < 0:
        return False
    first = Cursor(file, start, end)
    try:
        first.skip()
        return first.peek() < 0
    except NotJson:
        return False


def _find_line_end(file: BinaryIO, at: int, size: int) -> int:
    """The place behind the next line feed, or the end."""
    file.seek(at)
    while block := file.read(WINDOW_BYTES):
        found = block.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(block)
    return size
