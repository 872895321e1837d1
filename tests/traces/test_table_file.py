"""The address and the file of a table."""

import pytest
from django.http import QueryDict

from traces.domain.attributes import AttributeValue
from traces.domain.query import Place
from traces.storage.base import AttributeKey
from traces.trace_views.attribute_words import read_key
from traces.trace_views.table.asked import MAX_COLUMNS, read_asked
from traces.trace_views.table.file import write_cell


def test_columns_are_read_as_they_are_written() -> None:
    keys = [AttributeKey(place=Place.SPAN, key="a,b\\c"), AttributeKey(place=Place.RESOURCE, key="ключ")]
    asked = read_asked(QueryDict("columns=span.a\\,b\\c,resource.ключ&columns=resource.ключ"))
    assert asked.columns == keys
    assert read_asked(QueryDict(asked.address()[1:])).columns == keys


@pytest.mark.parametrize(
    ("text", "place", "key"),
    [
        ("http.route", Place.SPAN, "http.route"), ("span.http.route", Place.SPAN, "http.route"),
        (" event.name ", Place.EVENT, "name"), ("span.", Place.SPAN, "span."),
        ("intrinsic.x", Place.SPAN, "intrinsic.x"),
        ("any.x", Place.SPAN, "any.x"), ("link.k", Place.LINK, "k"), ("scope.span.x", Place.SCOPE, "span.x"),
    ],
)  # fmt: skip
def test_a_key_names_its_place_or_is_one_of_the_span(text: str, place: Place, key: str) -> None:
    assert read_key(text) == AttributeKey(place=place, key=key)


def test_what_makes_no_sense_is_as_if_it_were_absent() -> None:
    asked = read_asked(QueryDict("sort=-nothing&skip=-1&columns=,,"))
    assert (asked.sort_word, asked.skip, asked.columns) == ("-duration", 0, [])
    many = ",".join(f"k{number}" for number in range(20))
    assert len(read_asked(QueryDict(f"columns={many}")).columns) == MAX_COLUMNS
    assert read_asked(QueryDict("sort=span.k&columns=k")).sort_word == "span.k"


def test_links_sort_the_other_way_and_drop_a_column_with_its_sort() -> None:
    asked = read_asked(QueryDict("sort=span.k&columns=k,l&clock=sent&find=x"))
    assert asked.sorted_by("span.k") == "?view=table&sort=-span.k&columns=span.k%2Cspan.l&clock=sent"
    assert asked.sorted_by("self") == "?view=table&sort=-self&columns=span.k%2Cspan.l&clock=sent"
    assert asked.without(asked.columns[0]) == "?view=table&columns=span.l&clock=sent"
    assert asked.without(asked.columns[1]) == "?view=table&sort=span.k&columns=span.k&clock=sent"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("\rx", "'\rx"),
        ("\nx", "'\nx"), ("a=1", "a=1"), (-1, "-1"), (-1.5, "-1.5"), (True, "true"), (None, ""), ("", ""),
        (b"\xfb\xff", "'+/8="), (["=1"], '["=1"]'),
    ],
)  # fmt: skip
def test_a_cell_is_no_formula(value: AttributeValue, cell: str) -> None:
    assert write_cell(value) == cell
