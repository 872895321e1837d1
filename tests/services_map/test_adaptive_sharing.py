"""The operations of a service share what it may send: new ones, many, and names that nobody will hear again."""

from collections.abc import Iterable, Mapping

import numpy as np
import pytest

from services_map.domain.latency.buckets import buckets_of
from services_map.domain.latency.cells import CELL, make_key
from services_map.domain.latency.joined_rows import JoinedRows, join_rows
from services_map.domain.sampling.adaptive import MAX_OPERATIONS, OTHERS, OTHERS_TARGETS, Reason, Sampled
from services_map.domain.sampling.following import MINUTES, Load
from services_map.domain.sampling.loads import read_loads
from services_map.domain.sampling.sharing import FORGOTTEN_AFTER_S, Asked, adapt

NOW_S = 1_700_000_040
SECOND = 10**9


def ask(*operations: str, others_target: float | None = 1.0) -> Asked:
    return Asked(service="shop", targets=dict.fromkeys(operations, 1.0), others_target=others_target, probability=1.0)


def come(**sent: int) -> dict[str, Load]:
    """So many traces a minute of each operation, for as long as is looked back."""
    return {
        name: Load(sent=[count] * MINUTES, failed=[0] * MINUTES, end_s=NOW_S) for name, count in sent.items() if count
    }


def by_name(found: Iterable[Sampled]) -> dict[str, Sampled]:
    return {each.operation: each for each in found}


def follow_for(minutes: int, known: list[Sampled], loads: Mapping[str, Load], asked: Asked) -> list[Sampled]:
    for minute in range(minutes):
        moved = {
            name: Load(sent=load.sent, failed=load.failed, end_s=NOW_S + 60 * minute) for name, load in loads.items()
        }
        known = adapt(asked, known, moved, NOW_S + 60 * minute)
    return known


def test_a_new_operation_begins_with_what_all_others_are_told() -> None:
    known = adapt(ask("busy"), [], come(busy=60_000), NOW_S)
    others = by_name(known)[OTHERS]
    assert (others.probability, others.reason) == (OTHERS_TARGETS / 1_000, Reason.OTHERS)
    loads = {"new": Load(sent=[0] * 15 + [1], failed=[0] * MINUTES, end_s=NOW_S + 180)}
    new = by_name(adapt(ask("busy", "new"), known, loads, NOW_S + 180))["new"]
    assert (new.told, new.reason) == (others.told, Reason.NEW)


def test_if_everything_is_renamed_it_sends_no_more_than_a_few_dozen_operations_would() -> None:
    known = by_name(adapt(ask("a", "b"), [], come(a=30_000, b=30_000), NOW_S))
    assert known[OTHERS].probability * 1_000 == pytest.approx(OTHERS_TARGETS)


def test_a_service_of_which_nothing_comes_keeps_everything() -> None:
    known = follow_for(3, [], come(busy=60_000), ask("busy"))
    for minute in range(60):
        later = adapt(ask("busy"), known, {}, NOW_S + 180 + 60 * minute)
        assert later == known


def test_an_operation_that_does_not_come_for_a_day_is_forgotten() -> None:
    known = follow_for(3, [], come(a=60, gone=60), ask("a", "gone"))
    loads = {"a": Load(sent=[60] * MINUTES, failed=[0] * MINUTES, end_s=NOW_S + FORGOTTEN_AFTER_S)}
    assert "gone" in by_name(adapt(ask("a", "gone"), known, loads, NOW_S + FORGOTTEN_AFTER_S - 1))
    assert "gone" not in by_name(adapt(ask("a", "gone"), known, loads, NOW_S + FORGOTTEN_AFTER_S + 120))


def test_of_thousands_of_operations_the_busiest_have_a_probability_of_their_own() -> None:
    loads = come(**{f"GET /{n}": 1 + n for n in range(2_000)})
    known = adapt(ask(*loads), [], loads, NOW_S)
    names = by_name(known).keys()
    assert names == {OTHERS, *(f"GET /{n}" for n in range(2_000 - MAX_OPERATIONS, 2_000))}
    # Who is a little busier than one that has it does not take its place: names would come and go.
    loads = come(**{f"GET /{n}": 2_000 - n // 4 for n in range(2_000)})
    assert by_name(adapt(ask(*loads), known, loads, NOW_S + 60)).keys() == names


def test_only_operations_that_shall_follow_their_load_are_known() -> None:
    known = adapt(ask("a", others_target=None), [], come(a=60, b=60), NOW_S)
    assert by_name(known).keys() == {"a"}
    assert adapt(ask(others_target=None), known, come(a=60), NOW_S + 60) == []


def make_rows(*cells: tuple[int, int, int, float, bool, bool]) -> JoinedRows:
    """(subject, minutes ago, count, seconds taken, failed, root) each."""
    rows = []
    for subject, ago, count, seconds, is_failed, is_root in cells:
        bucket = int(buckets_of(np.array([int(seconds * SECOND)]))[0])
        key = make_key(0, 2 * is_failed, is_root=is_root, is_entry=True, bucket=bucket)
        packed = np.array([(key, count)], CELL).tobytes()
        rows.append((subject, NOW_S - 60 * ago, packed, b""))
    return join_rows(rows)


def test_traces_are_counted_by_the_spans_that_they_begin_with_of_any_kind() -> None:
    rows = make_rows(
        (1, 1, 5, 0.1, False, True),
        (1, 1, 2, 0.1, True, True),
        (1, 1, 9, 0.1, False, False),
        (2, 16, 3, 0.1, False, True),
        (3, 2, 4, 0.1, False, False),
    )
    found = read_loads(rows, {("shop", "a"): [1, 2], ("shop", "b"): [3]}, NOW_S)
    assert found == {
        ("shop", "a"): Load(sent=[3, *[0] * 14, 7], failed=[*[0] * 15, 2], end_s=NOW_S),
    }
    assert read_loads(make_rows(), {}, NOW_S) == {}


def test_traces_that_take_long_are_waited_for() -> None:
    rows = make_rows(
        *((1, ago, 60, 200.0, False, True) for ago in range(5, 17)),
        *((2, ago, 60, 1.0, False, True) for ago in range(1, 17)),
        (2, 9, 2, 200.0, False, True),
    )
    found = read_loads(rows, {("shop", "slow"): [1], ("shop", "quick"): [2]}, NOW_S)
    assert found["shop", "slow"] == Load(sent=[60] * 12 + [0], failed=[0] * 13, end_s=NOW_S - 180)
    assert found["shop", "quick"].end_s == NOW_S
