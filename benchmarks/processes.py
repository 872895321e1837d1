"""What processes cost: memory and CPU time of a process and all that it started, read from /proc."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

_TICKS = os.sysconf("SC_CLK_TCK")


def find_descendants(roots: Sequence[int]) -> set[int]:
    """The processes and everything they started that still runs."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _read_stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting.extend(children.get(pid, ()))
    return found


def read_resident_bytes(pid: int) -> int:
    """Memory in use by the process, its share of what it shares with others (PSS); 0 if it is gone or not ours."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def read_memory(roots: Sequence[int]) -> int:
    """Bytes in use by the processes and all they started."""
    return sum(map(read_resident_bytes, find_descendants(roots)))


def read_cpu_seconds(pids: Sequence[int]) -> float:
    """CPU time of the processes so far, with that of their children that ended and were waited for."""
    ticks = 0
    for pid in pids:
        if fields := _read_stat(pid):
            ticks += sum(int(number) for number in fields[11:15])
    return ticks / _TICKS


@dataclass(slots=True)
class Watch:
    """Measures a group of processes while a block runs: `with Watch([pid]) as watch: …`, then read it."""

    roots: Sequence[int]
    every_seconds: float = 0.5
    resident: list[int] = field(default_factory=list)
    cpu_seconds: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(default_factory=threading.Thread)

    @property
    def peak_bytes(self) -> int:
        """The most that all held at any moment looked at."""
        return max(self.resident, default=0)

    @property
    def steady_bytes(self) -> int:
        """The median over the second half of the time."""
        return int(median(self.resident[len(self.resident) // 2 :] or [0]))

    def __enter__(self) -> "Watch":
        self.cpu_seconds = -self._read_cpu()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_seconds += self._read_cpu()
        self._ended.set()
        self._thread.join()

    def _read_cpu(self) -> float:
        return read_cpu_seconds(sorted(find_descendants(self.roots)))

    def _sample(self) -> None:
        while True:
            self.resident.append(read_memory(self.roots))
            if self._ended.wait(self.every_seconds):
                return


def _read_stat(pid: int) -> list[str]:
    """The fields of /proc/pid/stat from the state on; empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
