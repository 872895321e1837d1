"""What the values of the environment mean. settings.py reads them; here they are checked and translated.

A value that cannot be used raises ImproperlyConfigured with a sentence that names its setting. What Python says of a
broken address is never part of it: that may quote the password.
"""

import os
import re
import secrets
from decimal import Decimal
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

SQLITE_FORM = "sqlite:////path/to/file"
POSTGRESQL_FORM = "postgresql://user:password@host:5432/name"
REDIS_FORM = "redis://:password@host:6379/0"
BYTES_FORM = "50GB, 500MB or 50000000000"
# kB to TB as disks are labelled, KiB to TiB as memory is.
_UNITS = {"": 1} | {
    f"{prefix}{'i' if base == 1024 else ''}b": base**power
    for base in (1000, 1024)
    for power, prefix in enumerate("kmgt", start=1)
}
# A store that is nearly empty takes megabytes; with less than this, spans would go as soon as they came.
_LEAST_RETENTION_BYTES = 100_000_000

# What a connection says; what the file keeps is said by traces/storage/sqlite_file.py. FULL: a commit survives a power
# cut; secure_delete off: dropping an index table need not overwrite it.
_SQLITE_PRAGMAS = (
    "PRAGMA synchronous=FULL;"
    " PRAGMA secure_delete=OFF; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
    " PRAGMA mmap_size=1073741824; PRAGMA wal_autocheckpoint=20000;"
    " PRAGMA journal_size_limit=268435456"
)

# libpq's: a server whose machine or network is gone is given up within half a minute, not after hours.
_NOTICE_A_LOST_HOST = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


def parse_database_url(url: str) -> dict[str, object]:
    """Django's DATABASES entry for a SQLITE_FORM or POSTGRESQL_FORM address. The directory of the file is made."""
    parts = _split("DATABASE_URL", url, ("sqlite", "postgresql", "postgres"), f"{SQLITE_FORM} or {POSTGRESQL_FORM}")
    config = dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)
    if parts.scheme == "sqlite":
        _check_names_file(parts, config["NAME"])
        make_directory("DATABASE_URL", Path(config["NAME"]).parent)
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _SQLITE_PRAGMAS}
        return {**config, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}
    # A raw "/" or "@" after the host is the rest of a password that was cut at the first one.
    if not re.fullmatch(r"/[^/@]+", parts.path) or parts.fragment:
        raise _unreadable("DATABASE_URL", POSTGRESQL_FORM)
    options = {"connect_timeout": 5, "application_name": "tracing-ui", **_NOTICE_A_LOST_HOST}
    return {**config, "OPTIONS": {**options, **config.get("OPTIONS", {})}}


def parse_bytes(name: str, text: str) -> int:
    """A number of bytes as in BYTES_FORM; `1.5 GiB` is one too."""
    match = re.fullmatch(r"([0-9]{1,18}|[0-9]{1,9}\.[0-9]{1,9}) ?([a-z]*)", text.strip().lower())
    unit = _UNITS.get(match[2]) if match else None
    if match is None or unit is None:
        raise ImproperlyConfigured(f"{name} is {text[:80]!r}: it must be a number of bytes, such as {BYTES_FORM}.")
    return int(Decimal(match[1]) * unit)


def check_redis_url(url: str) -> str:
    """The address, if it is empty or a REDIS_FORM one."""
    if url:
        parts = _split("REDIS_URL", url, ("redis", "rediss"), REDIS_FORM)
        if not re.fullmatch(r"/?[0-9]*", parts.path) or parts.fragment:
            raise _unreadable("REDIS_URL", REDIS_FORM)
    return url


def make_directory(setting: str, path: Path) -> Path:
    """The absolute path of a directory, which is made unless it is there."""
    try:
        directory = path.resolve()
        directory.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as problem:  # RuntimeError: a link to itself, before Python 3.13
        raise ImproperlyConfigured(f"{setting}: the directory {path} cannot be made ({_reason(problem)}).") from None
    return directory


