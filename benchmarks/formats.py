"""What requests are written in and where they are sent, by the protocol of a scenario."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bodies import BodyFile, transcribe_bodies
from benchmarks.transcribe import to_json
from benchmarks.transcribe_thrift import to_thrift
from benchmarks.transcribe_zipkin import to_zipkin, to_zipkin_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """Made by `transcribe` of what the generator makes, which is OTLP in protobuf; without it, that itself."""

    media_type: str = "application/x-protobuf"
    address: str = "/v1/traces"
    # Whose port it is, in `Running.foreign_ports`; empty for OTLP's.
    door: str = ""
    suffix: str = ""
    transcribe: Callable[[bytes], bytes] | None = None

    def write(self, bodies: BodyFile) -> Path:
        """The file of these requests in this format, new unless it is there."""
        return transcribe_bodies(bodies, self.suffix, self.transcribe) if self.transcribe else bodies.path


_ZIPKIN_ADDRESS = "/api/v2/spans"
FORMATS = {
    "http": Format(),
    "grpc": Format(),
    "json": Format(media_type="application/json", suffix="otlp-json", transcribe=to_json),
    "zipkin": Format(address=_ZIPKIN_ADDRESS, door="zipkin", suffix="zipkin", transcribe=to_zipkin),
    "zipkin-json": Format(
        media_type="application/json",
        address=_ZIPKIN_ADDRESS,
        door="zipkin",
        suffix="zipkin-json",
        transcribe=to_zipkin_json,
    ),
    "thrift": Format(
        media_type="application/x-thrift",
        address="/api/traces",
        door="thrift",
        suffix="thrift",
        transcribe=to_thrift,
    ),
}
