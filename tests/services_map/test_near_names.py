"""Who writes a name that does not exist is told which ones do."""

import pytest

from services_map.domain.near_names import find_near

NAMES = ["checkout", "checkout-api", "payment", "stock", "cart"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("check", ["checkout", "checkout-api"]),
        ("Payment ", ["payment"]),
        ("chekcout", ["checkout", "checkout-api"]),
        ("stok", ["stock"]),
        ("zzz", []),
        ("", []),
        ("x" * 100_000, []),
    ],
)
def test_names_that_contain_it_come_before_those_that_look_like_it(text: str, expected: list[str]) -> None:
    assert find_near(text, NAMES) == expected


def test_a_name_is_told_once_and_not_too_many_of_them() -> None:
    assert find_near("a", ["ab", "ab", "ac", "ad", "ae", "af", "ag"]) == ["ab", "ac", "ad", "ae", "af"]
