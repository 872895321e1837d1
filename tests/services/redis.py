"""A Redis server of the tests' own."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.ports import find_free_port, wait_until_open


@dataclass(kw_only=True)
class RedisServer:
    """A private server that keeps nothing on disk; `stop` and `start` are an outage with loss."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it on the port it had before, and wait until it answers."""
        program = shutil.which("redis-server")
        if program is None:
            raise RuntimeError("redis-server is missing: run scripts/install-test-services.sh")
        options = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.directory), "save": ""}
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, *(word for name, value in options.items() for word in (f"--{name}", value))],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until_open(self.port)

    def stop(self) -> None:
        """Shut it down."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None


@contextmanager
def run_redis() -> Iterator[RedisServer]:
    """A started server on a free loopback port."""
    directory = Path(tempfile.mkdtemp(prefix="tracing-ui-redis-"))
    server = RedisServer(directory=directory, port=find_free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)
