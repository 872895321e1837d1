"""Clocks that are visibly wrong: what is moved, by how much, and what is said."""

import random
import time
from dataclasses import replace

import pytest

from tests.traces.test_trace import NO_FLAG, OTHER, SHOP, TRACE, outline
from traces.domain.clock import Clock, ClockCorrection, format_offset
from traces.domain.span import MAX_NS, Service, SpanFlag, SpanKind, SpanOutline
from traces.domain.trace import Trace, build_trace

INTERNAL, SERVER, CLIENT = SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT
PRODUCER, CONSUMER = SpanKind.PRODUCER, SpanKind.CONSUMER
PAYMENT, MAILER = OTHER, Service(name="mailer", slot=2)


def span(
    number: int,
    parent: int | None,
    at: tuple[int, int],
    service: Service = SHOP,
    kind: int = INTERNAL,
    flags: SpanFlag = NO_FLAG,
) -> SpanOutline:
    """`at` is start and duration."""
    made = outline(number, parent, at[0], at[1], service=service, flags=flags)
    return replace(made, operation=replace(made.operation, kind=kind))


def client(at: tuple[int, int] = (1_010, 100)) -> SpanOutline:
    return span(1, None, at, kind=CLIENT)


def server(at: tuple[int, int] = (1_000, 50), flags: SpanFlag = NO_FLAG) -> SpanOutline:
    return span(2, 1, at, PAYMENT, SERVER, flags)


def build(*spans: SpanOutline, clock: Clock = Clock.CORRECTED) -> Trace:
    return build_trace(TRACE, spans, clock)


def starts(trace: Trace) -> dict[int, int]:
    """The start of each span as drawn."""
    return {int.from_bytes(row.span.span_id, "big"): row.span.start_ns for row in trace.rows}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((1_000, 50), 1_035),
        ((5_000, 50), 1_035),
        ((1_000, 100), 1_010),
        ((1_000, 99), 1_010),
        ((1_009, 98), 1_011),
        ((1_111, 50), 1_035),
        ((0, 0), 1_060),
    ],
)
def test_a_server_outside_its_client_is_put_into_the_middle_of_it(at: tuple[int, int], expected: int) -> None:
    trace = build(client(), server(at))
    assert starts(trace) == {1: 1_010, 2: expected}
    assert trace.rows[1].span.duration_ns == at[1]


@pytest.mark.parametrize("at", [(1_010, 100), (1_020, 50), (1_060, 50), (1_110, 0)])
def test_a_server_within_its_client_stays(at: tuple[int, int]) -> None:
    assert starts(build(client(), server(at)))[2] == at[0]


@pytest.mark.parametrize("at", [(1_050, 70), (1_110, 5), (1_010, 5_000), (1_020, 150), (9_000, 150)])
def test_a_server_that_works_on_after_its_client_gave_up_stays(at: tuple[int, int]) -> None:
    assert starts(build(client(), server(at)))[2] == at[0]


def test_a_server_longer_than_its_client_does_not_start_before_it() -> None:
    assert starts(build(client(), server((1_000, 150))))[2] == 1_010


@pytest.mark.parametrize(
    ("parent_kind", "kind", "service"),
    [
        (CLIENT, SERVER, SHOP),
        (INTERNAL, SERVER, PAYMENT),
        (SERVER, SERVER, PAYMENT),
        (CLIENT, INTERNAL, PAYMENT),
        (CLIENT, CLIENT, PAYMENT),
        (PRODUCER, CONSUMER, PAYMENT),
        (PRODUCER, SERVER, PAYMENT),
        (CLIENT, CONSUMER, PAYMENT),
    ],
)
def test_only_a_call_from_service_to_service_tells_the_time(parent_kind: int, kind: int, service: Service) -> None:
    # Elsewhere in the trace there is such a call.
    call = [span(8, None, (2_000, 10), kind=CLIENT), span(9, 8, (2_001, 5), MAILER, SERVER)]
    trace = build(span(1, None, (1_010, 100), kind=parent_kind), span(2, 1, (1_000, 50), service, kind), *call)
    assert (starts(trace)[2], trace.clock_corrections, trace.notes) == (1_000, (), ())


def test_what_a_service_has_below_moves_with_it() -> None:
    below = [span(3, 2, (1_005, 20), PAYMENT), span(4, 3, (1_006, 9), PAYMENT, CLIENT), span(5, 2, (900, 1), PAYMENT)]
    trace = build(client(), server(), *below)
    assert starts(trace) == {1: 1_010, 2: 1_035, 3: 1_040, 4: 1_041, 5: 935}


