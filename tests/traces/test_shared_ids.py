"""Spans that share an id: which are the halves of one call, and whose their children are."""

import random
from dataclasses import replace

import pytest

from tests.traces.test_trace import OTHER, SHOP, TRACE, outline
from traces.domain.columns import SpanColumns
from traces.domain.shared_ids import Ids, tell_apart
from traces.domain.span import Service, SpanKind, SpanOutline
from traces.domain.trace import Trace, build_trace

pytestmark = pytest.mark.any_engine

NONE, INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = SpanKind
THIRD = Service(name="mail", slot=2)


def span(
    number: int,
    parent: int | None,
    service: Service,
    kind: int,
    start_ns: int = 1_000,
    duration_ns: int = 10,
    name: str = "get",
) -> SpanOutline:
    made = outline(number, parent, start_ns, duration_ns, name=name, service=service)
    return replace(made, operation=replace(made.operation, kind=kind))


def draw(*spans: SpanOutline) -> list[str]:
    """The rows: a dash a level, service, kind and id."""
    return [_draw(trace, row) for trace in [build_trace(TRACE, spans)] for row in range(len(trace.rows))]


def _draw(trace: Trace, row: int) -> str:
    at = trace.rows[row]
    kind = SpanKind(at.span.operation.kind).name.lower()
    return f"{'-' * at.depth}{at.span.operation.service.name} {kind} {at.span.span_id[-1]}"


def notes(*spans: SpanOutline) -> tuple[str, ...]:
    return build_trace(TRACE, spans).notes


def test_a_server_stands_below_the_client_whose_id_it_has() -> None:
    call = [span(1, None, SHOP, INTERNAL), span(2, 1, SHOP, CLIENT), span(2, 1, OTHER, SERVER)]

    assert draw(*call) == draw(*reversed(call)) == ["shop internal 1", "-shop client 2", "--db server 2"]
    assert notes(*call) == ("1 span joined with the caller's span of the same id, and shown below it.",)


@pytest.mark.parametrize(
    ("caller", "called"),
    [(CLIENT, SERVER), (PRODUCER, CONSUMER), (CLIENT, NONE), (NONE, SERVER), (NONE, NONE), (INTERNAL, CONSUMER)],
)
def test_kinds_say_which_half_calls_whichever_starts_first(caller: SpanKind, called: SpanKind) -> None:
    early = 1_000 if (caller, called) == (NONE, NONE) else 1_002
    rows = draw(span(1, None, OTHER, called, start_ns=1_001), span(1, None, SHOP, caller, start_ns=early))

    assert rows == [f"shop {caller.name.lower()} 1", f"-db {called.name.lower()} 1"]


def test_a_service_may_call_itself_under_one_id() -> None:
    assert draw(span(1, None, SHOP, SERVER), span(1, None, SHOP, CLIENT)) == ["shop client 1", "-shop server 1"]


@pytest.mark.parametrize("parent", [None, 1, 2], ids=["none", "the client's", "itself"])
def test_a_half_may_name_its_clients_parent_or_nobody(parent: int | None) -> None:
    assert (
        draw(span(1, None, SHOP, NONE), span(2, 1, SHOP, NONE), span(2, parent, OTHER, NONE, 1_001))[2]
        == "--db unspecified 2"
    )


def test_every_server_of_one_call_stands_below_its_client() -> None:
    """As when a client tries again under the same id."""
    call = [span(1, None, SHOP, CLIENT, 1_000, 50), *(span(1, None, OTHER, SERVER, at) for at in (1_010, 1_020))]

    assert draw(*call) == ["shop client 1", "-db server 1", "-db server 1"]
    assert notes(*call) == ("2 spans joined with the caller's span of the same id, and shown below it.",)


