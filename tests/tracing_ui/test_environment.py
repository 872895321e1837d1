"""What the values of the environment mean, and the sentences about those that mean nothing."""

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tracing_ui.environment import (
    check_deduplication,
    check_pending_bytes,
    check_range,
    check_redis_url,
    check_retention_bytes,
    check_web_threads,
    keep_secret_key,
    make_directory,
    parse_bytes,
    parse_database_url,
)


def test_a_sqlite_address_is_a_file_whose_directory_is_made(tmp_path: Path) -> None:
    file = tmp_path / "a b" / "50% of it?" / "tracing.sqlite3"
    config = parse_database_url(f"sqlite:///{tmp_path}/a%20b/50%25%20of%20it%3F/tracing.sqlite3")
    assert (config["ENGINE"], config["NAME"]) == ("django.db.backends.sqlite3", str(file))
    assert file.parent.is_dir()


def test_a_postgresql_address_says_where_and_how_to_connect() -> None:
    config = parse_database_url("postgresql://me:p%2F%40ss@host:5433/traces?sslmode=require&keepalives_idle=60")
    parts = [config[name] for name in ("ENGINE", "USER", "PASSWORD", "HOST", "PORT", "NAME")]
    assert parts == ["django.db.backends.postgresql", "me", "p/@ss", "host", 5433, "traces"]
    assert config["OPTIONS"] == {
        "application_name": "tracing-ui",
        "connect_timeout": 5,
        "keepalives_idle": 60,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
        "sslmode": "require",
    }


def test_a_postgresql_server_may_listen_on_a_socket_of_this_machine() -> None:
    assert parse_database_url("postgresql:///traces")["HOST"] == ""
    assert parse_database_url("postgresql://%2Fvar%2Frun/traces")["HOST"] == "/var/run"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "traces",
        "mysql://me:secret@host/traces",
        "postgresql://[bad/x",
        "postgresql://me:secret@host:notaport/x",
        "postgresql://me:secret@host:99999/x",
        "postgresql://me:secret@host:0/x",
        "postgresql://me:secret@host",
        "postgresql://me:secret@host/",
        "postgresql://me:1/secret@host/x",
        "postgresql://me:secret/1@host/x",
        "postgresql://me:1#secret@host/x",
        "postgresql://me:1?secret@host/x",
        "postgresql://me:secret%00@host/x",
        "postgresql://me:secret@ho℀st/x",
    ],
)
def test_an_unreadable_database_address_is_named_and_not_quoted(url: str) -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"^DATABASE_URL .+ must look like .+\.$|^DATABASE_URL must"
    ) as raised:
        parse_database_url(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://:memory:",
        "sqlite:traces.sqlite3",
        "sqlite://traces.sqlite3",
        "sqlite://host/traces.sqlite3",
        "sqlite:///file:traces%3Fmode=memory",
        "sqlite:////traces.sqlite3?mode=memory",
        "sqlite:////traces#1.sqlite3",
    ],
)
def test_a_database_in_memory_or_no_file_at_all_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL "):
        parse_database_url(url)


