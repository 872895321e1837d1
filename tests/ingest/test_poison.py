"""Requests made to break the reader, or the request of somebody else: rejected, or readable like any other."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client
from pytest_django import Settings

from tests.builders import make_request, make_span, span_id, trace_id
from tests.ingest.doors import JSON, HttpDoor, encode, read_span, read_span_ids, read_trace
from tests.ingest.raw import field, nested_arrays, nested_maps, request_of, span_with_attribute, varint
from traces import reading
from traces.storage.base import DEFAULT_PROJECT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_engine]

GOOD = make_span(1, 1, name="good")
POISON = make_span(1, 2, 1, name="poison")
UNREADABLE = (1, "1 span rejected: it cannot be parsed, or nests deeper than 100 messages")


def after(content: bytes) -> bytes:
    """The poisoned span with bytes at its end."""
    return POISON.SerializeToString() + content


POISONS = {
    "depth 60": span_with_attribute(POISON, nested_arrays(60)),
    "maps of depth 60": span_with_attribute(POISON, nested_maps(60)),
    "depth 50,000": span_with_attribute(POISON, nested_arrays(50_000)),
    "attribute longer than the span": after(varint(9 << 3 | 2) + varint(1_000) + b"\x0a\x01k"),
    "length of 2^31": after(varint(9 << 3 | 2) + varint(2**31) + b"x"),
    "length of 2^63": after(varint(9 << 3 | 2) + varint(2**63) + b"x"),
    "value longer than its attribute": after(field(9, b"\x0a\x01k\x12\x50\x0a\x01v")),
    "text longer than its value": after(field(9, field(1, b"k") + field(2, b"\x0a\x50v"))),
    "varint without end": after(varint(6 << 3) + b"\xff" * 11),
    "group without end": after(varint(50 << 3 | 3)),
    "end of no group": after(varint(50 << 3 | 4)),
    "field number 0": after(b"\x02\x01x"),
    "wire type 7": after(b"\x4f\x01x"),
    "time cut short": after(varint(7 << 3 | 1) + b"1234"),
    "event cut short": after(field(11, b"\x09\x01\x02")),
    "link cut short": after(field(13, b"\x0a\x10abc")),
    "junk": b"\xff" * 300,
}


@pytest.mark.parametrize("name", POISONS)
def test_a_poisoned_span_is_rejected_and_the_rest_of_its_batch_kept(door: HttpDoor, name: str) -> None:
    last = make_span(1, 3, 1, name="last").SerializeToString()

    answer = door.post(request_of(GOOD.SerializeToString(), POISONS[name], last))

    assert answer.partial_success == UNREADABLE
    assert read_span_ids() == [span_id(1), span_id(3)]
    assert [span.name for span in reading.load_spans(DEFAULT_PROJECT, read_trace())] == ["good", "last"]


@pytest.mark.parametrize("place", ["resource", "scope"])
@pytest.mark.parametrize("content", [b"\x0a\x50k", nested_arrays(60), b"\xff" * 20], ids=["length", "depth", "junk"])
def test_a_poisoned_resource_or_scope_is_a_bad_request(door: HttpDoor, place: str, content: bytes) -> None:
    attribute = field(1, b"k") + field(2, content)
    holder = field(1, attribute) if place == "resource" else field(3, attribute)
    span = field(2, GOOD.SerializeToString())
    scope = field(2, (field(1, holder) if place == "scope" else b"") + span)
    body = field(1, (field(1, holder) if place == "resource" else b"") + scope)

    assert door.post(body).status == 400


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (field(5, b"\xff\xfename"), "\ufffd\ufffdname"),
        (field(5, bytes(range(256))), bytes(range(256)).decode("utf-8", "replace")),
        (varint(5 << 3) + b"\x01", "poison"),
        (field(6, b"\x01\x02"), "poison"),
        (varint(7 << 3) + b"\x01", "poison"),
        (varint(6 << 3) + b"\xff" * 9 + b"\x01", "poison"),
        (field(15, field(2, b"\xff")), "poison"),
    ],
    ids=["not UTF-8", "all bytes", "number for text", "text for number", "varint for fixed", "kind -1", "status"],
)
def test_an_odd_span_is_kept_and_shown_by_the_page(
    door: HttpDoor, settings: Settings, content: bytes, shown: str
) -> None:
    answer = door.post(request_of(GOOD.SerializeToString(), after(content)))

    assert answer.partial_success == (0, "")
    assert read_span_ids() == [span_id(1), span_id(2)]
    assert read_span(1, 2).name == shown
    assert [span.span_id for span in reading.load_spans(DEFAULT_PROJECT, read_trace())] == [span_id(1), span_id(2)]
    settings.ROOT_URLCONF, settings.SERVED_PORT = "tracing_ui.urls.web", "web"
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    assert Client().get(f"/trace/{trace_id(1).hex()}").status_code == 200
    assert Client().get(f"/api/v1/traces/{trace_id(1).hex()}").json()["span_count"] == 2


@pytest.mark.parametrize("promised", [6, 100, 127, 300, 16_000])
def test_a_body_that_promises_more_than_it_holds_swallows_nobody(door: HttpDoor, promised: int) -> None:
    """Joined with the next request as it is, it would take that for its own content."""
    junk = b"\x0a" + varint(promised) + b"\x0a"
    accepted: list[int] = []

    def send_good(number: int) -> None:
        if door_for_threads().send(make_request(make_span(number, 1))).status == 200:
            accepted.append(number)

    with ThreadPoolExecutor(8) as threads:
        bad = [threads.submit(lambda: door_for_threads().post(junk).status) for _ in range(20)]
        for done in [threads.submit(send_good, number) for number in range(1, 41)]:
            done.result()

    assert {future.result() for future in bad} == {400}
    assert sorted(accepted) == list(range(1, 41))
    assert [len(read_trace(number).rows) for number in accepted] == [1] * 40


def door_for_threads() -> HttpDoor:
    """Every thread has a client of its own."""
    return HttpDoor()


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 20, 60])
def test_a_body_that_ends_early_is_rejected_alone(door: HttpDoor, cut: int) -> None:
    body = make_request(GOOD, make_span(1, 2, 1)).SerializeToString()

    assert door.post(body[:-cut]).status == 400
    assert door.post(body).status == 200
    assert read_span_ids() == [span_id(1), span_id(2)]


def test_a_body_followed_by_junk_is_rejected_alone(door: HttpDoor) -> None:
    body = make_request(GOOD).SerializeToString()

    assert door.post(body + b"\x0a\x7f\x0a").status == 400
    assert door.post(body).status == 200


def test_bodies_with_random_damage_never_break_the_door(door: HttpDoor) -> None:
    """200 or 400, whatever the bytes; and what was accepted can be read."""
    chance = random.Random(20)
    body = bytearray(make_request(*[make_span(1, number + 1, attributes={"k": "v"}) for number in range(5)])
                     .SerializeToString())  # fmt: skip
    statuses = set()
    for _ in range(300):
        damaged = bytearray(body)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        statuses.add(door.post(bytes(damaged)).status)

    assert statuses <= {200, 400}
    trace = read_trace()
    assert len(reading.load_spans(DEFAULT_PROJECT, trace)) == len(trace.rows) > 0


def test_json_with_random_damage_never_breaks_the_door(door: HttpDoor) -> None:
    chance = random.Random(21)
    body = encode(make_request(make_span(1, 1, attributes={"k": [1, {"a": 1.5}], "b": b"\0"}, status=2)), JSON)
    statuses = set()
    for _ in range(300):
        damaged = bytearray(body)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'{}[]":,0123456789abc\\nulltruefals\xff\0')
        statuses.add(door.post(bytes(damaged), JSON).status)

    assert statuses <= {200, 400}
