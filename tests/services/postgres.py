"""A PostgreSQL server of the tests' own."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from tests.services.ports import find_free_port
from tests.services.processes import find_children

FAST_AND_UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(kw_only=True)
class PostgresServer:
    """A private server; `stop`, `start` and `kill` are its outages."""

    directory: Path
    port: int
    durable: bool
    options: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def create_database(self, tables_in: Path | None = None) -> str:
        """A new empty database, its tables in a directory of their own if told so; its address."""
        if tables_in is None:
            return create_database(self.url)
        tables_in.mkdir()
        if user := _unprivileged():
            os.chown(tables_in, user["user"], user["group"])
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE elsewhere LOCATION '{tables_in}'".encode())
        return create_database(self.url, " TABLESPACE elsewhere")

    def pause(self) -> None:
        """Nothing of it moves: connections stay, and nobody answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on as if nothing had been."""
        self._signal_all(signal.SIGCONT)

    def start(self) -> None:
        """Start the server on the port and data it had before, and wait until it answers."""
        settings = [f"unix_socket_directories={self.directory}", "listen_addresses=127.0.0.1", f"port={self.port}"]
        settings += ["max_connections=200", "shared_buffers=128MB", *(() if self.durable else FAST_AND_UNSAFE)]
        settings += self.options
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [find_program("postgres"), "-D", self.directory / "data", *(f"--{setting}" for setting in settings)],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **_unprivileged(),
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Disconnect everybody and shut down."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut would, as far as processes go."""
        self._end(signal.SIGQUIT)

    def kill_backend(self, application: str) -> None:
        """SIGKILL for a process that serves this application; the server takes all others down and starts anew."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = %s ORDER BY state_change DESC", [application]
            ).fetchone()
        if found:
            os.kill(found[0], signal.SIGKILL)
            self._wait_until_it_answers()

    def _signal_all(self, number: signal.Signals) -> None:
        """For the server and every process it started; each has a process group of its own."""
        assert self.process is not None
        for pid in (self.process.pid, *find_children(self.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None

    def _wait_until_it_answers(self) -> None:
        assert self.process is not None
        for _ in range(500):
            if self.process.poll() is not None:
                raise RuntimeError((self.directory / "log").read_text())
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
        raise TimeoutError((self.directory / "log").read_text())


@contextmanager
def run_postgres(durable: bool = False, options: Sequence[str] = ()) -> Iterator[PostgresServer]:
    """A started server on a free loopback port, its data in a directory that goes with it.

    `durable` keeps what it committed over a crash of the machine, and costs an fsync a commit.
    `options` are further settings, such as `shared_buffers=2GB`.
    """
    directory = Path(tempfile.mkdtemp(prefix="tracing-ui-postgres-"))
    try:
        server = PostgresServer(
            directory=_initialised(directory), port=find_free_port(), durable=durable, options=options
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def create_database(server_url: str, options: str = "") -> str:
    """A new empty database on the server behind `server_url`; its address."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{options}'.encode())
    return f"{server_url.rpartition('/')[0]}/{name}"


def _initialised(directory: Path) -> Path:
    user = _unprivileged()
    if user:
        os.chown(directory, user["user"], user["group"])
    options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    made = subprocess.run(
        [find_program("initdb"), "-D", directory / "data", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=directory,
        **user,
    )
    if made.returncode:
        raise RuntimeError(made.stdout + made.stderr)
    return directory


def find_program(name: str) -> str:
    """PostgreSQL's own programs: Debian keeps them out of PATH, one directory a version."""
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = shutil.which(name) or (str(candidates[-1]) if candidates else None)
    if found is None:
        raise RuntimeError(f"{name} is missing: run scripts/install-test-services.sh")
    return found


def _unprivileged() -> dict[str, Any]:
    """How to start a process as somebody other than root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
