"""A system under test: started on loopback with a fresh directory, asked, stopped, and its disk use measured."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.load import LoadFailed
from benchmarks.scenarios import OTLP
from benchmarks.spans import Sample

_STARTS_WITHIN_SECONDS = 60.0
_STOPS_WITHIN_SECONDS = 60.0


class Unavailable(Exception):
    """A system that cannot be had on this machine; says why."""


# What may go wrong with one system and must not cost the figures of the others.
FAILURES = (Unavailable, LoadFailed, RuntimeError, OSError, subprocess.SubprocessError)


def stop_on_sigterm() -> None:
    """Have SIGTERM stop what was started, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def say_failure(name: str, problem: BaseException) -> str:
    """A remark for the tables; the end of a long output says most."""
    return f"{name} was not measured: {str(problem).strip()[-300:]}"


@dataclass(kw_only=True)
class Running:
    """A started system. `stop` ends it cleanly, after which only `measure_disk` may be called."""

    # Of OTLP over HTTP; what takes none has none.
    http_ports: list[int] = field(default_factory=list)
    grpc_ports: list[int] = field(default_factory=list)
    # Of doors for other protocols, by the names of `benchmarks.formats`.
    foreign_ports: dict[str, int] = field(default_factory=dict)
    # The process that takes spans, with all it starts; and the others, by what they are.
    ingest_pids: list[int]
    other_pids: dict[str, list[int]] = field(default_factory=dict)
    # One that stands before it at the foreign ports.
    gateway_pids: list[int] = field(default_factory=list)
    # How many spans of a trace, given in hex, a reader finds.
    count_trace_spans: Callable[[str], int]
    search_url: str
    stop: Callable[[], object]
    measure_disk: Callable[[], int]
    # Of Tracing UI only.
    database_url: str = ""


@dataclass(frozen=True, kw_only=True)
class System:
    """A system that can be started in an empty directory. `note` is what a reader of its figures must know."""

    name: str
    note: str
    start: Callable[[Path], AbstractContextManager[Running]]
    # In which scenarios of `benchmarks.ingest` it takes part.
    scenarios: tuple[str, ...] = OTLP


@contextmanager
def start_program(
    command: list[str], directory: Path, environment: dict[str, str], is_ready: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ready; its output is in `directory/log`. What is left of it in the end is killed."""
    with (directory / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"{command[0]} does not start: {_tail(directory / 'log')}")
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def stop_program(process: "subprocess.Popen[Any]") -> None:
    """Ask it to stop and wait until it has."""
    process.terminate()
    process.wait(_STOPS_WITHIN_SECONDS)


def get_json(url: str, timeout: float = 60.0) -> Any:
    """What a GET answers; None for 404."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as problem:
        if problem.code == 404:
            return None
        raise


def answers(url: str) -> bool:
    """Whether a GET is answered with success."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def measure_directory(directory: Path, pattern: str = "*") -> int:
    """Bytes on disk of all files below."""
    return sum(path.stat().st_blocks * 512 for path in directory.rglob(pattern) if path.is_file())


def measure_readable(running: Running, samples: list[Sample], seconds: float) -> float:
    """The share of the samples' spans that a reader finds; waits up to `seconds` for a system that answers early."""
    deadline = time.monotonic() + seconds
    while True:
        found = sum(min(running.count_trace_spans(sample.trace_id), sample.span_count) for sample in samples)
        share = found / max(1, sum(sample.span_count for sample in samples))
        if share == 1 or time.monotonic() > deadline:
            return share
        time.sleep(1.0)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-1_000:]
