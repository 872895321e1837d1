"""Several files of traces, looked through or imported together. One that cannot be read is left out, and said."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Generic, TypeVar

from traces.domain.errors import PayloadRejected, StoreUnavailable
from traces.following import Step, Tell
from traces.ingest.files import importing
from traces.ingest.files.importing import import_file
from traces.ingest.files.outcome import BrokenOff, Preview, Problem, Report
from traces.ingest.files.preview import preview_file
from traces.ingest.files.progress import Progress

# What a search looks back unless it is told otherwise.
OLD_NS = 3_600 * 1_000_000_000
MAX_TRACES = 20
# A file may take some hundred megabytes of memory while it is read, and a core.
MAX_AT_ONCE = 2
_NO_PLACE = "Others are reading files here at the moment. Try again in a minute."
_places = threading.BoundedSemaphore(MAX_AT_ONCE)
T = TypeVar("T", Preview, Report)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file that can seek, and what its sender calls it."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """What came of one file: `done`, or why it is not."""

    name: str
    done: T | None = None
    problem: PayloadRejected | StoreUnavailable | None = None

    @property
    def reason(self) -> str:
        """A sentence."""
        return str(self.problem or "")

    @property
    def spans_in_part(self) -> int:
        """Those that are stored although the import of the file broke off."""
        return self.problem.spans_stored if isinstance(self.problem, BrokenOff) else 0


@dataclass(frozen=True)
class Batch(Generic[T]):
    """Files in the order in which they came."""

    outcomes: Sequence[Outcome[T]]

    @cached_property
    def done(self) -> list[T]:
        return [outcome.done for outcome in self.outcomes if outcome.done]

    @property
    def refused(self) -> list[Outcome[T]]:
        return [outcome for outcome in self.outcomes if not outcome.done]

    @property
    def problem_count(self) -> int:
        return sum(each.problem_count for each in self.done)

    @property
    def problems(self) -> list[tuple[str, Problem]]:
        """With the name of the file."""
        return [(each.name, problem) for each in self.outcomes if each.done for problem in each.done.problems]


class Look(Batch[Preview]):
    """Files as they were looked through."""

    @property
    def formats(self) -> list[str]:
        return list(dict.fromkeys(preview.format for preview in self.done))

    @property
    def trace_count(self) -> int:
        """A trace in two files counts twice, and so does a span."""
        return sum(preview.trace_count for preview in self.done)

    @property
    def span_count(self) -> int:
        return sum(preview.span_count for preview in self.done)

    @property
    def twin_count(self) -> int:
        return sum(preview.twin_count for preview in self.done)

    @cached_property
    def services(self) -> list[tuple[str, int]]:
        """Name and spans, most first."""
        spans = Counter[str]()
        for preview in self.done:
            spans.update(dict(preview.services))
        return spans.most_common()

    @property
    def service_count(self) -> int:
        return max(len(self.services), *(preview.service_count for preview in self.done))

    @property
    def trace_ids(self) -> list[bytes]:
        """The first few."""
        return list(dict.fromkeys(each for preview in self.done for each in preview.trace_ids))[:MAX_TRACES]

    @property
    def start_ns(self) -> int:
        """0, as `end_ns`, if no span says when it was."""
        return min((preview.start_ns for preview in self.done if preview.end_ns), default=0)

    @property
    def end_ns(self) -> int:
        return max((preview.end_ns for preview in self.done), default=0)

    def shift_to_now(self, now_ns: int) -> int:
        """The nanoseconds by which all files move together, so that the latest span ends now."""
        return min((importing.shift_to_now(preview, now_ns) for preview in self.done if preview.end_ns), default=0)

    def is_old(self, now_ns: int) -> bool:
        """Whether a search does not find them unless it is told where to look."""
        return abs(self.shift_to_now(now_ns)) > OLD_NS


@dataclass(frozen=True)
class Import(Batch[Report]):
    """Files as they were imported, with all times moved by `shift_ns`."""

    shift_ns: int = 0

    @cached_property
    def look(self) -> Look:
        return Look([Outcome(name=each.name, done=each.done.preview) for each in self.outcomes if each.done])

    @property
    def spans_stored(self) -> int:
        return sum(report.spans_stored for report in self.done) + self.spans_in_part

    @property
    def spans_in_part(self) -> int:
        return sum(outcome.spans_in_part for outcome in self.outcomes)

    @property
    def spans_refused(self) -> int:
        return sum(report.spans_sent - report.spans_stored for report in self.done)

    @property
    def window_ns(self) -> tuple[int, int] | None:
        """From the earliest span to the latest, as they are kept; None if none says when it was."""
        return (self.look.start_ns + self.shift_ns, self.look.end_ns + self.shift_ns) if self.look.end_ns else None


def look_through(files: Sequence[NamedFile], tell: Tell) -> Look:
    """Changes nothing."""
    return Look([*_each(files, tell, preview_file)])


def import_all(files: Sequence[NamedFile], shift_ns: int, tell: Tell) -> Import:
    """One after the other. Where the store takes no more, the rest is not begun."""

    def act(content: BinaryIO, name: str, on_progress: Progress) -> Report:
        return import_file(content, name, shift_ns=shift_ns, on_progress=on_progress)

    return Import([*_each(files, tell, act)], shift_ns)


def _each(files: Sequence[NamedFile], tell: Tell, act: Callable[[BinaryIO, str, Progress], T]) -> Iterator[Outcome[T]]:
    has_place = _places.acquire(blocking=False)
    unavailable = None if has_place else StoreUnavailable(_NO_PLACE, 60)
    try:
        for file in files:
            try:
                if unavailable:
                    raise unavailable
                yield Outcome(name=file.name, done=act(file.content, file.name, _told(file.name, tell)))
            except PayloadRejected as problem:
                yield Outcome(name=file.name, problem=problem)
            except StoreUnavailable as problem:
                # What is said of how far this file came is not true of the others.
                unavailable = problem.cause if isinstance(problem, BrokenOff) else problem
                yield Outcome(name=file.name, problem=problem)
    finally:
        if has_place:
            _places.release()


def _told(name: str, tell: Tell) -> Progress:
    return lambda done, total: tell(Step(name=name, done=done, total=total))