def keep_secret_key(path: Path) -> str:
    """The secret key in a file of VAR_DIR; made at the first start, and only its owner can read it."""
    try:
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ImproperlyConfigured(
            f"VAR_DIR: {path} cannot be kept there ({_reason(problem)}). Set another VAR_DIR, or SECRET_KEY."
        ) from None
    if not key:
        raise ImproperlyConfigured(f"VAR_DIR: {path} is empty. Remove it and a new key is made, or set SECRET_KEY.")
    return key


def check_range(name: str, value: float, least: float, most: float) -> None:
    """A number too large to count with must not pass here and fail in a task, hours later."""
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} is {value}: it must be at least {least} and at most {most}.")


def check_retention_bytes(retention_bytes: int) -> None:
    """0 is no limit; one that is too small for anything is a mistake of units."""
    if retention_bytes:
        check_range("RETENTION_BYTES", retention_bytes, _LEAST_RETENTION_BYTES, 10**18)


def check_pending_bytes(body_bytes: int, pending_bytes: int) -> None:
    """One body of the largest size fits among those that wait."""
    if pending_bytes < 2 * body_bytes:
        raise ImproperlyConfigured(
            "INGEST_MAX_PENDING_BYTES must be at least twice INGEST_MAX_BODY_BYTES: a body is held packed and unpacked."
        )


def check_web_threads(threads: int, concurrent_searches: int) -> None:
    """Half as many again wait for their turn: a quarter of the threads is left to answer what is quick."""
    if concurrent_searches > threads // 2:
        raise ImproperlyConfigured(
            f"SEARCH_MAX_CONCURRENT is {concurrent_searches}: it must be at most half of WEB_THREADS ({threads}),"
            " or searches leave no thread to anything else."
        )


def check_deduplication(deduplicate_seconds: int, retention_hours: int) -> None:
    """A repetition is not stored, so what it repeats must still be there. Retention 0 is for ever."""
    if retention_hours and deduplicate_seconds >= retention_hours * 3_600:
        raise ImproperlyConfigured(
            f"INGEST_DEDUPLICATE_SECONDS is {deduplicate_seconds}: it must be shorter than RETENTION_HOURS"
            f" ({retention_hours * 3_600} seconds), or a repeated request counts as stored when its spans are gone."
        )


def _split(setting: str, url: str, schemes: tuple[str, ...], form: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        has_usable_port = parts.port is None or parts.port > 0
    except ValueError:
        raise _unreadable(setting, form) from None
    if not has_usable_port or "%00" in url:
        raise _unreadable(setting, form)
    if parts.scheme not in schemes:
        raise ImproperlyConfigured(f"{setting} must look like {form}.")
    return parts


def _check_names_file(parts: SplitResult, name: str) -> None:
    is_plain = not (parts.netloc or parts.query or parts.fragment) and parts.path.startswith("/")
    if not is_plain or name in ("", ":memory:") or name.startswith("file:"):
        raise ImproperlyConfigured(
            f"DATABASE_URL names no file, and several processes need one that they share: use {SQLITE_FORM},"
            " with %3F for “?” and %23 for “#”."
        )


def _unreadable(setting: str, form: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{setting} cannot be read: it must look like {form}, and in a password %2F stands for “/”, %40 for “@”,"
        " %3A for “:”, %23 for “#”, %3F for “?”."
    )


def _reason(problem: Exception) -> str:
    return (isinstance(problem, OSError) and problem.strerror) or str(problem)


def reachable_host(listen_host: str) -> str:
    """The host by which a client on this machine reaches what listens on `listen_host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen_host, listen_host)  # noqa: S104


def make_url(listen_host: str, port: int) -> str:
    """The address by which a client on this machine reaches it over HTTP."""
    host = reachable_host(listen_host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
