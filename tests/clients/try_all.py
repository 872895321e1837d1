"""`python -m tests.clients.try_all [CLIENT …]`: the proof that clients need not change.

Starts a Tracing UI with every door open, has each real client send a trace, reads it back through our API, Jaeger's
(v1 and v3 over HTTP, v2 and v3 over gRPC with Jaeger's own classes), Zipkin's and Tempo's, and prints a table. Ends
with 1 if a span is missing anywhere. A client that cannot be had on this machine is skipped with a sentence.
"""

import sys
import tempfile
import time
import urllib.error
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests.clients.reading import Answers, ReaderFailed, find_reason_not_to_read, read_back
from tests.clients.running import ClientFailed, Told, run_client
from tests.clients.table import Client, Door, find_clients
from tests.clients.toolboxes import Missing
from tests.services.ports import find_free_port
from tests.services.processes import TracingUI, start_tracing_ui, wait_until

HTTP_READERS = ("ours", "v1 trace", "v1 search", "v3 trace", "v3 search")
GRPC_READERS = ("v2 GetTrace", "v2 FindTraces", "v3 GetTrace", "v3 FindTraces")
# It has all names in lower case.
ZIPKIN_READERS = ("Zipkin trace", "Zipkin search")
READERS = (*HTTP_READERS, *GRPC_READERS, *ZIPKIN_READERS, "Tempo trace", "Tempo search")
# A datagram's sender is told nothing: its spans are waited for.
_ARRIVAL_SECONDS = 10


@dataclass(slots=True)
class Trial:
    """What became of one client's spans. `failure` is a sentence, empty if all were read back everywhere."""

    client: Client
    sent: list[Told] = field(default_factory=list)
    answers: Answers = field(default_factory=dict)
    failure: str = ""
    is_skipped: bool = False


def main(names: list[str]) -> int:
    """Try them and print the table."""
    clients = find_clients(names)
    if reason := find_reason_not_to_read():
        sys.stdout.write(f"Jaeger's gRPC cannot be read: {reason}\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        trials = try_clients(Path(folder), clients)
    sys.stdout.write(format_table(trials))
    sys.stdout.writelines(f"{trial.client.name}: {trial.failure}\n" for trial in trials if trial.failure)
    return int(any(trial.failure and not trial.is_skipped for trial in trials))


def try_clients(var_dir: Path, clients: list[Client]) -> list[Trial]:
    """One after the other, on one Tracing UI that keeps its data in `var_dir`."""
    with start_tracing_ui(var_dir, **open_doors()) as tracing_ui:
        return [try_client(tracing_ui, client) for client in clients]


def open_doors() -> dict[str, str]:
    """A free port for every door, by its setting."""
    settings = [*(door.port_setting for door in Door), "JAEGER_QUERY_PORT"]
    return {setting: str(find_free_port()) for setting in settings}


def try_client(tracing_ui: TracingUI, client: Client) -> Trial:
    """Have it send a trace of its own, and read that back."""
    trial = Trial(client)
    trace_id = sha256(client.name.encode()).hexdigest()[:32]
    start_ns = time.time_ns() - 60 * 10**9
    port = int(tracing_ui.environment[client.door.port_setting])
    try:
        trial.sent = run_client(client, port, trace_id=trace_id, start_ns=start_ns)
    except Missing as reason:
        trial.failure, trial.is_skipped = f"skipped. {reason}", True
        return trial
    except ClientFailed as reason:
        trial.failure = str(reason)
        return trial
    wait_for(tracing_ui, trial.sent)
    try:
        trial.answers = read_back(tracing_ui, trial.sent[0].trace_id, start_ns, "box-office")
    except ReaderFailed as reason:
        trial.failure = str(reason)
    else:
        trial.failure = "; ".join(find_differences(trial))
    return trial


def wait_for(tracing_ui: TracingUI, sent: list[Told]) -> None:
    """Until our API has as many spans as were sent, or patience ends: then every reader will say so."""

    def has_come() -> bool:
        try:
            return len(tracing_ui.get_json(f"/api/v1/traces/{sent[0].trace_id}")["spans"]) >= len(sent)
        except urllib.error.HTTPError as error:
            error.close()
            return False

    try:
        wait_until(has_come, _ARRIVAL_SECONDS)
    except TimeoutError:
        sys.stdout.write(f"Trace {sent[0].trace_id} did not come whole within {_ARRIVAL_SECONDS} s.\n")


def find_differences(trial: Trial) -> list[str]:
    """A clause for each reader that read other spans than were sent."""
    sent = sorted(span.name for span in trial.sent)
    lowered = sorted(name.lower() for name in sent)
    expected = {reader: lowered if reader in ZIPKIN_READERS else sent for reader in READERS}
    return [
        f"{reader} has {trial.answers[reader]} instead of {expected[reader]}"
        for reader in READERS
        if trial.answers[reader] != expected[reader]
    ]


def format_table(trials: list[Trial]) -> str:
    """Markdown: a line a client."""
    head = ["door", "client", "body", "sent", *READERS]
    lines = [head, ["---"] * len(head)]
    for trial in trials:
        counts = [str(len(trial.answers[reader])) if trial.answers else "–" for reader in READERS]
        name = f"{trial.client.library} ({trial.client.name})"
        sent = "skipped" if trial.is_skipped else str(len(trial.sent))
        lines.append([trial.client.door.title, name, trial.client.body, sent, *counts])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
