"""What the header of a trace's page says happened, and whose time it was."""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from django.test import Client

from tests.builders import MS, make_event
from tests.pages.looking import read_page
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id
from tests.pages.shop import send_shop
from traces.domain.errors import StoreUnavailable
from traces.domain.span import Operation
from traces.domain.usual import Usual
from traces.storage.base import ProjectId
from traces.usual_times import get_usual_times, provide

Send = Callable[..., None]
PAGE = f"/trace/{TRACE_ID}"
ATTACK = '<script>alert(1)</script>"{x}'


class Known:
    """A hundred spans of any operation took 10 ms each; or nobody can be asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], int]] = []
        self.is_down = False

    def load(self, project: ProjectId, operations: Sequence[Operation], until_ns: int) -> Mapping[Operation, Usual]:
        self.asked.append(([operation.name for operation in operations], until_ns))
        if self.is_down:
            raise StoreUnavailable("The database takes too long.")
        usual = Usual(span_count=100, uppers_ns=[10 * MS], middles_ns=[10 * MS], weights=[100])
        return dict.fromkeys(operations, usual)

    def find_typical_trace(self, project: ProjectId, operation: Operation, until_ns: int) -> bytes | None:
        return None


@pytest.fixture
def known() -> Iterator[Known]:
    before, known = get_usual_times(), Known()
    provide(known)
    yield known
    provide(before)


def list_sentences(page: str, part: str = "what-happened") -> list[str]:
    sections = re.findall(rf'<section class="{part}".*?</section>', page, re.DOTALL)
    items = re.findall("<li.*?</li>", sections[0], re.DOTALL) if sections else []
    return [" ".join(html.unescape(re.sub("<[^>]*>", "", item)).split()) for item in items]


def test_the_longest_on_the_path_is_held_against_what_is_usual(send: Send, client: Client, known: Known) -> None:
    send(make_span(1, name="POST /checkout", duration_ns=100 * MS), service="checkout")
    send(make_span(2, 1, name="charge", duration_ns=80 * MS), service="payment")
    page = read_page(client, PAGE)
    assert list_sentences(page) == ["80 % of the time is payment › charge (80.0 ms, usually 10.0 ms)."]
    assert f'<a href="?span={span_id(2)}#span" data-row="1">payment › charge</a>' in page
    assert known.asked[0] == (["charge", "POST /checkout"], HALF_A_MINUTE_AGO + 101 * MS)


def test_without_what_is_usual_the_page_says_the_rest(send: Send, client: Client, known: Known) -> None:
    known.is_down = True
    send(make_span(1, duration_ns=100 * MS), make_span(2, 1, duration_ns=80 * MS))
    assert list_sentences(read_page(client, PAGE)) == ["80 % of the time is shop › operation 2 (80.0 ms)."]


def test_an_error_is_shown_with_its_exception_as_text(send: Send, client: Client) -> None:
    thrown = make_event("exception", attributes={"exception.type": "Refused", "exception.message": ATTACK})
    send(make_span(1, status=2, duration_ns=100 * MS), make_span(2, 1, name=ATTACK, status=2, events=[thrown]))
    page = read_page(client, PAGE)
    assert f"The error begins in shop › {ATTACK}: Refused: {ATTACK}. 1 span above fails with it, the root." in (
        list_sentences(page)
    )
    assert 'data-rows="0-1">1 span</a>' in page
    assert "<script>alert" not in page


def test_a_client_says_whom_it_waited_for(send: Send, client: Client) -> None:
    send(
        make_span(1, duration_ns=100 * MS),
        make_span(2, 1, kind=3, duration_ns=80 * MS, attributes={"server.address": "db"}),
    )
    assert list_sentences(read_page(client, PAGE)) == [
        "80 % of the time is shop › operation 2 waiting for db (80.0 ms)."
    ]


def test_five_sentences_are_shown_and_the_rest_on_demand(send: Send, client: Client) -> None:
    """Three errors, what takes the time, a parent that never came, and a loop."""
    send(
        make_span(1, duration_ns=100 * MS, status=2),
        *(make_span(10 * n, 1, name=f"step {n}", status=2, duration_ns=MS) for n in (1, 2, 3)),
        *(make_span(40 + 5 * n, 1, name="SELECT", kind=3, duration_ns=4 * MS) for n in range(10)),
        make_span(200, parent=99),
    )
    page = read_page(client, PAGE)
    sentences = list_sentences(page)
    assert len(sentences) == 6
    assert sentences[5] == "shop › operation 1 calls shop › SELECT 10 times, one after the other: 40.0 ms."
    shown, rest = page.split("<summary>1 more</summary>")
    assert sentences[4].startswith("1 span names a parent that is not here")
    assert "names a parent" in shown
    assert "one after the other" not in shown
    assert "one after the other" in rest


def test_a_trace_that_says_nothing_has_no_empty_box(send: Send, client: Client) -> None:
    send(make_span(1))
    page = read_page(client, PAGE)
    assert 'class="what-happened"' not in page
    assert 'class="critical-services"' not in page


def test_the_path_is_shown_by_service_and_each_leads_to_its_spans(send: Send, client: Client) -> None:
    send_shop()
    page = read_page(client, PAGE)
    assert list_sentences(page, "critical-services") == ["ch checkout 67 %", "pa payment 33 %"]
    assert f'<a href="?span={span_id(2)}#span" data-rows="1-2" title="' in page
