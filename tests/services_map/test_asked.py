"""What the address of a service's page asks for, and the addresses of what belongs to it."""

import pytest
from django.http import QueryDict

from services_map.domain.errors import OperationNotFound, ServiceNotFound
from services_map.pages.service.asked import Asked, Cell, read_asked, read_cell
from services_map.windows import WindowForm, read_window
from tests.builders import NOW_NS
from traces.domain.search_text import SearchWords, build_query, parse_conditions
from traces.forms import read_search

HOSTILE = "a b/<i>&\"\\'?#é"


def read(address: str) -> Asked:
    return read_asked(QueryDict(address))


def window(address: str = "") -> WindowForm:
    return read_window(QueryDict(address), NOW_NS)


def test_an_address_names_a_service_an_operation_a_kind_and_a_version() -> None:
    asked = read("service=a%2Fb&operation=GET+%2F&kind=Server&version=1.2")
    assert asked == Asked(service="a/b", operation="GET /", kind=2, version="1.2")
    assert asked.is_narrowed
    assert asked.words == {"service": "a/b", "operation": "GET /", "kind": "server", "version": "1.2"}


def test_what_is_not_said_is_any() -> None:
    asked = read("service=shop&operation=&kind=")
    assert asked == Asked(service="shop", operation=None, kind=None, version=None)
    assert not asked.is_narrowed
    assert asked.said == {"service": "shop"}


@pytest.mark.parametrize("address", ["", "service=", f"service={'x' * 8_193}"])
def test_no_service_has_such_a_name(address: str) -> None:
    with pytest.raises(ServiceNotFound):
        read(address)


@pytest.mark.parametrize("kind", ["9", "servers", "<b>"])
def test_no_operation_is_of_such_a_kind(kind: str) -> None:
    with pytest.raises(OperationNotFound, match="is not a kind of span"):
        read(f"service=shop&kind={kind}")


def test_links_stay_in_the_window_of_the_page() -> None:
    asked, form = read("service=shop&operation=GET+%2F"), window("lookback=6h&service=shop&tab=errors&start=&end=")
    assert asked.page(form, tab="slowest") == "/service?lookback=6h&service=shop&operation=GET+%2F&tab=slowest"
    assert asked.page(form, operation="") == "/service?lookback=6h&service=shop"
    assert asked.search(form, status="error") == "/?lookback=6h&service=shop&operation=GET+%2F&status=error"


def test_a_version_is_searched_for_as_an_attribute() -> None:
    asked = Asked(service="shop", operation=None, kind=None, version=HOSTILE)
    tags = QueryDict(asked.search(window()).partition("?")[2])["tags"]
    assert parse_conditions(tags)[0].value == HOSTILE  # type: ignore[union-attr]


def test_hostile_names_come_back_out_of_an_address_as_they_were() -> None:
    asked = Asked(service=HOSTILE, operation=HOSTILE, kind=3, version=HOSTILE)
    assert read(asked.page(window()).partition("?")[2]) == asked
    query = read_search(QueryDict(asked.search(window()).partition("?")[2]), NOW_NS).query
    assert query == build_query(
        SearchWords(
            service=HOSTILE, operation=HOSTILE, kind="client", attributes=f"resource.service.version={quote(HOSTILE)}"
        ),
        NOW_NS,
    )


def quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize(
    ("address", "cell"),
    [
        ("", Cell(row=None, only_failed=False)),
        ("row=0&failed=1", Cell(row=0, only_failed=True)),
        ("row=12", Cell(row=12, only_failed=False)),
        ("row=999&failed=yes", Cell(row=None, only_failed=False)),
        ("row=-1", Cell(row=None, only_failed=False)),
        ("row=%D9%A3", Cell(row=None, only_failed=False)),
        ("row=1e3", Cell(row=None, only_failed=False)),
    ],
)
def test_a_row_that_does_not_exist_is_no_row(address: str, cell: Cell) -> None:
    assert read_cell(QueryDict(address)) == cell
