"""Ports on this machine."""

import socket
import time


def find_free_port() -> int:
    """A loopback port that nothing listens on. Another process may take it before its user does: rare, and loud."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    """Whether something accepts connections on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_open(port: int, seconds: float = 10.0) -> None:
    """Raises TimeoutError if nothing listens on the port in time."""
    deadline = time.monotonic() + seconds
    while not is_open(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens on port {port} after {seconds} s")
        time.sleep(0.02)