@pytest.mark.parametrize(
    ("service", "kind", "row"),
    [
        (OTHER, CLIENT, "--db client 3"),
        (OTHER, INTERNAL, "--db internal 3"),
        (OTHER, SERVER, "--db server 3"),
        (SHOP, CLIENT, "-shop client 3"),
        (SHOP, SERVER, "-shop server 3"),
        (THIRD, SERVER, "-mail server 3"),
        (THIRD, CONSUMER, "-mail consumer 3"),
        (THIRD, CLIENT, "--mail client 3"),
        (THIRD, NONE, "--mail unspecified 3"),
    ],
)
def test_a_child_belongs_to_the_half_in_its_service_else_to_the_one_that_fits_its_kind(
    service: Service, kind: SpanKind, row: str
) -> None:
    rows = draw(span(1, None, SHOP, CLIENT), span(1, None, OTHER, SERVER), span(3, 1, service, kind, 1_005, 1))

    assert rows[0] == "shop client 1"
    assert row in rows[1:]


def test_the_children_of_a_call_of_oneself_are_its_servers() -> None:
    halves = [span(1, None, SHOP, CLIENT), span(1, None, SHOP, SERVER)]

    assert draw(*halves, span(3, 1, SHOP, INTERNAL)) == ["shop client 1", "-shop server 1", "--shop internal 3"]


def test_calls_under_shared_ids_stand_below_each_other() -> None:
    """Zipkin's way through three services: every span id but the first is sent twice."""
    spans = [
        span(1, None, SHOP, SERVER),
        span(2, 1, SHOP, CLIENT, 1_001),
        span(2, 1, OTHER, SERVER, 1_002),
        span(3, 2, OTHER, CLIENT, 1_003),
        span(3, 2, THIRD, SERVER, 1_004),
        span(4, 3, THIRD, INTERNAL, 1_005),
    ]
    random.Random(4).shuffle(spans)

    assert draw(*spans) == [
        "shop server 1",
        "-shop client 2",
        "--db server 2",
        "---db client 3",
        "----mail server 3",
        "-----mail internal 4",
    ]


@pytest.mark.parametrize(
    "other",
    [
        span(2, 1, SHOP, CLIENT, 1_001),
        span(2, 1, SHOP, INTERNAL, 1_001),
        span(2, 9, OTHER, NONE, 1_001),
        span(2, 9, OTHER, CLIENT, 1_001),
    ],
    ids=["the same again", "of one service", "of another parent", "a client of another parent"],
)
def test_spans_that_have_an_id_by_chance_are_not_joined(other: SpanOutline) -> None:
    trace = build_trace(TRACE, [span(1, None, SHOP, SERVER), span(2, 1, SHOP, CLIENT), other, span(3, 2, SHOP, NONE)])

    depths = sorted((row.span.span_id[-1], row.depth) for row in trace.rows)
    assert depths == [(1, 0), (2, 0 if other.parent_span_id == outline(9).span_id else 1), (2, 1), (3, 2)]
    assert trace.notes == ("1 span shares an id with a different span of this trace.",)
    assert not any(trace.rows.is_joined(row) for row in range(4))


def test_many_that_have_an_id_by_chance_are_counted() -> None:
    """And said beside those that are joined."""
    spans = [span(1, None, SHOP, CLIENT), span(1, None, OTHER, SERVER)]
    spans += [span(2, 1, SHOP, INTERNAL, name=str(number)) for number in range(1_235)]

    assert notes(*spans) == (
        "1 span joined with the caller's span of the same id, and shown below it.",
        "1,234 spans share an id with a different span of this trace.",
    )


def test_halves_in_a_circle_are_all_shown() -> None:
    rows = draw(
        span(1, 2, SHOP, CLIENT), span(1, 2, OTHER, SERVER), span(2, 1, OTHER, CLIENT), span(2, 1, SHOP, SERVER)
    )

    assert rows == ["shop client 1", "-db server 1", "--db client 2", "---shop server 2"]


