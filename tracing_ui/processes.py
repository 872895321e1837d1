"""`manage.py up`: the parts of Tracing UI as child processes of one that watches over them."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event

from django.conf import settings

from tracing_ui.environment import reachable_host
from tracing_ui.preflight import GATEWAY_PORTS, open_ports

STARTED_WITHIN_SECONDS = 30.0
STOPPED_WITHIN_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.05
# One after the other: who hands spans on, then who keeps them.
_STOPPED_FIRST = ("gateway", "collector")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A running part: `name` is its management command, `lifeline` the other end of its standard input."""

    name: str
    process: subprocess.Popen[bytes]
    lifeline: socket.socket
    is_ready: Callable[["Child"], bool]


class ChildEnded(Exception):
    """A part is gone, or did not come up, without having been asked to stop."""


def run_all(say: Say, describe: Callable[[], str]) -> int:
    """Start every part, say `describe()` when all answer, and watch them until asked to stop; the exit code.

    0 if SIGINT or SIGTERM asked for it. 1 if a part failed, which is said in a sentence; the others are stopped.
    """
    children: list[Child] = []
    with _stop_signals() as stop:
        try:
            if open_ports(*GATEWAY_PORTS):
                children.append(start_child("gateway", _has_said_ready))
            children.append(start_child("collector", _collector_answers))
            children.append(start_child("worker", _has_said_ready))
            children.append(start_child("web", _web_answers))
            if wait_until_ready(children, stop):
                say(describe())
                _watch(children, stop)
        except ChildEnded as problem:
            say(f"{problem} Stopping the others.")
            return 1
        finally:
            stop_all(children, say)
    return 0


def start_child(name: str, is_ready: Callable[[Child], bool]) -> Child:
    """Start `manage.py name`, in a session of its own: Ctrl-C in a terminal reaches only us."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, str(settings.BASE_DIR / "manage.py"), name, "--lifeline"],
            stdin=theirs.fileno(),
            start_new_session=True,
        )
    ours.setblocking(False)
    return Child(name=name, process=process, lifeline=ours, is_ready=is_ready)


def wait_until_ready(children: Sequence[Child], stop: Event) -> bool:
    """Whether every part answers; False if asked to stop meanwhile. Raises ChildEnded."""
    deadline = time.monotonic() + STARTED_WITHIN_SECONDS
    for child in children:
        while not child.is_ready(child):
            if stop.wait(LOOK_EVERY_SECONDS):
                return False
            _check_running(children)
            if time.monotonic() > deadline:
                raise ChildEnded(f"The {child.name} process did not answer within {STARTED_WITHIN_SECONDS:.0f} s.")
    return True


def stop_all(children: Sequence[Child], say: Say) -> None:
    """Ask those of _STOPPED_FIRST to stop, then all others at once; kill what does not in STOPPED_WITHIN_SECONDS."""
    others = [child for child in children if child.name not in _STOPPED_FIRST]
    for together in (*([child for child in children if child.name == name] for name in _STOPPED_FIRST), others):
        for child in together:
            child.process.terminate()
        deadline = time.monotonic() + STOPPED_WITHIN_SECONDS
        for child in together:
            _end(child, deadline, say)


@contextmanager
def _stop_signals() -> Iterator[Event]:
    """An event that SIGINT and SIGTERM set."""
    stop = Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(children: Sequence[Child], stop: Event) -> None:
    while not stop.wait(LOOK_EVERY_SECONDS * 4):
        _check_running(children)


def _check_running(children: Sequence[Child]) -> None:
    for child in children:
        code = child.process.poll()
        if code is not None:
            how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
            raise ChildEnded(f"The {child.name} process ended unexpectedly ({how}).")


def _end(child: Child, deadline: float, say: Say) -> None:
    while _is_group_alive(child):
        if time.monotonic() > deadline:
            say(f"The {child.name} process did not stop within {STOPPED_WITHIN_SECONDS:.0f} s and was killed.")
            os.killpg(child.process.pid, signal.SIGKILL)
            break
        time.sleep(LOOK_EVERY_SECONDS)
    child.process.wait()
    child.lifeline.close()


def _is_group_alive(child: Child) -> bool:
    """Whether the part or a process that it started is left."""
    child.process.poll()
    try:
        os.killpg(child.process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _web_answers(child: Child) -> bool:
    return _answers_http(settings.WEB_PORT)


def _collector_answers(child: Child) -> bool:
    return _answers_http(settings.OTLP_HTTP_PORT) and _accepts(settings.OTLP_GRPC_PORT)


def _has_said_ready(child: Child) -> bool:
    with suppress(BlockingIOError):
        return bool(child.lifeline.recv(1))
    return False


def _answers_http(port: int) -> bool:
    connection = http.client.HTTPConnection(reachable_host(settings.LISTEN_HOST), port, timeout=1)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection((reachable_host(settings.LISTEN_HOST), port), timeout=1):
            return True
    except OSError:
        return False