def test_a_further_call_is_judged_after_its_client_moved() -> None:
    call = span(3, 2, (1_005, 40), PAYMENT, CLIENT)
    for at, expected in {
        # The mailer's clock is right: as sent it lies within its client, now that this is drawn from 1,040 on.
        (1_050, 20): 1_050,
        # It shares the wrong clock: as sent it lies within what was sent of its client.
        (1_006, 20): 1_041,
        # It may be either: what was sent of the two stays true.
        (1_042, 1): 1_077,
        # It has a wrong clock of its own.
        (500, 20): 1_050,
        # It goes on after its client, on the right clock or on the wrong one.
        (1_070, 30): 1_070,
        (1_020, 30): 1_055,
        # It is longer than its client.
        (1_046, 90): 1_046,
        (1_006, 90): 1_041,
        (500, 90): 1_040,
    }.items():
        trace = build(client(), server(), call, span(4, 3, at, MAILER, SERVER), span(5, 4, at, MAILER))
        assert starts(trace) == {1: 1_010, 2: 1_035, 3: 1_040, 4: expected, 5: expected}, at


@pytest.mark.parametrize(
    ("parent_kind", "kind"), [(PRODUCER, CONSUMER), (INTERNAL, SERVER), (CLIENT, INTERNAL), (CLIENT, CONSUMER)]
)
def test_another_service_whose_clock_is_unknown_moves_along(parent_kind: int, kind: int) -> None:
    """Also where it starts long after its parent ended: messages wait."""
    for at in [(1_006, 10), (4_000, 500), (1_005, 1)]:
        trace = build(client(), server(), span(3, 2, (1_005, 4), PAYMENT, parent_kind), span(4, 3, at, MAILER, kind))
        assert starts(trace) == {1: 1_010, 2: 1_035, 3: 1_040, 4: at[0] + 35}


@pytest.mark.parametrize(("parent_kind", "kind"), [(PRODUCER, CONSUMER), (INTERNAL, SERVER), (CLIENT, INTERNAL)])
def test_another_service_that_fits_only_where_its_parent_is_now_stays(parent_kind: int, kind: int) -> None:
    for at, expected in {(1_041, 10): 1_041, (1_030, 10): 1_065, (1_041, 90): 1_076}.items():
        parent = span(3, 2, (1_005, 30), PAYMENT, parent_kind)
        trace = build(client(), server(), parent, span(4, 3, at, MAILER, kind), span(5, 4, at, MAILER))
        assert starts(trace) == {1: 1_010, 2: 1_035, 3: 1_040, 4: expected, 5: expected}, at


def test_another_service_that_was_sent_as_before_its_parent_does_not_move_back() -> None:
    spans = [client(), server((5_000, 50)), span(3, 2, (5_005, 4), PAYMENT, PRODUCER)]
    for at_ns in (1_090, 4_999, 1_039):
        trace = build(*spans, span(4, 3, (at_ns, 500), MAILER, CONSUMER), span(5, 4, (at_ns + 1, 1), MAILER))
        assert starts(trace) == {1: 1_010, 2: 1_035, 3: 1_040, 4: at_ns, 5: at_ns + 1}

    behind = [client(), server((500, 50)), span(3, 2, (505, 4), PAYMENT, PRODUCER)]
    assert starts(build(*behind, span(4, 3, (504, 500), MAILER, CONSUMER)))[4] == 504 + 535


def test_times_of_arrival_are_no_evidence_and_do_not_move() -> None:
    arrived = SpanFlag.CLOCK_IMPLAUSIBLE
    assert starts(build(client(), server(flags=arrived)))[2] == 1_000
    assert starts(build(replace(client(), flags=arrived), server()))[2] == 1_000

    below = [span(3, 2, (1_005, 4), PAYMENT, flags=arrived), span(4, 3, (1_006, 1), PAYMENT)]
    assert starts(build(client(), server(), *below)) == {1: 1_010, 2: 1_035, 3: 1_005, 4: 1_006}


def test_what_moved_is_marked_and_everything_else_is_as_it_was() -> None:
    spans = [client(), server(flags=SpanFlag.HAS_EVENTS), span(3, 1, (1_020, 5))]
    rows = {row.span.span_id: row.span for row in build(*spans).rows}
    moved = replace(spans[1], start_ns=1_035, flags=SpanFlag.HAS_EVENTS | SpanFlag.CLOCK_CORRECTED)
    assert rows == {each.span_id: each for each in (spans[0], moved, spans[2])}


