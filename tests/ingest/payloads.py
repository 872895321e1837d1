"""What real clients sent, as `python -m tests.clients.record` kept it in tests/payloads/."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

from tests.clients.running import Told
from tests.clients.table import CLIENTS, Door

_FOLDER = Path(__file__).resolve().parents[1] / "payloads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The requests of one client, unpacked, and what it meant by them. `translation` is what must become of them."""

    client: str
    door: Door
    target: str
    content_type: str
    content_encoding: str
    bodies: tuple[bytes, ...]
    told: tuple[Told, ...]
    translation: Path

    @property
    def bodies_as_sent(self) -> tuple[bytes, ...]:
        """Still packed, as they came over the line."""
        return tuple(path.read_bytes() for path in sorted(self.translation.parent.glob("*.bin")))


def read_payload(client: str) -> Payload:
    folder = _FOLDER / client
    manifest = json.loads((folder / "manifest.json").read_text())
    requests = manifest["requests"]
    return Payload(
        client=client,
        door=Door[manifest["door"]],
        target=requests[0].get("target", ""),
        content_type=requests[0].get("content_type", ""),
        content_encoding=requests[0].get("content_encoding", ""),
        bodies=tuple(_unpack((folder / request["file"]).read_bytes(), request) for request in requests),
        told=tuple(Told(**span) for span in manifest["spans"]),
        translation=folder / "otlp.txt",
    )


def list_payloads(*doors: Door) -> list[Payload]:
    """Those of the doors, in the order of the table of clients. Each client has one."""
    return [read_payload(client.name) for client in CLIENTS if client.door in doors]


def _unpack(body: bytes, request: dict[str, str]) -> bytes:
    return gzip.decompress(body) if request.get("content_encoding") == "gzip" else body
