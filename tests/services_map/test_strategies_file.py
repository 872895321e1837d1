"""The file of strategies on its disk: it changes, breaks and goes away while services ask."""

import os
from pathlib import Path

import pytest

from services_map.domain.sampling.file_format import FileOfStrategies, parse_strategies
from services_map.sampling import strategies_file
from services_map.sampling.strategies_file import StrategiesFile

HALF = '{"default_strategy": {"type": "probabilistic", "param": 0.5}}'
TENTH = '{"default_strategy": {"type": "probabilistic", "param": 0.1}}'
PREFIX = "SAMPLING_STRATEGIES_FILE cannot be followed: "


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "strategies.json"


def write(path: Path, text: str) -> None:
    """As editors and mounts do: another file in its place."""
    other = path.with_suffix(".new")
    other.write_text(text)
    os.replace(other, path)


def read(file: StrategiesFile) -> tuple[float | None, tuple[str, ...]]:
    """The default's probability, and the notes."""
    found = file.load()
    return (found.book[""][""].param if "" in found.book else None), found.notes


def test_it_is_read_again_when_it_changes_and_not_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[bytes] = []

    def parse(text: bytes) -> FileOfStrategies:
        reads.append(text)
        return parse_strategies(text)

    monkeypatch.setattr(strategies_file, "parse_strategies", parse)
    file = StrategiesFile(path)
    write(path, HALF)
    assert read(file) == read(file) == (0.5, ())
    assert len(reads) == 1
    write(path, TENTH)
    assert read(file) == (0.1, ())
    path.write_text(HALF)
    assert read(file) == (0.5, ())


def test_a_broken_one_keeps_what_was_understood_and_says_so(path: Path) -> None:
    file = StrategiesFile(path)
    write(path, HALF)
    file.load()
    write(path, HALF[:-1])
    probability, (note,) = read(file)
    assert probability == 0.5
    assert note.startswith(f"{PREFIX}It is not JSON: ")
    assert note.endswith(" What it said before holds.")
    assert read(file) == (0.5, (note,))
    write(path, TENTH)
    assert read(file) == (0.1, ())


def test_one_that_goes_away_keeps_what_was_understood_until_it_is_there_again(path: Path) -> None:
    file = StrategiesFile(path)
    write(path, HALF)
    file.load()
    path.unlink()
    assert read(file) == (0.5, (f"{PREFIX}No such file or directory. What it said before holds.",))
    write(path, HALF)
    assert read(file) == (0.5, ())


def test_one_that_was_never_there_decides_nothing(path: Path) -> None:
    file = StrategiesFile(path)
    assert read(file) == (None, (f"{PREFIX}No such file or directory. Until it can, it decides nothing.",))
    path.write_text(HALF)
    assert read(file) == (0.5, ())


def test_a_directory_or_a_pipe_is_no_file(path: Path, tmp_path: Path) -> None:
    note = f"{PREFIX}It is no file. Until it can, it decides nothing."
    assert read(StrategiesFile(tmp_path)) == (None, (note,))
    os.mkfifo(path)
    assert read(StrategiesFile(path)) == (None, (note,))
    assert read(StrategiesFile(Path("/dev/zero"))) == (None, (note,))


def test_a_name_that_no_file_has_is_none(tmp_path: Path) -> None:
    for name in ("x" * 5_000, "http://example.org/strategies.json"):
        probability, (note,) = read(StrategiesFile(tmp_path / name))
        assert probability is None
        assert note.startswith(PREFIX)


def test_a_huge_one_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategies_file, "MAX_FILE_BYTES", 100)
    path.write_text(HALF + " " * 100)
    note = f"{PREFIX}It has more than 100 bytes. Until it can, it decides nothing."
    assert read(StrategiesFile(path)) == (None, (note,))


def test_what_it_says_and_cannot_mean_is_noted(path: Path) -> None:
    path.write_text('{"default_strategy": {"type": "magic"}}')
    assert read(StrategiesFile(path)) == (
        None,
        ("default_strategy.type must be “probabilistic” or “ratelimiting”.",),
    )
