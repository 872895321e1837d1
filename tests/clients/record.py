"""`python -m tests.clients.record [CLIENT …]`: what real clients send, as files in tests/payloads/.

A client's folder has a file for each request and `manifest.json`, which says how they came and what the client meant.
Ids and times are fixed: recorded again, a payload changes only where the client changed.
"""

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from tests.clients.recorder import Request, recording
from tests.clients.running import ClientFailed, run_client
from tests.clients.table import Client, find_clients
from tests.clients.toolboxes import Missing

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
# Both halves have their highest bit set.
TRACE_ID = "c0ffee00c0ffee00babe5eedbabe5eed"
START_NS = 1_790_000_000_123_456_000


def main(names: list[str]) -> int:
    """Record them; 1 if one could not be recorded."""
    failures = 0
    for client in find_clients(names):
        try:
            sys.stdout.write(f"{client.name}: {record(client)}\n")
        except (Missing, ClientFailed) as reason:
            failures += 1
            sys.stdout.write(f"{client.name}: not recorded. {reason}\n")
    return int(failures > 0)


def record(client: Client) -> str:
    """Record one; a sentence about it."""
    with recording(client.door.transport) as recorder:
        told = run_client(client, recorder.port, trace_id=TRACE_ID, start_ns=START_NS)
    if not recorder.requests or not told:
        raise ClientFailed("It sent nothing.")
    folder = PAYLOADS / client.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    manifest = {
        "library": client.library,
        "door": client.door.name,
        "requests": [_write(folder, number, request) for number, request in enumerate(recorder.requests, 1)],
        "spans": [asdict(span) for span in told],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    size = sum(len(request.body) for request in recorder.requests)
    return f"{len(told)} spans in {len(recorder.requests)} requests, {size} bytes."


def _write(folder: Path, number: int, request: Request) -> dict[str, object]:
    name = f"{number}.bin"
    (folder / name).write_bytes(request.body)
    head = {key: value for key, value in asdict(request).items() if key != "body" and value}
    return {"file": name, **head}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
