"""No process of ours outlives the one that started it, however that one ended.

`manage.py up` starts its parts with one end of a socket as their standard input (a *lifeline*). When `up` goes, even
by SIGKILL, the part reads the end of the stream and stops as if asked to. A byte sent the other way says "ready".
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from threading import Thread

STDIN = 0


def hold_lifeline() -> None:
    """Ask this process to stop (SIGTERM to itself) when its standard input ends."""
    _when_over(_wait_for_end_of_stdin)


def end_with_parent() -> None:
    """Ask this process to stop when the process that forked or spawned it through `multiprocessing` is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        _when_over(parent.join)


def say_ready_on_lifeline() -> None:
    """Tell the process at the other end of the lifeline that this one does its work now."""
    os.write(STDIN, b"r")


def _when_over(wait: Callable[[], object]) -> None:
    Thread(target=_stop_after, args=(wait,), name="lifeline", daemon=True).start()


def _stop_after(wait: Callable[[], object]) -> None:
    wait()
    os.kill(os.getpid(), signal.SIGTERM)


def _wait_for_end_of_stdin() -> None:
    # Not sys.stdin: its lock, held here, would block a forked child that closes its own copy.
    while os.read(STDIN, 1):
        pass
