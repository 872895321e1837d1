"""The page of a service and of its operations: its numbers are those that were counted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from services_map.models import Subject
from tests.builders import MS, SECOND, make_span, write_spans
from tests.pages.looking import read_page, read_text
from tests.services_map.rows import Call, add_link, add_version, calls_edge, learn_operation, write_calls
from tests.services_map.service_page import (
    THEN_S,
    address,
    ask,
    count_calls,
    fill_shop,
    read_figures,
    read_lines,
    read_links,
    tell,
)

pytestmark = pytest.mark.django_db

HOSTILE = "<b>\u202e&\"'</b>"


def test_the_head_has_every_figure_with_its_interval_and_change(client: Client) -> None:
    fill_shop()
    assert read_figures(ask(client)) == []


def test_an_operation_is_the_same_page_with_less(client: Client) -> None:
    fill_shop()
    page = ask(client, operation="POST+/order", kind="server")
    assert read_figures(page) == []
    assert '<option selected>server</option>' in page


def test_operations_are_listed_with_their_share_of_time(client: Client) -> None:
    fill_shop()
    assert read_lines(ask(client), "operations") == []


def test_versions(client: Client) -> None:
    service, cart, _ = fill_shop()
    add_version(service, 1, "1.0", (THEN_S - 9_999) * SECOND, (THEN_S + 60) * SECOND)
    add_version(service, 2, "1.1", (THEN_S + 60) * SECOND, (THEN_S + 120) * SECOND)
    count_calls(service, cart, Call(duration_ns=MS, version=1, count=10), Call(duration_ns=3 * MS, version=2, count=20))
    page = ask(client, tab="versions")
    assert read_lines(page, "versions") == []


def test_dependencies(client: Client) -> None:
    fill_shop()
    write_calls(Subject.LINK, add_link(calls_edge("web", "shop")), THEN_S, Call(duration_ns=50 * MS, count=100))
    write_calls(Subject.LINK, add_link(calls_edge("shop", "stock")), THEN_S, Call(duration_ns=50 * MS, count=100, is_failed=True))
    page = ask(client, tab="dependencies")
    assert read_lines(page, "neighbours") == []