def test_children_are_in_the_order_of_the_starts_that_are_drawn() -> None:
    """The first answer is that of a server whose clock is behind; it comes with all that is below it."""
    tries = [server((900, 20)), span(3, 2, (901, 1), PAYMENT), span(4, 1, (1_020, 5), MAILER, SERVER)]
    for clock, expected in {Clock.SENT: [1, 2, 3, 4], Clock.CORRECTED: [1, 4, 2, 3]}.items():
        trace = build(client(), *tries, span(5, 4, (1_021, 1), MAILER), clock=clock)
        numbers = [int.from_bytes(row.span.span_id, "big") for row in trace.rows]
        assert [number for number in numbers if number != 5] == expected
        assert [row.depth for row in trace.rows] == [0, 1, 2, 1, 2]
        assert list(trace.rows.subtree_sizes) == [5, 2, 1, 2, 1]


def test_the_trace_lasts_as_long_as_it_is_drawn() -> None:
    spans = [client(), server((500, 50))]
    corrected, sent = build(*spans), build(*spans, clock=Clock.SENT)
    assert (corrected.start_ns, corrected.duration_ns) == (1_010, 100)
    assert (sent.start_ns, sent.duration_ns) == (500, 610)


def test_as_sent_means_as_sent() -> None:
    spans = [client(), server((1_000, 50), flags=SpanFlag.HAS_LINKS)]
    trace = build(*spans, clock=Clock.SENT)
    assert [row.span for row in trace.rows] == spans
    assert (trace.clock, build(*spans).clock) == (Clock.SENT, Clock.CORRECTED)
    assert trace.clock_corrections == build(*spans).clock_corrections


def test_what_the_store_gave_is_not_changed() -> None:
    columns = build(client(), server(), clock=Clock.SENT).rows.spans
    assert starts(build_trace(TRACE, columns))[2] == 1_035
    assert columns.starts_ns.tolist() == [1_010, 1_000]
    assert columns.flags.tolist() == [0, 0]


def test_corrections_are_told_by_service() -> None:
    payments = [span(3, 2, (1_005, 20), PAYMENT), span(4, None, (2_010, 100), kind=CLIENT)]
    again = [span(5, 4, (2_005, 100), PAYMENT, SERVER), span(6, 5, (2_006, 2), MAILER, CONSUMER)]
    trace = build(client(), server(), *payments, *again)
    assert trace.clock_corrections == (
        ClockCorrection(service=PAYMENT, lowest_offset_ns=5, highest_offset_ns=35, span_count=3, is_measured=True),
        ClockCorrection(service=MAILER, lowest_offset_ns=5, highest_offset_ns=5, span_count=1, is_measured=False),
    )
    assert trace.notes == (
        "3 spans of db were moved by +5 ns to +35 ns: their clock runs behind the caller's.",
        "1 span of mailer was moved by +5 ns, along with the span above.",
    )


@pytest.mark.parametrize(
    ("spans", "sentence"),
    [
        ([server((1_000, 50))], "1 span of db {} moved by +35 ns: its clock runs behind the caller's."),
        ([server((4_201_035, 50))], "1 span of db {} moved by −4.2 ms: its clock runs ahead of the caller's."),
        (
            [server((4_201_035, 50)), span(3, 2, (4_201_040, 1), PAYMENT)],
            "2 spans of db {} moved by −4.2 ms: their clock runs ahead of the caller's.",
        ),
        (
            [server((1_000, 50)), span(3, 1, (5_001_060, 0), PAYMENT, SERVER)],
            "2 spans of db {} moved by −5 ms to +35 ns: their clock is not the caller's.",
        ),
        (
            [server((9_001_035, 50)), span(3, 1, (5_001_060, 0), PAYMENT, SERVER)],
            "2 spans of db {} moved by −5 ms to −9 ms: their clock runs ahead of the caller's.",
        ),
    ],
)
def test_a_sentence_says_what_was_moved_or_would_be(spans: list[SpanOutline], sentence: str) -> None:
    was = "was" if sentence.startswith("1 ") else "were"
    assert build(client(), *spans).notes == (sentence.format(was),)
    assert build(client(), *spans, clock=Clock.SENT).notes == (sentence.format("would be"),)


def test_many_services_with_long_names_are_told_in_few_words() -> None:
    services = [Service(name=f"{n}{'x' * 1_000}", slot=0) for n in range(8)]
    servers = [span(10 + n, 1, (1_000, 50), service, SERVER) for n, service in enumerate(services)]
    notes = build(client(), *servers).notes
    assert notes[0] == f"1 span of 0{'x' * 79}… was moved by +35 ns: its clock runs behind the caller's."
    assert (len(notes), notes[5]) == (6, "So were spans of 3 more services.")


@pytest.mark.parametrize(
    ("offset_ns", "text"),
    [
        (1, "+1 ns"),
        (-999, "−999 ns"),
        (4_216, "+4.22 µs"),
        (-42_160, "−42.2 µs"),
        (421_600, "+422 µs"),
        (999_960, "+1000 µs"),
        (-1_500_000_000, "−1.5 s"),
        (90 * 10**9, "+1.5 min"),
        (3_600 * 10**9, "+1 h"),
        (-400 * 86_400 * 10**9, "−400 d"),
    ],
)
def test_offsets_are_told_with_three_digits_and_a_sign(offset_ns: int, text: str) -> None:
    assert format_offset(offset_ns) == text


