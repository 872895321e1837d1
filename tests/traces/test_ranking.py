"""Which name was meant."""

import pytest

from traces.domain.ranking import Fit, rank

NAMES = ["checkout", "Checkout-API", "payment", "pay", "old-pay", "dispatch"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("checkout", [(Fit.WHOLE, "checkout"), (Fit.START, "Checkout-API")]),
        (" CHECK ", [(Fit.START, "checkout"), (Fit.START, "Checkout-API")]),
        ("api", [(Fit.WORD, "Checkout-API")]),
        ("chko", [(Fit.LETTERS, "checkout"), (Fit.LETTERS, "Checkout-API")]),
        ("pay", [(Fit.WHOLE, "pay"), (Fit.START, "payment"), (Fit.WORD, "old-pay")]),
        ("ispa", [(Fit.PART, "dispatch")]),
        ("xyz", []),
        ("", []),
        (" ", []),
    ],
)
def test_the_name_that_was_meant_comes_first(text: str, expected: list[tuple[Fit, str]]) -> None:
    assert rank(text, NAMES) == expected


def test_the_better_fit_of_a_name_counts() -> None:
    assert rank("b", ["ab_b"]) == [(Fit.WORD, "ab_b")]


def test_bad_fits_can_be_left_out() -> None:
    assert rank("chko", NAMES, Fit.PART) == []
