"""A collector alone, without the rest of what `manage.py up` starts: quick to kill and to start."""

import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.services.ports import is_open
from tests.services.processes import REPOSITORY, list_pids, make_environment, wait_until


@dataclass(kw_only=True)
class Collector:
    """A running `manage.py collector`, of however many processes. `start` starts it again on its ports and data."""

    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def otlp_http_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['OTLP_HTTP_PORT']}"

    @property
    def otlp_grpc_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['OTLP_GRPC_PORT']}"

    def start(self) -> None:
        """Start it and wait until both ports answer."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "collector", "--lifeline"],
                cwd=REPOSITORY,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: self.answers() or self._has_ended(), seconds=60)
        assert not self._has_ended(), self.log.read_text()

    def keep_running(self) -> None:
        """Start it again if it ended: not all of it, or it would find its ports taken."""
        if self._has_ended() and not self.find_pids():
            self._close()
            self.start()

    def answers(self) -> bool:
        """Whether it takes requests."""
        return self.ask("/healthz")[0] == 200 and is_open(int(self.environment["OTLP_GRPC_PORT"]))

    def ask(self, path: str) -> tuple[int, str]:
        """Status and text of a page on its port; status 0 where nobody answers."""
        try:
            with urllib.request.urlopen(self.otlp_http_url + path, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def find_pids(self) -> list[int]:
        """Its processes, the one started first."""
        return list_pids(f"OTLP_HTTP_PORT={self.environment['OTLP_HTTP_PORT']}")

    def kill_all(self) -> None:
        """SIGKILL for every process, stopped before so that none sees another go."""
        pids = self.find_pids()
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        wait_until(lambda: self._has_ended() and not self.find_pids())

    def kill_one(self, choice: random.Random) -> None:
        """SIGKILL for one of its processes."""
        if pids := self.find_pids():
            with suppress(ProcessLookupError):
                os.kill(choice.choice(pids), signal.SIGKILL)

    def count_threads(self) -> int:
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self.find_pids())

    def resident_bytes(self) -> int:
        """Of its largest process."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.find_pids()]
        return max(pages) * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> None:
        """Ask it to stop; kill what does not."""
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            time.sleep(0.05)
            self.kill_all()
            self._close()

    def _has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _close(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        self.process = None


def make_collector(var_dir: Path, database_url: str, redis_url: str = "", **more: str) -> Collector:
    """A collector that is not started yet; its database is migrated."""
    environment = make_environment(var_dir, database_url, redis_url, **more)
    migrate(environment)
    return Collector(environment=environment, log=var_dir / "collector.log")


@contextmanager
def running(collector: Collector) -> Iterator[Collector]:
    """Started, and stopped in the end."""
    try:
        collector.start()
        yield collector
    finally:
        collector.stop()


def migrate(environment: Mapping[str, str], *target: str) -> None:
    """`manage.py migrate`."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0", *target], cwd=REPOSITORY, env=environment, check=True
    )
