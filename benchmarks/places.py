"""Where the benchmarks keep things: outside the repository, as peers and their data are no part of it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("TRACING_UI_BENCHMARKS_DIR", "") or Path.home() / ".cache" / "tracing-ui-benchmarks")
CACHE = HOME / "bodies"
RESULTS = HOME / "results"


@contextmanager
def fresh_directory(name: str) -> Iterator[Path]:
    """An empty directory that goes with the block."""
    runs = HOME / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=runs))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