def test_a_client_that_names_itself_as_its_parent_is_a_root() -> None:
    assert draw(span(1, 1, SHOP, CLIENT), span(1, 1, OTHER, SERVER)) == ["shop client 1", "-db server 1"]


def test_where_ids_differ_nothing_is_told_apart() -> None:
    assert tell_apart(SpanColumns.of(TRACE, [span(1, None, SHOP, CLIENT), span(2, 1, OTHER, SERVER)])) == {}


def test_the_ids_of_a_call_and_its_children() -> None:
    """What a reader of another tool is given: all ids differ, and the tree is the same."""
    spans = SpanColumns.of(
        TRACE,
        [
            span(1, None, SHOP, CLIENT),
            span(1, None, OTHER, SERVER),
            span(2, 1, OTHER, INTERNAL),
            span(3, 1, SHOP, NONE),
        ],
    )

    told = tell_apart(spans)

    half = told[1].span_id
    assert told == {1: Ids(half, outline(1).span_id, is_half=True), 2: Ids(outline(2).span_id, half)}
    assert len(half) == 8
    assert half not in (bytes(8), *spans.span_ids)


def test_a_half_is_told_apart_by_the_same_id_whatever_came_besides() -> None:
    half = span(1, None, OTHER, SERVER)
    first = tell_apart(SpanColumns.of(TRACE, [span(1, None, SHOP, CLIENT), half]))[1]
    spans = [span(number, 1, THIRD, SERVER, name=str(number)) for number in range(2, 9)]

    assert tell_apart(SpanColumns.of(TRACE, [half, *spans, span(1, None, SHOP, CLIENT)]))[0] == first


def test_ids_are_told_apart_even_of_identical_twins() -> None:
    twins = SpanColumns.of(TRACE, [span(1, 7, SHOP, CLIENT)] * 3)

    told = tell_apart(twins)

    assert set(told) == {1, 2}
    assert told[1].span_id != told[2].span_id
    assert {ids.parent_span_id for ids in told.values()} == {outline(7).span_id}


def test_whatever_shares_ids_every_span_gets_one_of_its_own_and_a_row() -> None:
    chance = random.Random(11)
    for _ in range(300):
        services = [SHOP, OTHER, THIRD][: chance.randint(1, 3)]
        spans = [
            span(
                chance.randint(1, 5), chance.choice([None, 1, 2, 3, 4, 5, 9]), chance.choice(services),
                chance.choice(list(SpanKind)), 1_000 + number, name=f"op {number}",
            )
            for number in range(chance.randint(1, 12))
        ]  # fmt: skip
        columns = SpanColumns.of(TRACE, spans)
        told = tell_apart(columns)
        ids = [told[index].span_id if index in told else columns.span_ids[index] for index in range(len(columns))]
        parents = [
            told[index].parent_span_id if index in told else each for index, each in enumerate(columns.parent_span_ids)
        ]
        shuffled = spans[:]
        chance.shuffle(shuffled)
        trace = build_trace(TRACE, spans)

        assert len(set(ids)) == len(spans)
        assert all(each in ids or each == sent for each, sent in zip(parents, columns.parent_span_ids, strict=True))
        assert sorted(row.span.operation.name for row in trace.rows) == sorted(each.operation.name for each in spans)
        assert draw(*shuffled) == draw(*spans)


def test_each_row_is_led_to_by_an_id_of_its_own() -> None:
    rows = build_trace(
        TRACE, [span(1, None, SHOP, CLIENT), span(1, None, OTHER, SERVER), span(1, None, SHOP, CLIENT, 1_005)]
    ).rows

    assert rows.find(outline(1).span_id) == [0, 1, 2]
    assert [rows.find(rows.find_own_id(row)) for row in range(3)] == [[0, 1, 2], [1], [2]]
    assert rows.find_own_id(0) == outline(1).span_id
    assert [rows.is_joined(row) for row in range(3)] == [False, True, False]
    assert rows.find(b"nobody's") == []
