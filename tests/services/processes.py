"""Tracing UI itself, started as a person starts it."""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Thread
from typing import Any, Protocol

from tests.services.ports import find_free_port

REPOSITORY = Path(__file__).resolve().parents[2]
READY = "Tracing UI 0"
PARTS = ("web", "collector", "worker", "gateway")
# Closed unless a test opens them: most need none, and a process less starts sooner.
GATEWAY_PORTS = (
    "ZIPKIN_PORT",
    "JAEGER_HTTP_PORT",
    "JAEGER_GRPC_PORT",
    "JAEGER_QUERY_PORT",
    "TEMPO_PORT",
    "SAMPLING_PORT",
)


class Receiver(Protocol):
    """What takes spans over OTLP, and the environment in which others find its database."""

    environment: Mapping[str, str]

    @property
    def otlp_http_url(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is set to for OTLP over HTTP."""
        ...

    @property
    def otlp_grpc_url(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is set to for OTLP over gRPC."""
        ...


@dataclass(kw_only=True)
class TracingUI:
    """A running `manage.py up`. Its ports and its VAR_DIR outlive it: `start` starts the same one again."""

    environment: Mapping[str, str]
    process: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)
    _listener: Thread = field(default_factory=Thread)

    @property
    def url(self) -> str:
        """Pages, and the API below /api/v1/."""
        return f"http://127.0.0.1:{self.environment['WEB_PORT']}"

    @property
    def otlp_http_url(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is set to for OTLP over HTTP."""
        return f"http://127.0.0.1:{self.environment['OTLP_HTTP_PORT']}"

    @property
    def otlp_grpc_url(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is set to for OTLP over gRPC."""
        return f"http://127.0.0.1:{self.environment['OTLP_GRPC_PORT']}"

    @property
    def output(self) -> str:
        """Everything said so far, on both streams."""
        return "".join(self.lines)

    def start(self, seconds: float = 60.0) -> None:
        """Start it and wait until it says that it runs. Raises RuntimeError with its output if it does not."""
        self.lines.clear()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._listener = Thread(target=self._listen, args=(self.process,), daemon=True)
        self._listener.start()
        wait_until(lambda: READY in self.output or self._running().poll() is not None, seconds)
        if READY not in self.output:
            raise RuntimeError(f"Tracing UI did not start:\n{self.output}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop and wait for it; its exit code."""
        with suppress(ProcessLookupError):
            self._running().send_signal(number)
        return self.wait()

    def wait(self, seconds: float = 60.0) -> int:
        """Wait until it ends; its exit code. Then `output` is complete, unless a part outlives it."""
        code = self._running().wait(seconds)
        self._listener.join(5)
        self.process = None
        return code

    def find_pids(self, part: str = "") -> list[int]:
        """The processes of a part (`web`, `collector`, `worker`), the one started first; or those of all parts."""
        wanted = [part] if part else [*PARTS]
        return [pid for pid in list_pids(f"WEB_PORT={self.environment['WEB_PORT']}") if _is_part(pid, wanted)]

    def kill(self, part: str) -> None:
        """SIGKILL for the first process of a part, or for `up` itself."""
        pid = self._running().pid if part == "up" else self.find_pids(part)[0]
        os.kill(pid, signal.SIGKILL)

    def get_json(self, path: str) -> Any:
        """What the API answers to GET."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def _running(self) -> subprocess.Popen[str]:
        assert self.process is not None, "it does not run"
        return self.process

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line)


def make_environment(var_dir: Path, database_url: str = "", redis_url: str = "", **more: str) -> dict[str, str]:
    """The environment of a Tracing UI on free ports; SQLite in `var_dir` and no Redis unless told otherwise."""
    ours = ("DATABASE_URL", "REDIS_URL", "TRACING_UI_SERVES", "DJANGO_ALLOW_ASYNC_UNSAFE")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {
        **inherited,
        "VAR_DIR": str(var_dir),
        "DATABASE_URL": database_url or f"sqlite:///{var_dir / 'tracing.sqlite3'}",
        "REDIS_URL": redis_url,
        "WEB_PORT": str(find_free_port()),
        "OTLP_HTTP_PORT": str(find_free_port()),
        "OTLP_GRPC_PORT": str(find_free_port()),
        **dict.fromkeys(GATEWAY_PORTS, "0"),
        "PYTHONUNBUFFERED": "1",
        **more,
    }


@contextmanager
def start_tracing_ui(var_dir: Path, database_url: str = "", redis_url: str = "", **more: str) -> Iterator[TracingUI]:
    """A Tracing UI that is ready. Whatever is left of it in the end is killed."""
    _lend_static_files(var_dir)
    tracing_ui = TracingUI(environment=make_environment(var_dir, database_url, redis_url, **more))
    try:
        tracing_ui.start()
        yield tracing_ui
    finally:
        if tracing_ui.process is not None:
            tracing_ui.stop()
        for pid in tracing_ui.find_pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _lend_static_files(var_dir: Path) -> None:
    """What the first start collects serves the others: it looks whether that is still what the sources are."""
    folder = var_dir / "static"
    if not folder.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(_make_static_folder())


@cache
def _make_static_folder() -> str:
    folder = mkdtemp(prefix="tracing-ui-static-")
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


def wait_until(is_so: Callable[[], object], seconds: float = 10.0) -> None:
    """Raises TimeoutError if it is not so in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"still not so after {seconds} s")
        time.sleep(0.02)


def list_pids(variable: str) -> list[int]:
    """The processes whose environment has `NAME=value`, the one started first; not zombies."""
    pids = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if variable in _read(pid, "environ").split("\0")]


def find_children(pid: int) -> list[int]:
    """The processes that this one started and that have not ended."""
    children = " ".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(child) for child in children.split()]


def _is_part(pid: int, parts: list[str]) -> bool:
    words = _read(pid, "cmdline").split("\0")
    return any(word.endswith("manage.py") and following in parts for word, following in pairwise(words))


def _read(pid: int, name: str) -> str:
    """A file of /proc; empty for a process that is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""
