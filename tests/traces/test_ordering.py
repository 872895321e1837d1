"""The order of a trace's rows by a column."""

import math
from array import array

from traces.domain.attributes import AttributeValue, format_value
from traces.domain.ordering import rank_operations, rank_values, sort_rows
from traces.domain.span import Operation, Service
from traces.domain.values import ABSENT, ValueBook, Values


def operation(name: str, service: str = "shop") -> Operation:
    return Operation(service=Service(name=service, slot=0), name=name, kind=1)


def test_rows_are_sorted_either_way_and_equal_ones_stay_in_their_order() -> None:
    assert sort_rows([3, 1, 2, 1, 3], is_descending=False) == [1, 3, 2, 0, 4]
    assert sort_rows([3, 1, 2, 1, 3], is_descending=True) == [0, 4, 2, 1, 3]


def test_rows_without_a_value_are_last_either_way() -> None:
    assert sort_rows([ABSENT, 1, ABSENT, 0], is_descending=False) == [3, 1, 0, 2]
    assert sort_rows([ABSENT, 1, ABSENT, 0], is_descending=True) == [1, 3, 0, 2]


def test_values_are_ranked_by_what_they_are() -> None:
    distinct: list[AttributeValue] = ["b", 10, None, True, "A", 9.5, b"a", -1, "a", math.nan, False, 10.0, ["x"]]
    values = Values(distinct=distinct, numbers=array("i", [0, ABSENT, 1, 7, 7]))
    ranked = rank_values(values)
    texts = ["-1", "9.5", "10.0", "10", "nan", "false", "true", '["x"]', "A", "a", "b", "YQ==", ""]
    assert [format_value(value) for value in ranked.distinct] == texts
    assert list(ranked.numbers) == [10, ABSENT, 3, 0, 0]
    assert list(values.numbers) == [0, ABSENT, 1, 7, 7]


def test_operations_are_ranked_by_their_names_or_those_of_their_services() -> None:
    operations = {7: operation("b", "x"), 3: operation("A", "y"), 5: operation("a", "x"), 9: operation("b", "z")}
    assert rank_operations(operations, {7, 3, 5, 9}, by_service=False) == {3: 0, 5: 1, 7: 2, 9: 2}
    assert rank_operations(operations, {7, 3, 5}, by_service=True) == {7: 0, 5: 0, 3: 1}


def test_equal_values_have_one_number_and_those_of_other_types_another() -> None:
    book = ValueBook(longest=3)
    assert [book.number(value) for value in (1, 1.0, True, "1", 1, "abc", "abcd", "abcde", math.nan, math.nan)] == [
        0, 1, 2, 3, 0, 4, 5, 5, 6, 6,
    ]  # fmt: skip
    assert book.distinct[4:6] == ["abc", "abc…"]
