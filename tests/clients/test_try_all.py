"""The proof says what is missing."""

from dataclasses import replace

from tests.clients.running import Told
from tests.clients.table import CLIENTS
from tests.clients.try_all import READERS, ZIPKIN_READERS, Trial, find_differences, format_table


def make_trial() -> Trial:
    """Two spans of the same name, read back by all."""
    span = Told(
        trace_id="1" * 32,
        span_id="2" * 16,
        parent_span_id="",
        service="box-office",
        name="charge card",
        kind="client",
        is_error=False,
        start_ns=1,
        end_ns=2,
    )
    return Trial(CLIENTS[0], [span, span], {reader: ["charge card", "charge card"] for reader in READERS})


def test_nothing_is_said_where_all_was_read() -> None:
    trial = make_trial()
    assert find_differences(trial) == []
    assert format_table([trial]).splitlines()[2].count("| 2 ") == 1 + len(READERS)


def test_a_reader_that_misses_one_of_two_spans_is_named() -> None:
    trial = make_trial()
    trial.answers["v2 GetTrace"] = ["charge card"]
    assert find_differences(trial) == ["v2 GetTrace has ['charge card'] instead of ['charge card', 'charge card']"]


def test_zipkins_api_has_every_name_in_lower_case() -> None:
    trial = make_trial()
    trial.sent[0] = replace(trial.sent[0], name="POST /tickets")
    trial.answers = {reader: ["POST /tickets", "charge card"] for reader in READERS}
    assert find_differences(trial) == [
        f"{reader} has ['POST /tickets', 'charge card'] instead of ['charge card', 'post /tickets']"
        for reader in ZIPKIN_READERS
    ]
