"""Request bodies in files, made once: the load client then only maps them into memory and sends them.

A file is a sequence of records: span count and length (two little-endian uint32), then the body. Beside it stands
what a reader must find of it, as JSON.
"""

import json
import mmap
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from benchmarks.places import CACHE
from benchmarks.spans import START_NS, Body, Generator, Sample

# Raise it with every change of what the generator makes: files of older versions are then left alone.
VERSION = 1
_RECORD = struct.Struct("<II")


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyFile:
    """Requests in a file, and facts about their spans. Times are those of the spans."""

    path: Path
    count: int
    batch: int
    byte_count: int
    end_ns: int
    samples: list[Sample]
    start_ns: int = START_NS

    def samples_within(self, first: int, last: int) -> list[Sample]:
        """Traces that lie wholly in the requests from number `first` on and before `last`.

        A trace is not begun long before it ends: those that end within the first tenth are left out.
        """
        return [sample for sample in self.samples if first + (last - first) // 10 <= sample.last_body < last]


def make_bodies(span_count: int, batch: int, *, seed: int = 1, is_gathered: bool = False) -> BodyFile:
    """The file of at least `span_count` spans, from the cache or new. About 200,000 spans a second."""
    count = -(-span_count // batch)
    way = "gathered" if is_gathered else "separate"
    path = CACHE / f"spans-v{VERSION}-seed{seed}-{way}-{count}x{batch}.otlp"
    facts = path.with_suffix(".json")
    if not facts.exists():
        generator = Generator(seed, batch, is_gathered)
        byte_count = write_records(path, islice(generator.bodies(), count))
        whole = [asdict(sample) for sample in generator.samples if sample.last_body >= 0]
        _write_json(facts, {"byte_count": byte_count, "end_ns": generator.now_ns, "samples": whole})
    known = json.loads(facts.read_text())
    samples = [Sample(**sample) for sample in known.pop("samples")]
    return BodyFile(path=path, count=count, batch=batch, samples=samples, **known)


def transcribe_bodies(source: BodyFile, name: str, transcribe: Callable[[bytes], bytes]) -> Path:
    """The same requests in another format, in a file beside `source`."""
    path = source.path.with_suffix(f".{name}")
    if not path.exists():
        written = path.with_suffix(".part")
        write_records(written, (Body(transcribe(body.content), body.span_count) for body in read_records(source.path)))
        written.rename(path)
    return path


def write_records(path: Path, bodies: Iterable[Body]) -> int:
    """How many bytes the bodies have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    byte_count = 0
    with path.open("wb") as file:
        for body in bodies:
            file.write(_RECORD.pack(body.span_count, len(body.content)))
            file.write(body.content)
            byte_count += len(body.content)
    return byte_count


def read_records(path: Path) -> Iterator[Body]:
    for span_count, content in map_records(path):
        yield Body(bytes(content), span_count)


def map_records(path: Path, first: int = 0) -> Iterator[tuple[int, memoryview]]:
    """The span count and the body of each request from number `first` on: slices of the mapped file, no copies."""
    with path.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    position = number = 0
    while position < len(mapped):
        span_count, length = _RECORD.unpack_from(mapped, position)
        position += _RECORD.size + length
        if number >= first:
            yield span_count, mapped[position - length : position]
        number += 1


def _write_json(path: Path, content: object) -> None:
    """Whole or not at all: its presence says that the file beside it is complete."""
    part = path.with_suffix(".facts")
    part.write_text(json.dumps(content))
    part.rename(path)
