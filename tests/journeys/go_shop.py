"""The Go shop of examples/go-shop: built, run, and what it says of its orders."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.services.processes import REPOSITORY

SOURCE = REPOSITORY / "examples" / "go-shop"
_LINE = re.compile(r"^(order-\d+)  trace ([0-9a-f]{32})  (sampled|not sampled)  (.+)$")
_FETCH_SECONDS = 120
# A machine that never built anything in Go compiles its standard library first.
_BUILD_SECONDS = 600
_RUN_SECONDS = 120


class NotHere(Exception):
    """It cannot be built on this machine; the text is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A line that the shop printed."""

    name: str
    trace_id: str
    is_sampled: bool
    outcome: str


def build_go_shop(folder: Path) -> Path:
    """The program. Raises NotHere without Go or the modules; AssertionError if what there is does not compile."""
    run_go("build", "-buildvcs=false", "-o", str(folder / "go-shop"), ".")
    return folder / "go-shop"


def run_go(*words: str) -> None:
    """A command of Go in the shop's folder. Raises NotHere without Go or the modules; AssertionError if it fails."""
    go = shutil.which("go")
    if go is None:
        raise NotHere("Go is not installed.")
    try:
        fetched = _run(_FETCH_SECONDS, go, "mod", "download")
    except subprocess.TimeoutExpired:
        raise NotHere(f"The modules of the Go shop did not come within {_FETCH_SECONDS} s.") from None
    if fetched.returncode:
        raise NotHere(f"The modules of the Go shop cannot be had: {fetched.stderr.strip().splitlines()[-1]}")
    done = _run(_BUILD_SECONDS, go, *words, GOPROXY="off")
    assert done.returncode == 0, done.stdout + done.stderr


def run_go_shop(program: Path, otlp_url: str, *arguments: str) -> list[Order]:
    """Run it to its end, when all its spans have been taken. Asserts that it had nothing to complain about."""
    command = [str(program), *arguments]
    environment = _make_environment(otlp_url)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_RUN_SECONDS, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [parse_line(line) for line in done.stdout.splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningShop:
    """The shop at work. `orders` ends when it has ended."""

    process: subprocess.Popen[str]
    orders: Iterator[Order]

    def ask_to_end(self) -> None:
        """Nobody else comes; who is there is served, and all spans are sent."""
        self.process.send_signal(signal.SIGTERM)


@contextmanager
def running_go_shop(program: Path, otlp_url: str, *arguments: str, **more: str) -> Iterator[RunningShop]:
    """It runs, with more variables if wanted. In the end it is asked to end and waited for."""
    environment = _make_environment(otlp_url, **more)
    with subprocess.Popen([str(program), *arguments], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shop = RunningShop(process=process, orders=_read_orders(process.stdout))
        try:
            yield shop
        finally:
            shop.ask_to_end()
            for _ in shop.orders:
                pass
            assert process.wait(_RUN_SECONDS) == 0


def parse_line(line: str) -> Order:
    """Raises AssertionError for a line that tells of no trace: a customer was not served."""
    found = _LINE.match(line)
    assert found, line
    name, trace_id, sampled, outcome = found.groups()
    return Order(name=name, trace_id=trace_id, is_sampled=sampled == "sampled", outcome=outcome)


def _read_orders(output: IO[str]) -> Iterator[Order]:
    for line in output:
        yield parse_line(line.rstrip("\n"))


def _run(timeout_seconds: int, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GOTOOLCHAIN": "local", **more}
    return subprocess.run(
        command, cwd=SOURCE, env=environment, capture_output=True, text=True, timeout=timeout_seconds, check=False
    )


def _make_environment(otlp_url: str, **more: str) -> Mapping[str, str]:
    """Without what would change its mind. A backend of traces refuses metrics, and the shop would say so."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return {**inherited, "OTEL_EXPORTER_OTLP_ENDPOINT": otlp_url, "OTEL_METRICS_EXPORTER": "none", **more}