@pytest.mark.parametrize("url", ["", "redis://host", "redis://host:6379/3", "rediss://:pass@[::1]:6379/0?timeout=1"])
def test_a_redis_address_is_taken_as_it_is(url: str) -> None:
    assert check_redis_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "redis://[x",
        "redis://:secret@h:bad/0",
        "redis://:1/secret@h/0",
        "redis://:secret@h/traces",
        "redis://:1#secret@h/0",
        "redis://:secret@h/0#1",
        "unix:///run/redis.sock",
        "amqp://h",
        "h:6379",
    ],
)
def test_an_unreadable_redis_address_is_named_and_not_quoted(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_URL ") as raised:
        check_redis_url(url)
    assert "secret" not in str(raised.value)


def test_a_directory_is_made_with_all_above_it(tmp_path: Path) -> None:
    wanted = tmp_path / "a" / "b"
    assert make_directory("VAR_DIR", tmp_path / "a" / ".." / "a" / "b") == wanted
    assert make_directory("VAR_DIR", wanted) == wanted
    assert wanted.is_dir()


@pytest.mark.parametrize("path", ["file", "file/below", "circle", "circle/below"])
def test_a_directory_that_cannot_be_made_is_one_sentence(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(ImproperlyConfigured) as raised:
        make_directory("VAR_DIR", tmp_path / path)
    assert str(raised.value).startswith(f"VAR_DIR: the directory {tmp_path / path} cannot be made (")


def test_the_secret_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    key = keep_secret_key(file)
    assert len(key) == 64
    assert keep_secret_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_secret_key_that_is_none_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=r"^VAR_DIR: .+/secret_key .+SECRET_KEY\.$"):
        keep_secret_key(tmp_path / "secret_key")


def test_a_secret_key_that_cannot_be_kept_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(ImproperlyConfigured) as raised:
        keep_secret_key(tmp_path / "secret_key")
    assert str(raised.value) == (
        f"VAR_DIR: {tmp_path}/secret_key cannot be kept there (Is a directory). Set another VAR_DIR, or SECRET_KEY."
    )


def test_a_number_is_within_its_range() -> None:
    check_range("WEB_PORT", 1, 1, 65_535)
    check_range("WEB_PORT", 65_535, 1, 65_535)
    with pytest.raises(ImproperlyConfigured) as raised:
        check_range("WEB_PORT", 65_536, 1, 65_535)
    assert str(raised.value) == "WEB_PORT is 65536: it must be at least 1 and at most 65535."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1234", 1_234),
        ("50GB", 50_000_000_000),
        ("50gb", 50_000_000_000),
        ("500 MB", 500_000_000),
        ("1.5 GiB", 1_610_612_736),
        ("2TiB", 2**41),
        (" 3kB ", 3_000),
    ],
)
def test_bytes_may_have_a_unit(text: str, expected: int) -> None:
    assert parse_bytes("RETENTION_BYTES", text) == expected


@pytest.mark.parametrize("text", ["", "GB", "-1", "1e9", "5 GByte", "5G", "1,5GB", "0x10", "5 0", "9" * 19, "½GB"])
def test_what_is_no_number_of_bytes_is_named(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^RETENTION_BYTES is '.*': it must be a number of bytes, such as "):
        parse_bytes("RETENTION_BYTES", text)


def test_a_limit_that_holds_nothing_is_refused() -> None:
    check_retention_bytes(0)
    check_retention_bytes(100_000_000)
    with pytest.raises(ImproperlyConfigured, match=r"^RETENTION_BYTES is 50: it must be at least 100000000 and "):
        check_retention_bytes(50)


def test_two_bodies_of_the_largest_size_may_wait() -> None:
    check_pending_bytes(body_bytes=50, pending_bytes=100)
    with pytest.raises(ImproperlyConfigured, match="at least twice"):
        check_pending_bytes(body_bytes=50, pending_bytes=99)


def test_spans_are_kept_longer_than_their_repetitions_are_recognised() -> None:
    check_deduplication(deduplicate_seconds=3_599, retention_hours=1)
    check_deduplication(deduplicate_seconds=10**8, retention_hours=0)
    with pytest.raises(ImproperlyConfigured, match=r"INGEST_DEDUPLICATE_SECONDS is 3600: .+ RETENTION_HOURS "):
        check_deduplication(deduplicate_seconds=3_600, retention_hours=1)


def test_searches_leave_half_of_the_threads_to_others() -> None:
    check_web_threads(16, 8)
    check_web_threads(3, 1)
    with pytest.raises(
        ImproperlyConfigured, match=r"SEARCH_MAX_CONCURRENT is 9: it must be at most half of WEB_THREAD"
    ):
        check_web_threads(16, 9)
