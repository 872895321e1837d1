"""What processes cost is measured on real ones."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from benchmarks.processes import Watch, find_descendants, read_memory

pytestmark = [pytest.mark.journey, pytest.mark.any_engine]
MB = 1_000_000
# A process that holds memory, with a child that uses its processor until told to go on.
PROGRAM = """
import subprocess, sys
held = bytearray(100_000_000)
child = subprocess.Popen([sys.executable, "-c", "print(flush=True)\\nwhile True: pass"], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.readline()
child.kill()
child.wait()
print(flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def process() -> Iterator["subprocess.Popen[str]"]:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=pipe, stdout=pipe, text=True) as started:
        yield started
        started.communicate("\n\n")


def read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_a_process_and_what_it_started_are_watched(process: "subprocess.Popen[str]") -> None:
    child = int(read_line(process))
    assert find_descendants([process.pid]) == {process.pid, child}
    with Watch([process.pid], every_seconds=0.05) as watch:
        time.sleep(0.3)
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        read_line(process)
    assert 0 < watch.cpu_seconds < 5
    assert 100 * MB < watch.steady_bytes <= watch.peak_bytes < 200 * MB
    assert find_descendants([process.pid]) == {process.pid}


def test_processes_that_are_gone_cost_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert read_memory([ended.pid]) == 0
    with Watch([ended.pid]) as watch:
        pass
    assert (watch.peak_bytes, watch.cpu_seconds) == (0, 0)
