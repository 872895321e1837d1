"""A file as JSON can be read from it: unpacked if it is packed, and not too large."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.conf import settings

from traces.domain.errors import PayloadRejected, PayloadTooLarge, StoreUnavailable
from traces.ingest.files.progress import Progress
from traces.ingest.files.temporary import has_room, open_temporary

_GZIP_MAGIC = b"\x1f\x8b"
_READ_BYTES = 64 * 1024
# A kilobyte of deflate unpacks to a megabyte at most.
_STEP_BYTES = 4 * 1024
# Block compressors make one for 64 KiB.
_MAX_MEMBERS = 1_000_000
_COME_BACK_SECONDS = 60


@contextmanager
def open_plain(file: BinaryIO, most_bytes: int, on_progress: Progress) -> Iterator[tuple[BinaryIO, int]]:
    """The file, or an unpacked copy of it that is gone afterwards, and its bytes.

    Raises PayloadTooLarge beyond `most_bytes`, PayloadRejected if it cannot be unpacked, StoreUnavailable if there is
    no room for the copy.
    """
    size = _measure(file)
    if size > most_bytes:
        raise _too_large("It is", most_bytes)
    file.seek(0)
    if file.read(2) != _GZIP_MAGIC:
        yield file, size
        return
    with _open_copy() as copy:
        try:
            _unpack(file, copy, size, most_bytes, on_progress)
        except (zlib.error, EOFError) as problem:
            raise PayloadRejected(f"It is not valid gzip: {str(problem) or 'it ends early'}.") from None
        except OSError as problem:
            raise _no_room(problem.strerror) from None
        yield copy, copy.tell()


def _open_copy() -> BinaryIO:
    try:
        return open_temporary()
    except OSError as problem:
        raise _no_room(problem.strerror) from None


def _no_room(reason: str | None) -> StoreUnavailable:
    return StoreUnavailable(f"There is no room to unpack it: {reason}.", _COME_BACK_SECONDS)


def _measure(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)


def _too_large(what: str, most_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"{what} larger than {most_bytes:,} bytes (IMPORT_MAX_BYTES).")


def _unpack(packed: BinaryIO, copy: BinaryIO, size: int, most_bytes: int, on_progress: Progress) -> None:
    """One gzip member after the other, in small steps."""
    packed.seek(0)
    member, members, written, done = zlib.decompressobj(wbits=31), 1, 0, 0
    while block := packed.read(_READ_BYTES):
        for at in range(0, len(block), _STEP_BYTES):
            rest = block[at : at + _STEP_BYTES]
            while rest:
                if member.eof:
                    if not rest.strip(b"\0"):
                        break
                    member, members = zlib.decompressobj(wbits=31), members + 1
                if members > _MAX_MEMBERS:
                    raise PayloadRejected(f"It has more than {_MAX_MEMBERS:,} gzip members.")
                written += copy.write(member.decompress(rest))
                rest = member.unused_data
            if written > most_bytes:
                raise _too_large("Unpacked, it is", most_bytes)
            if not has_room():
                least = f"{settings.DISK_RESERVE_BYTES:,}"
                raise _no_room(f"less than {least} bytes would be left on the disk (DISK_RESERVE_BYTES)")
        done += len(block)
        on_progress(done, size)
    if not member.eof:
        raise EOFError
