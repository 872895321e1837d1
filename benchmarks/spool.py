"""The least that a server of ours could do: take a request, keep its bytes in SQLite, answer when they are durable.

No validation, no rows, no index: what this reaches is the bound for everything that is built on the same servers.
`python -m benchmarks.spool PORT FILE` runs it.
"""

import os
import queue
import sqlite3
import sys
import threading
from concurrent.futures import Future

import zstandard
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from granian.constants import Interfaces
from granian.server import Server

_MAX_GROUP = 8
_THREADS = 64
_FILE = "TRACING_UI_SPOOL_FILE"
_waiting: "queue.SimpleQueue[tuple[bytes, Future[None]]]" = queue.SimpleQueue()


def keep(request: HttpRequest) -> HttpResponse:
    """200 when the body is on the disk."""
    done: Future[None] = Future()
    _waiting.put((request.body, done))
    done.result()
    return HttpResponse(content_type="application/x-protobuf")


def say_alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("v1/traces", keep), path("healthz", say_alive)]


def build_application() -> WSGIHandler:
    """What Granian serves; the writer runs when it returns."""
    settings.configure(
        ROOT_URLCONF="benchmarks.spool",
        MIDDLEWARE=[],
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="not a secret",
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
    )
    threading.Thread(target=_write_for_ever, args=(os.environ[_FILE],), daemon=True).start()
    return get_wsgi_application()


def _write_for_ever(file: str) -> None:
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode = wal")
    database.execute("PRAGMA synchronous = full")
    database.execute("PRAGMA wal_autocheckpoint = 20000")
    database.execute("CREATE TABLE block (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    compressor = zstandard.ZstdCompressor(level=1)
    while True:
        group = [_waiting.get()]
        while len(group) < _MAX_GROUP and not _waiting.empty():
            group.append(_waiting.get())
        body = compressor.compress(b"".join([body for body, _ in group]))
        database.execute("INSERT INTO block (body) VALUES (?)", (body,))
        for _, done in group:
            done.set_result(None)


def main(port: str, file: str) -> None:
    os.environ[_FILE] = file
    Server(
        "benchmarks.spool:build_application",
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=_THREADS,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
