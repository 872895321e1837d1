"""Disks that are small, full or slow."""

import errno
import resource
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PIECE_BYTES = 1024 * 1024


@contextmanager
def small_disk(directory: Path, size_bytes: int) -> Iterator[Path]:
    """A file system of its own in memory, at `directory`. Skips the test where none may be mounted."""
    directory.mkdir(mode=0o777)
    directory.chmod(0o777)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tracing-ui-tests", str(directory)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"Only who may mount a file system can fill one: {done.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def limit_file_size(size_bytes: int, pids: Iterable[int]) -> None:
    """No file of these processes may become larger: writes beyond fail, as on a full disk."""
    for pid in pids:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size_bytes, hard))


def leave_room(file: Path, size_bytes: int) -> None:
    """Fill the disk on which `file` is but for that much, or to its end where somebody else writes meanwhile.

    Removing the file makes room again.
    """
    with file.open("wb", buffering=0) as filler:
        try:
            while (room := shutil.disk_usage(file.parent).free - size_bytes) > 0:
                filler.write(bytes(min(room, _PIECE_BYTES)))
        except OSError as problem:
            if problem.errno != errno.ENOSPC:
                raise


def slow_disk(directory: Path, milliseconds: int) -> dict[str, str]:
    """The environment in which every third fsync of a process takes so long. Skips the test without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("Only with a C compiler (cc) can fsync be made slow.")
    source, library = directory / "slow.c", directory / "slow.so"
    source.write_text(_SLOW_SYNC.replace("MILLISECONDS", str(milliseconds)))
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}


_SLOW_SYNC = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_now_and_then(void) {
  static int calls = 0;
  struct timespec time = {MILLISECONDS / 1000, MILLISECONDS % 1000 * 1000000L};
  if (__sync_add_and_fetch(&calls, 1) % 3 == 0) nanosleep(&time, 0);
}

int fsync(int file) {
  wait_now_and_then();
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}

int fdatasync(int file) {
  wait_now_and_then();
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
"""
