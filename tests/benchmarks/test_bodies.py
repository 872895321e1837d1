"""Recorded requests, and the numbers made of measurements."""

from itertools import islice
from pathlib import Path

import pytest

from benchmarks import bodies
from benchmarks.bodies import make_bodies, map_records, read_records, transcribe_bodies
from benchmarks.report import Target, format_number, markdown_table
from benchmarks.spans import Generator
from benchmarks.statistics import quantile, rates_by_part


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bodies, "CACHE", tmp_path)
    return tmp_path


def test_a_file_has_the_requests_that_the_generator_makes() -> None:
    file = make_bodies(1_000, 64)
    made = list(islice(Generator(1, 64).bodies(), 16))
    assert (file.count, file.byte_count) == (16, sum(len(body.content) for body in made))
    assert list(read_records(file.path)) == made
    assert [bytes(content) for _, content in map_records(file.path, first=14)] == [body.content for body in made[14:]]


def test_a_file_is_made_once_and_its_facts_are_kept() -> None:
    first = make_bodies(10_000, 64)
    written = first.path.stat().st_mtime_ns
    assert make_bodies(10_000, 64) == first
    assert first.path.stat().st_mtime_ns == written
    assert all(0 <= sample.last_body < first.count for sample in first.samples)
    assert first.samples_within(0, first.count)


def test_a_transcription_keeps_the_order_and_the_counts() -> None:
    file = make_bodies(640, 64)
    reversed_path = transcribe_bodies(file, "reversed", lambda body: body[::-1])
    assert [body.content[::-1] for body in read_records(reversed_path)] == [b.content for b in read_records(file.path)]
    assert [body.span_count for body in read_records(reversed_path)] == [64] * 10


def test_a_quantile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [quantile(values, share) for share in (0.0, 0.5, 0.95, 0.99, 1.0)] == [1, 50, 95, 99, 100]
    assert quantile([7.0], 0.95) == 7


def test_rates_are_those_of_equal_parts_of_the_spans() -> None:
    steady = [(0.1 * number, 10) for number in range(1, 101)]
    assert rates_by_part(steady, 10) == pytest.approx([100.0] * 10)
    slower = [(1.0, 100), (2.0, 100), (4.0, 100), (8.0, 100)]
    assert rates_by_part(slower, 4) == pytest.approx([100.0, 100.0, 50.0, 25.0])


@pytest.mark.parametrize(
    ("figure", "wanted", "is_at_most", "verdict"),
    [
        (80_000.0, 60_000.0, False, "met"),
        (45_000.0, 60_000.0, False, "missed by 25%"),
        (150.0, 160.0, True, "met"),
        (200.0, 160.0, True, "missed by 25%"),
        (400.0, 160.0, True, "missed by a factor of 2.5"),
        (None, 4.0, False, "not measured"),
    ],
)
def test_a_target_says_by_how_much_it_was_missed(
    figure: float | None, wanted: float, is_at_most: bool, verdict: str
) -> None:
    assert Target(text="", figure=figure, wanted=wanted, is_at_most=is_at_most).verdict == verdict


def test_numbers_have_three_digits_that_count() -> None:
    assert [format_number(n) for n in (92_345, 1_250_000, 4.251, 0.3129, 512)] == [
        "92,300",
        "1,250,000",
        "4.25",
        "0.313",
        "512",
    ]


def test_columns_of_numbers_stand_to_the_right() -> None:
    assert markdown_table(["what", "ms"], [["a", 1.5], ["b", 20]]).splitlines() == [
        "| what | ms |",
        "| --- | --: |",
        "| a | 1.5 |",
        "| b | 20 |",
    ]
