"""Files without a name in `VAR_DIR/tmp`: nothing of them stays, even if the process is killed."""

import shutil
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from django.conf import settings


def open_temporary() -> BinaryIO:
    """For what is kept while it is read. Raises OSError."""
    return cast(BinaryIO, TemporaryFile(dir=_make_directory()))


def has_room(size: int = 0) -> bool:
    """Whether DISK_RESERVE_BYTES stay free on that disk, which may be the database's, after `size` more bytes.

    Raises OSError.
    """
    return shutil.disk_usage(_make_directory()).free - size >= settings.DISK_RESERVE_BYTES


def _make_directory() -> Path:
    directory: Path = settings.VAR_DIR / "tmp"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory
