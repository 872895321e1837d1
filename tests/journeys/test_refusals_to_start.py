"""What `manage.py` says where it cannot start: one sentence. Nothing listens here: these run side by side."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.ports import find_free_port
from tests.services.processes import REPOSITORY, make_environment

pytestmark = pytest.mark.any_engine


def run_command(environment: dict[str, str], *words: str) -> tuple[int, str]:
    """A management command that ends by itself: its exit code, and what it said."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", ["WEB_PORT", "OTLP_HTTP_PORT", "OTLP_GRPC_PORT"])
def test_a_taken_port_is_one_sentence(name: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = run_command(make_environment(tmp_path, **{name: str(port)}), "up")
    assert said == f"Tracing UI cannot start: Port {port} is in use: stop what listens there or set {name}.\n"
    assert code == 1


def test_a_port_given_twice_is_one_sentence(tmp_path: Path) -> None:
    environment = make_environment(tmp_path, OTLP_HTTP_PORT="4417", OTLP_GRPC_PORT="4417")
    code, said = run_command(environment, "up")
    assert said == (
        "Tracing UI cannot start: OTLP_HTTP_PORT and OTLP_GRPC_PORT are both 4417: give each a port of its own.\n"
    )
    assert code == 1


def test_an_unreachable_database_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://tracing:secret@127.0.0.1:{find_free_port()}/traces?sslpassword=secret"
    code, said = run_command(make_environment(tmp_path, url), "up")
    assert said.startswith("Tracing UI cannot start: Cannot reach the database postgresql://tracing@127.0.0.1:")
    assert said.endswith("See DATABASE_URL.\n")
    assert (code, said.count("\n"), "secret" in said) == (1, 1, False)


def test_an_unusable_sqlite_file_is_one_sentence(tmp_path: Path) -> None:
    code, said = run_command(make_environment(tmp_path, f"sqlite:///{tmp_path}"), "up")
    assert said == (
        f"Tracing UI cannot start: Cannot reach the database sqlite:///{tmp_path}"
        " (unable to open database file). See DATABASE_URL.\n"
    )
    assert code == 1


def test_an_unreachable_redis_is_one_sentence(tmp_path: Path) -> None:
    url = f"redis://:secret@127.0.0.1:{find_free_port()}/0"
    code, said = run_command(make_environment(tmp_path, redis_url=url), "up")
    assert said.startswith("Tracing UI cannot start: Cannot reach Redis at redis://@127.0.0.1:")
    assert said.endswith("See REDIS_URL.\n")
    assert (code, said.count("\n"), "secret" in said) == (1, 1, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_PORT", "http"),
        ("WEB_PORT", "70000"),
        ("RETENTION_HOURS", "a week"),
        ("RETENTION_HOURS", "99999999999"),
        ("RETENTION_BYTES", "50 GByte"),
        ("RETENTION_BYTES", "50"),
        ("PARTITION_MAX_HOURS", "99999999999"),
        ("PARTITION_MAX_SPANS", "99999999999"),
        ("INGEST_DEDUPLICATE_SECONDS", "99999999999"),
        ("INGEST_DEDUPLICATE_SECONDS", str(7 * 24 * 3600)),
        ("INGEST_COMMIT_TIMEOUT_SECONDS", "99999999999"),
        ("INGEST_MAX_BODY_BYTES", "99999999999"),
        ("INGEST_MAX_PENDING_BYTES", "1000"),
        ("DISK_RESERVE_BYTES", "-1"),
        ("INGEST_THREADS", "99999999999"),
        ("SEARCH_TIMEOUT_SECONDS", "99999999999"),
        ("SEARCH_COUNT_SECONDS", "nan"),
        ("LOG_FORMAT", "xml"),
        ("VAR_DIR", "/proc/nope"),
        ("VAR_DIR", "/etc/passwd"),
        ("VAR_DIR", "/proc"),
        ("DATABASE_URL", "mysql://localhost/traces"),
        ("DATABASE_URL", "postgresql://[bad/x"),
        ("DATABASE_URL", "postgresql://me:secret@host:notaport/x"),
        ("DATABASE_URL", "postgresql://me:sec/secret@host/x"),
        ("DATABASE_URL", "sqlite:////proc/nope/x.db"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("REDIS_URL", "amqp://localhost"),
        ("REDIS_URL", "redis://[x"),
        ("REDIS_URL", "redis://:secret@h:bad/0"),
    ],
)
def test_a_bad_setting_is_one_sentence_that_names_it(name: str, value: str, tmp_path: Path) -> None:
    code, said = run_command({**make_environment(tmp_path), name: value}, "up")
    assert said.startswith("Tracing UI cannot start: ")
    assert (code, said.count("\n"), name in said, "secret@" in said) == (2, 1, True, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN_HOST", "a..b"),
        ("LISTEN_HOST", "nowhere.invalid"),
        ("VAR_DIR", "/proc"),
        ("DATABASE_URL", "postgresql://me:secret@127.0.0.1/x?nope=1"),
        ("DATABASE_URL", "postgresql://me:secret@127.0.0.1/x?pool=true"),
        ("DATABASE_URL", "postgresql://me:secret@a..b/x"),
        ("REDIS_URL", "redis://:secret@127.0.0.1/0?nope=1"),
        ("REDIS_URL", "redis://:secret@127.0.0.1/0?socket_timeout=soon"),
        ("REDIS_URL", "redis://:secret@a..b/0"),
    ],
)
def test_a_setting_that_does_not_work_here_is_one_sentence_that_names_it(name: str, value: str, tmp_path: Path) -> None:
    code, said = run_command({**make_environment(tmp_path, SECRET_KEY="k"), name: value}, "up")
    assert said.startswith("Tracing UI cannot start: ")
    assert (code, said.count("\n"), name in said, "secret" in said) == (1, 1, True, False)


def test_a_var_dir_of_any_name_holds_the_database(tmp_path: Path) -> None:
    var_dir = tmp_path / "50% of #1?"
    environment = make_environment(var_dir) | {"DATABASE_URL": ""}
    assert run_command(environment, "migrate", "--verbosity=0") == (0, "")
    assert (var_dir / "tracing.sqlite3").stat().st_size > 0


def test_a_collector_of_its_own_checks_its_ports_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = run_command(make_environment(tmp_path, OTLP_GRPC_PORT=str(port)), "collector")
    expected = f"The collector cannot start: Port {port} is in use: stop what listens there or set OTLP_GRPC_PORT.\n"
    assert (code, said) == (1, expected)
