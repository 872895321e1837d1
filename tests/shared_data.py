"""Real traces of other projects, read where they lie and never copied into this repository."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def find_shared_data(name: str) -> Path:
    """A folder or file of the collection in TRACING_UI_SHARED_DATA; skips the test where it is absent."""
    collection = Path(os.environ.get("TRACING_UI_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    path = collection / name
    if not path.exists():
        pytest.skip(f"{name} is not in {collection}; set TRACING_UI_SHARED_DATA to the collection of real traces")
    return path
