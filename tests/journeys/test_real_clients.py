"""Every real client that can be had on this machine sends to the port it knows, and its spans are read back.

`python -m tests.clients.try_all` prints the same as a table.
"""

from pathlib import Path

import pytest

from tests.clients.reading import find_reason_not_to_read
from tests.clients.table import CLIENTS
from tests.clients.try_all import try_clients

pytestmark = [pytest.mark.journey, pytest.mark.long, pytest.mark.any_engine]


def test_their_spans_are_read_back_through_our_api_and_those_of_jaeger(tmp_path: Path) -> None:
    if reason := find_reason_not_to_read():
        pytest.skip(reason)
    trials = try_clients(tmp_path, list(CLIENTS))
    assert [trial.failure for trial in trials if trial.failure and not trial.is_skipped] == []
    tried = {trial.client.door for trial in trials if not trial.is_skipped}
    assert tried == {client.door for client in CLIENTS}
