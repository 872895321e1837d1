import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand

from traces.domain.errors import TracingError
from traces.ingest.files.importing import import_file
from traces.ingest.files.outcome import BrokenOff, Preview, Problem, Report
from traces.ingest.files.preview import preview_file
from traces.ingest.files.wrong_files import KNOWN

_NS = 1_000_000_000
_MAX_SERVICES = 5
_TELL_SECONDS = 1.0


class Command(BaseCommand):
    help = f"Imports traces from files: {KNOWN}. Tracing UI has to run."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument(
            "--shift-to-now", action="store_true", help="move all times of a file so that its latest span ends now"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what the files hold")

    def handle(self, *args: Any, **options: Any) -> None:
        """Every file by itself: one that is wrong does not keep the others out. Exit code 1 if any is."""
        try:
            outcomes = [self._handle_file(path, options) for path in options["files"]]
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        if not all(outcomes):
            raise SystemExit(1)

    def _handle_file(self, path: Path, options: dict[str, Any]) -> bool:
        try:
            with path.open("rb") as file:
                self._import(file, path.name, options)
        except TracingError as problem:
            is_in_part = isinstance(problem, BrokenOff) and problem.spans_stored
            what = "it was imported in part" if is_in_part else "nothing was imported"
            self.stderr.write(f"{path}: {what}. {_plain(str(problem))}")
            return False
        except OSError as problem:
            self.stderr.write(f"{path}: it cannot be read: {problem.strerror}.")
            return False
        return True

    def _import(self, file: BinaryIO, name: str, options: dict[str, Any]) -> None:
        if options["dry_run"]:
            preview = preview_file(file, name, self._tell_of(name))
            self._say_what_it_holds(name, preview)
            self._say_problems(preview.problems, preview.problem_count)
            return
        ends_ns = time.time_ns() if options["shift_to_now"] else None
        report = import_file(file, name, ends_ns=ends_ns, on_progress=self._tell_of(name))
        self._say_what_it_holds(name, report.preview)
        self._say_problems(report.problems, report.problem_count)
        self._say_what_is_stored(report)

    def _say_what_it_holds(self, name: str, preview: Preview) -> None:
        services = ", ".join(f"{_plain(service or 'no service')} {count:,}" for service, count in
                             preview.services[:_MAX_SERVICES])  # fmt: skip
        more = preview.service_count - _MAX_SERVICES
        self.stdout.write(
            f"{name}: {preview.format}, {_count(preview.trace_count, 'trace')}, {_count(preview.span_count, 'span')}"
            + (f", {preview.twin_count:,} of them more than once" if preview.twin_count else "")
        )
        self.stdout.write(f"  services: {services}" + (f" and {more:,} more" if more > 0 else ""))
        if preview.end_ns:
            self.stdout.write(f"  from {_moment(preview.start_ns)} to {_moment(preview.end_ns)}")

    def _say_problems(self, problems: tuple[Problem, ...], count: int) -> None:
        for problem in problems:
            self.stdout.write(f"  {_plain(str(problem))}")
        if count > len(problems):
            self.stdout.write(f"  and {count - len(problems):,} more")

    def _say_what_is_stored(self, report: Report) -> None:
        self.stdout.write(f"  {report.spans_stored:,} of {_count(report.spans_sent, 'span')} stored")

    def _tell_of(self, name: str) -> Callable[[int, int], None]:
        """Progress once a second, for those who watch."""
        told = time.monotonic()

        def tell(done: int, total: int) -> None:
            nonlocal told
            if self.stderr.isatty() and total and time.monotonic() - told >= _TELL_SECONDS:
                told = time.monotonic()
                self.stderr.write(f"{name}: {100 * done // total} %", ending="\r")

        return tell


def _moment(time_ns: int) -> str:
    """Some files hold times that no calendar has."""
    try:
        return f"{datetime.fromtimestamp(time_ns // _NS, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{time_ns:,} ns"


def _plain(text: str) -> str:
    """Text of a file without what would steer a terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