def test_no_nanosecond_is_lost_at_todays_times() -> None:
    now_ns = 1_790_000_000_000_000_001
    trace = build(client((now_ns, 10**9 + 1)), server((now_ns - 7, 10**9)), span(3, 2, (now_ns + 1, 1), PAYMENT))
    assert starts(trace) == {1: now_ns, 2: now_ns, 3: now_ns + 8}


def test_no_time_leaves_what_can_be_stored() -> None:
    endless = build(client((10, MAX_NS)), server((0, 50)), span(3, 2, (MAX_NS - 5, 1), PAYMENT))
    assert starts(endless)[3] == MAX_NS
    early = build(client((10, 100)), server((5_000, 100)), span(3, 2, (20, 1), PAYMENT))
    assert starts(early) == {1: 10, 2: 10, 3: 0}


def test_ids_that_are_shared_and_circles_are_no_trouble() -> None:
    twins = [client(), client((1_012, 7)), server()]
    assert sorted(row.span.start_ns for row in build(*twins).rows) == [1_010, 1_012, 1_035]
    circle = [span(1, 2, (1_010, 100), kind=CLIENT), server((1_000, 50))]
    assert sorted(starts(build(*circle)).values()) == [1_000, 1_010]


def test_a_server_that_has_its_clients_id_is_compared_with_it() -> None:
    half = replace(client((1_000, 50)), operation=server().operation)
    trace = build(client(), half, span(3, 1, (1_005, 10), PAYMENT))
    assert [row.span.start_ns for row in trace.rows] == [1_010, 1_035, 1_040]
    assert [correction.service for correction in trace.clock_corrections] == [PAYMENT]


def test_a_chain_of_sixty_thousand_with_a_clock_each_is_put_right() -> None:
    """Client, server, client, …: every service is a second behind its caller, and all spans have their own length."""
    services = [Service(name=f"s {n}", slot=0) for n in range(30_001)]
    spans = []
    for n in range(60_000):
        hop, second = (n + 1) // 2, 10**9
        at = (10**18 + n - hop * second, 2 * (60_000 - n))
        spans.append(span(n + 1, n or None, at, services[hop], SERVER if n % 2 else CLIENT))
    started = time.monotonic()
    trace = build(*spans)
    assert time.monotonic() - started < 10
    assert starts(trace) == {n + 1: 10**18 + n for n in range(60_000)}
    assert len(trace.clock_corrections) == 30_000


@pytest.mark.parametrize("seed", range(40))
def test_whatever_was_sent_every_call_is_possible_once_clocks_are_put_right(seed: int) -> None:
    chance = random.Random(seed)
    services = [SHOP, PAYMENT, MAILER]
    behind = dict(zip(services, chance.choices([0, 0, 40, -40, 5_000, -5_000], k=3), strict=True))
    spans: list[SpanOutline] = []
    for number in range(1, 61):
        parent = chance.choice(spans) if spans and chance.random() < 0.95 else None
        answers = parent is not None and parent.operation.kind == CLIENT
        kind = SERVER if answers else chance.choice([CLIENT, CLIENT, CLIENT, INTERNAL, SERVER, PRODUCER, CONSUMER])
        service = chance.choice(services)
        at = (10_000 + number - behind[service], chance.choice([0, 5, 60, 200, 300 - 4 * number]))
        spans.append(span(number, None if parent is None else int.from_bytes(parent.span_id, "big"), at, service, kind))

    rows = build(*spans).rows

    assert sorted((row.span.span_id, row.span.duration_ns) for row in rows) == [
        (each.span_id, each.duration_ns) for each in spans
    ]
    for index, row in enumerate(rows):
        caller = next((rows[above].span for above in rows.find_ancestors(index)), None)
        if caller is None:
            assert not row.span.flags & SpanFlag.CLOCK_CORRECTED
        elif is_call(caller, row.span):
            begins_within = caller.start_ns <= row.span.start_ns <= caller.end_ns
            assert begins_within or (row.span.duration_ns > caller.duration_ns and caller.start_ns < row.span.start_ns)
    again = build(*(replace(row.span, flags=NO_FLAG) for row in rows))
    assert again.clock_corrections == ()


def is_call(caller: SpanOutline, called: SpanOutline) -> bool:
    is_pair = (caller.operation.kind, called.operation.kind) == (CLIENT, SERVER)
    return is_pair and caller.operation.service != called.operation.service
