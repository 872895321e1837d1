"""Pins by the API: one trace's, and the list of all."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.api.conftest import Ask
from tests.builders import MS, NOW_NS, SECOND, make_span, trace_id, write_spans

pytestmark = pytest.mark.django_db(transaction=True)


def pin_of(number: int) -> str:
    return f"traces/{trace_id(number).hex()}/pin"


def error(answer: Any) -> tuple[str, str | None]:
    return answer["error"]["code"], answer["error"]["field"]


def test_a_trace_is_pinned_read_changed_and_let_go(ask: Ask, client: Client) -> None:
    write_spans(make_span(1, 1))
    assert error(ask(pin_of(1), expected=404)) == ("not_found", None)

    made = ask(pin_of(1), method="put", body={"note": "  INC-812,\n second failure "})

    assert (made["trace_id"], made["note"]) == (trace_id(1).hex(), "INC-812, second failure")
    assert ask(pin_of(1)) == made
    assert ask(pin_of(1), method="put") == made | {"note": ""}
    for _ in range(2):
        gone = client.delete(f"/api/v1/{pin_of(1)}")
        assert (gone.status_code, gone.content) == (204, b"")
    ask(pin_of(1), expected=404)


def test_the_list_tells_what_the_traces_are_that_pinned_last_first(ask: Ask, settings: LazySettings) -> None:
    settings.PINNED_TRACES_MAX = 3
    for number in (1, 2, 3):
        write_spans(make_span(number, 1, name=f"op {number}", duration_ns=number * MS, status=2))
        ask(pin_of(number), method="put", body={"note": f"note {number}"})

    listed = ask("pins", first=1, count=1)

    assert [(pin["trace_id"], pin["note"]) for pin in listed["pins"]] == [(trace_id(2).hex(), "note 2")]
    assert (listed["pin_count"], listed["max_pins"]) == (3, 3)
    assert listed["pins"][0]["trace"] == {
        "start_ns": str(NOW_NS - SECOND),
        "duration_ns": str(2 * MS),
        "span_count": 1,
        "error_count": 1,
        "root_service": "shop",
        "root_operation": "op 2",
    }
    assert len(ask("pins")["pins"]) == 3


def test_what_cannot_be_pinned_is_refused(ask: Ask, settings: LazySettings) -> None:
    settings.PINNED_TRACES_MAX = 1
    write_spans(make_span(1, 1), make_span(2, 1))
    put = {"method": "put"}
    assert error(ask(pin_of(9), **put, expected=404)) == ("not_found", None)
    assert error(ask(pin_of(1), **put, body={"note": "x" * 501}, expected=400)) == ("invalid_query", "note")
    assert error(ask(pin_of(1), **put, body={"note": "a\u0000b"}, expected=400)) == ("invalid_query", "note")
    assert error(ask(pin_of(1), **put, body={"note": 5}, expected=400)) == ("invalid_query", "note")
    assert error(ask(pin_of(1), **put, body={"nte": "x"}, expected=400)) == ("invalid_query", "nte")
    assert error(ask(pin_of(1), **put, body=[], expected=400)) == ("invalid_query", None)
    assert error(ask("traces/xyz/pin", **put, expected=400)) == ("invalid_query", "trace_id")
    ask(pin_of(1), **put, body={"note": "x" * 500})
    assert error(ask(pin_of(2), **put, expected=409)) == ("too_many_pins", None)
